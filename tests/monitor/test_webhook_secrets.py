"""The address of a webhook is a secret: no log, error, report or page says more than its host."""

from __future__ import annotations

import logging
import socketserver
import threading
import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest

from curvewise import Monitor, UsageError
from curvewise.monitor import webhook_to
from tests.cli.conftest import Program, result_csv

CANARY = "T0canary7Qz4Yv1Lm8Nt3Rp6"
MOVED = b"HTTP/1.1 302 X\r\nlocation: http://127.0.0.1:9/"
EMPTY = b"content-length: 0\r\n\r\n"
ECHO = CANARY.encode()
ANSWERS = {
    "fine": b"HTTP/1.1 204 X\r\n\r\n",
    "refused, with the address": b"HTTP/1.1 403 " + ECHO + b"\r\nx-at: " + ECHO + b"\r\n" + EMPTY + ECHO,
    "a broken server": b"HTTP/1.1 500 X\r\n" + EMPTY,
    "a redirect with the address": b"HTTP/1.1 302 X\r\nlocation: http://127.0.0.1:9/"
    + ECHO
    + b"\r\n"
    + EMPTY,
    "no HTTP": b"no hook /" + ECHO + b"\r\n\r\n",
    "a header that is none": b"HTTP/1.1 200 X\r\n" + ECHO * 4000 + b"\r\n\r\n",
    "nothing": b"",
}
REFUSED = (
    f"ftp://host/{CANARY}",
    f"{CANARY}",
    f"http:///{CANARY}",
    f"http://[{CANARY}",
    f"http://host:{CANARY}/",
    f"http://user:{CANARY}@127.0.0.1/",
    f"http://127.0.0.1/a b/{CANARY}",
    f"http://127.0.0.1/\n{CANARY}",
    f"http://\u2102\u2100{CANARY}/",
    f"http://127.0.0.1/é{CANARY}",
)

Captured = pytest.CaptureFixture[str]


class Hook(socketserver.StreamRequestHandler):
    """Answers what the path asks for."""

    def handle(self) -> None:
        path = self.rfile.readline().split()[1].decode()
        length = 0
        while line := self.rfile.readline().strip():
            name, _, value = line.partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
        self.rfile.read(length)
        self.wfile.write(list(ANSWERS.values())[int(path.split("/")[1])])


@pytest.fixture(scope="module")
def hook() -> Iterator[str]:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Hook) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def kept(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and CANARY.encode() in path.read_bytes()]


@pytest.mark.parametrize("answer", ANSWERS)
def test_a_training_never_says_it(
    answer: str,
    hook: str,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    address = f"{hook}/{list(ANSWERS).index(answer)}/{CANARY}?token={CANARY}"
    with (
        caplog.at_level(logging.DEBUG),
        Monitor(tmp_path, webhook=address, in_process=True) as monitor,
    ):
        for step in range(10, 210, 10):
            loss = 2 - step / 150
            monitor.log(step, loss=loss, val_loss=loss + max(0, step - 100) / 60)
    assert (tmp_path / "curvewise.json").exists()
    assert (tmp_path / "curvewise.html").exists()
    shown = caplog.text + "".join(capfd.readouterr()) + repr(monitor) + repr(vars(monitor))
    assert CANARY not in shown
    assert not kept(tmp_path)
    assert ("the webhook at 127.0.0.1 " in caplog.text) == (answer != "fine")


@pytest.mark.parametrize("address", REFUSED)
def test_an_address_that_cannot_be_is_not_quoted(address: str) -> None:
    with pytest.raises(UsageError) as refused:
        webhook_to(address)
    assert CANARY not in "".join(traceback.format_exception(refused.value))


@pytest.mark.parametrize(
    "address", ["--webhook=http://127.0.0.1:9/{}", "--webhook={}", "--webhok=http://h/{}"]
)
def test_watch_never_says_it(address: str, curvewise_here: Program, tmp_path: Path) -> None:
    (tmp_path / "results.csv").write_text(result_csv())
    command = ("watch", "results.csv", address.format(CANARY), "--interval", "0.05", "--idle", "0.2", "-v")
    done = curvewise_here(*command, "-o", "report.json", "-o", "page.html")
    assert CANARY not in done.stdout + done.stderr
    assert not kept(tmp_path)
    assert done.returncode == (1 if "://127" in address else 2)


@pytest.fixture
def curvewise_here(tmp_path: Path) -> Program:
    return Program(tmp_path)
