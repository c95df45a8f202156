"""No byte that is written may hold the key: every command, every kind of trouble, every verbosity."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from base64 import b64encode
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from curvewise.discovery import public_modules
from curvewise.parsing.decoding import from_base64
from tests.processes import started
from tests.standin import Standin, faults, jobs
from tests.standin.messages import Answer, Request, Respond

from ..standin.fixtures import StandinFactory
from .conftest import Program

pytest.importorskip("openai")

CANARY = "sk-canary-7Qz4Yv1Lm8Nt3Rp6Wd2X"
PARTS = (
    *(CANARY, CANARY[3:], CANARY[-12:], CANARY[:18]),
    *(b64encode(b"x" * before + CANARY.encode()).decode()[4:-4] for before in (0, 1, 2)),
)
"""The key, parts of it that a masked echo never shows, and the middle of it in Base64."""

INFO = {"name": "test", "version": "1"}
LOUD = {"OPENAI_LOG": "debug", "CURVEWISE_TRACEBACK": "1"}

DRIVER = """
import json, logging, os, re, signal, sys, tempfile, threading, time, traceback
from urllib.request import urlopen
from curvewise.cli import main
orders, finished = os.fdopen(os.dup(0)), os.dup(1)

def shown_since(file, start, pattern):
    for _ in range(200):
        if found := re.search(pattern, open(file).read()[start:]):
            return found[0]
        time.sleep(0.05)

def visit(file, start, stdin):
    if address := shown_since(file, start, r"http://127[.]0[.]0[.]1:[0-9]+/[^ ]{20,}(?=/)|--- ended"):
        if address.startswith("http"):
            with urlopen(address + '/') as page:
                print(page.read().decode(), flush=True)
            os.kill(os.getpid(), signal.SIGINT)

def ask(file, start, stdin):
    os.write(stdin, QUESTIONS)
    shown_since(file, start, r'"id":9|--- ended')

PARTNERS = {"serve": visit, "mcp": ask}
for line in orders:
    order = json.loads(line)
    os.environ.clear()
    os.environ.update(order["environment"])
    os.chdir(order["folder"])
    tempfile.tempdir = None
    QUESTIONS = order["questions"].encode()
    shown = os.open(order["shown"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(shown, 1)
    os.dup2(shown, 2)
    for command in order["commands"]:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        logging.getLogger("curvewise.providers").handlers.clear()
        start = len(open(order["shown"]).read())
        print("--- begins", *command, file=sys.stderr, flush=True)
        reading, stdin = os.pipe()
        sys.stdin, sys.stdout = os.fdopen(reading), open(1, "w", closefd=False)
        def with_partner():
            if command[0] in PARTNERS:
                PARTNERS[command[0]](order["shown"], start, stdin)
            os.close(stdin)
        partner = threading.Thread(target=with_partner)
        partner.start()
        code = "nothing"
        try:
            main(command)
        except SystemExit as end:
            code = end.code
        except Exception:
            traceback.print_exc()
        print(f"--- ended {command[0]} {code or 0}", file=sys.stderr, flush=True)
        partner.join()
    os.close(shown)
    os.write(finished, b"finished\\n")
"""
"""Runs several commands for each test in one process: importing the SDK takes longer than they do."""

COMMANDS = (
    ("jobs", "-v"),
    ("jobs", "--format", "json", "-o", "jobs.json"),
    ("check", "JOB", "-v", "--fail-on", "never"),
    ("check", "JOB", "-v", "--fail-on", "never", "-o", "check.json", "-o", "check.html", "-o", "check.md"),
    ("pick", "JOB", "-v"),
    ("forecast", "JOB", "-v"),
    (
        "watch",
        "JOB",
        "--interval",
        "0.05",
        "-v",
        "--webhook",
        "http://127.0.0.1:9/hook",
        "--fail-on",
        "never",
    ),
    ("archive", "JOB", "kept", "-v"),
    ("archive", "--verify", "kept"),
    ("report", "JOB", "-v", "-o", "report.html", "-o", "report.md", "-o", "junit:report.xml"),
    ("compare", "JOB", "kept", "-v"),
    ("plot", "JOB", "-o", "curves.svg", "-v"),
    ("fleet", "JOB", "kept", "-o", "fleet.jsonl", "-o", "fleet.html"),
    ("candidates", "JOB", "-v"),
    ("card", "JOB", "--insert", "card.md", "-v"),
    ("post", "JOB", "--to", "trackio:project/run", "-v"),
    ("evaluate", "JOB", "--command", "echo {model}", "-o", "evaluation", "--dry-run"),
    ("decide", "evaluation"),
    ("deploy", "JOB", "--checkpoint", "final", "--dry-run", "--yes"),
    ("deployments",),
    ("undeploy", "gone", "--yes"),
    ("runs", "kept", "-v"),
    ("prune", "kept", "-v"),
    ("serve", "kept"),
    ("mcp", "--services"),
    ("explain", "overfitting"),
    ("metrics", "valid_loss"),
    ("formats",),
    ("completion", "bash"),
)
"""Each command, and what it is given: a job, a folder that an earlier one wrote."""

REFUSED = {"post", "decide", "deployments", "undeploy", "prune"}
"""Commands that come to nothing here: no tracker, no resource, no checkpoint."""

QUESTIONS: tuple[tuple[str, dict[str, object]], ...] = (
    ("initialize", {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": INFO}),
    ("tools/call", {"name": "check", "arguments": {"path": "JOB"}}),
    ("tools/call", {"name": "candidates", "arguments": {"path": "JOB"}}),
    ("tools/call", {"name": "runs", "arguments": {"path": "kept"}}),
    ("tools/call", {"name": "explain", "arguments": {"name": CANARY}}),
    ("tools/call", {"name": CANARY, "arguments": {CANARY: CANARY}}),
    ("tools/list", {}),
)
"""What an agent asks, a key in the place of names among it."""

Trouble = Callable[[Standin], None]


def none(server: Standin) -> None:
    """The key is right and nothing goes wrong."""


def wrong_key(server: Standin) -> None:
    server.key = "sk-another-key-that-opens-0001"


def leaky(server: Standin) -> None:
    server.faults.add("**", faults.leaky(), times=None)


def leaky_wrong_key(server: Standin) -> None:
    wrong_key(server)
    leaky(server)


def failing(server: Standin) -> None:
    echo = faults.failing(500, message=f"no upstream for Bearer {CANARY}", retry_after_ms=1)
    server.faults.add("**", echo, times=60)


def web_page(server: Standin) -> None:
    server.faults.add("**", faults.html(200), times=12)


def in_headers(server: Standin) -> None:
    def fault(request: Request, respond: Respond) -> Answer:
        headers = dict.fromkeys(("x-request-id", "openai-organization", "warning", "set-cookie"), CANARY)
        return msgspec.structs.replace(respond(request), headers=headers)

    server.faults.add("**", fault, times=None)


def in_names(server: Standin) -> None:
    def fault(request: Request, respond: Respond) -> Answer:
        answer = respond(request)
        for name in (b"message", b"filename", b"user_provided_suffix", b"model"):
            body = answer.body.replace(b'"%s":"' % name, b'"%s":"%s ' % (name, CANARY.encode()))
            answer = msgspec.structs.replace(answer, body=body)
        return answer

    server.faults.add("**", fault, times=None)


def in_base64(server: Standin) -> None:
    def fault(request: Request, respond: Respond) -> Answer:
        answer = respond(request)
        table = from_base64(answer.body) or answer.body
        content = table.replace(b"train_loss", CANARY.encode(), 1)
        assert content != table
        return msgspec.structs.replace(answer, body=b64encode(content))

    server.faults.add("GET /files/*/content", fault, times=None)


TROUBLES = (in_headers, in_names, in_base64, none, wrong_key, leaky, leaky_wrong_key, failing, web_page)


@pytest.fixture(scope="module")
def driver() -> Iterator[subprocess.Popen[str]]:
    """A process that imports the SDK with all of its logging on, as its variables have it."""
    command = [sys.executable, "-c", DRIVER]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with started(command, env={**Program.inherited(), **LOUD}, text=True, **pipes) as process:
        yield process


@pytest.mark.parametrize(
    ("dialect", "trouble"),
    [*(("openai", each) for each in TROUBLES), *(("azure", each) for each in (none, wrong_key, leaky))],
    ids=lambda each: each if isinstance(each, str) else each.__name__,
)
def test_no_command_shows_or_keeps_the_key(
    driver: subprocess.Popen[str],
    standin: StandinFactory,
    tmp_path_factory: pytest.TempPathFactory,
    tmp_path: Path,
    dialect: str,
    trouble: Trouble,
) -> None:
    server = standin([jobs.small_sft()], dialect=dialect, key=CANARY)
    environment = {**server.environment(), **LOUD, "TMPDIR": str(tmp_path)}
    trouble(server)
    job = f"{dialect}://{server.id('small-sft')}"
    commands = [[each.replace("JOB", job) for each in command] for command in COMMANDS]
    file = tmp_path_factory.mktemp("shown") / "shown.txt"
    order = {
        "environment": {**Program.inherited(), **environment},
        "folder": str(tmp_path),
        "shown": str(file),
        "commands": commands,
        "questions": questions(job),
    }
    assert driver.stdin is not None
    assert driver.stdout is not None
    print(json.dumps(order), file=driver.stdin, flush=True)
    assert driver.stdout.readline() == "finished\n"
    shown = file.read_text()
    assert shown.count("--- ended ") == len(COMMANDS)
    assert '"id":9' in shown
    assert "bug in curvewise" not in shown
    failed = {line.split()[2] for line in shown.splitlines() if re.match("--- ended .* (?!0$)", line)}
    without_resource = {"deploy"} if dialect == "azure" else set()
    assert failed == REFUSED | without_resource or trouble not in (none, in_headers)
    assert not [part for part in PARTS if part.lower() in shown.lower()]
    kept = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert not [path for path in kept for part in PARTS if part.encode() in path.read_bytes()]
    assert bool(kept) or trouble not in (none, leaky)


def questions(job: str) -> str:
    """The lines that a client of MCP sends; the last has the number 9."""
    numbered = [*enumerate(QUESTIONS[:-1], 1), (9, QUESTIONS[-1])]
    lines = [
        {"jsonrpc": "2.0", "id": number, "method": method, "params": parameters}
        for number, (method, parameters) in numbered
    ]
    lines.insert(1, {"jsonrpc": "2.0", "method": "notifications/initialized"})
    return "".join(f"{json.dumps(line)}\n" for line in lines).replace('"JOB"', json.dumps(job))


def test_no_command_is_forgotten() -> None:
    assert {name for name, *_ in COMMANDS} | {"demo"} == set(public_modules("cli"))


def test_neither_does_demo_with_the_users_own_key(curvewise: Program, tmp_path: Path) -> None:
    done = curvewise("demo", "--speed", "400", OPENAI_API_KEY=CANARY, TMPDIR=str(tmp_path), **LOUD)
    assert done.returncode in (0, 1), done.stderr
    assert not [part for part in PARTS if part in done.stdout + done.stderr]


def test_a_key_that_cannot_be_sent_is_not_shown(curvewise: Program) -> None:
    broken = f"{CANARY}\nInjected: header"
    done: subprocess.CompletedProcess[str] = curvewise("jobs", "-v", OPENAI_API_KEY=broken, **LOUD)
    assert done.returncode != 0
    assert not [part for part in PARTS if part in done.stdout + done.stderr]
