"""No byte that is written may hold the key: every command, every kind of trouble, every verbosity."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.processes import started
from tests.standin import Standin, faults, jobs

from ..standin.fixtures import StandinFactory
from .conftest import Program

pytest.importorskip("openai")

CANARY = "sk-canary-7Qz4Yv1Lm8Nt3Rp6Wd2X"
PARTS = (CANARY, CANARY[3:], CANARY[-12:], CANARY[:18])
"""The key, and parts of it that a masked echo never shows."""

LOUD = {"OPENAI_LOG": "debug", "CURVEWISE_TRACEBACK": "1"}

DRIVER = """
import json, os, sys, tempfile, traceback
from curvewise.cli import main
finished = os.dup(1)
for line in sys.stdin:
    order = json.loads(line)
    os.environ.clear()
    os.environ.update(order["environment"])
    os.chdir(order["folder"])
    tempfile.tempdir = None
    shown = os.open(order["shown"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(shown, 1)
    os.dup2(shown, 2)
    for name, command in order["commands"].items():
        print(f"--- {name}", file=sys.stderr, flush=True)
        try:
            main(command)
        except SystemExit as end:
            print(f"ended with {end.code}", file=sys.stderr, flush=True)
        except Exception:
            traceback.print_exc()
    os.close(shown)
    os.write(finished, b"finished\\n")
"""
"""Runs several commands for each test in one process: importing the SDK takes longer than they do."""

COMMANDS = {
    "jobs": ("jobs", "-v"),
    "jobs as JSON": ("jobs", "--format", "json", "-o", "jobs.json"),
    "check": ("check", "JOB", "-v", "--fail-on", "never"),
    "check as JSON": ("check", "JOB", "--format", "json", "-o", "report.json"),
    "pick": ("pick", "JOB", "-v"),
    "forecast": ("forecast", "JOB", "-v"),
    "watch": ("watch", "JOB", "--interval", "0.05", "-v"),
    "archive": ("archive", "JOB", "kept", "-v"),
}

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


TROUBLES = (none, wrong_key, leaky, leaky_wrong_key, failing, web_page)


@pytest.fixture(scope="module")
def driver() -> Iterator[subprocess.Popen[str]]:
    """A process that imports the SDK with all of its logging on, as its variables have it."""
    command = [sys.executable, "-c", DRIVER]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with started(command, env={**Program.inherited(), **LOUD}, text=True, **pipes) as process:
        yield process


@pytest.mark.parametrize("trouble", TROUBLES, ids=lambda each: each.__name__)
@pytest.mark.parametrize("dialect", ["openai", "azure"])
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
    commands = {
        name: [job if each == "JOB" else each for each in command] for name, command in COMMANDS.items()
    }
    file = tmp_path_factory.mktemp("shown") / "shown.txt"
    order = {
        "environment": {**Program.inherited(), **environment},
        "folder": str(tmp_path),
        "shown": str(file),
        "commands": commands,
    }
    assert driver.stdin is not None
    assert driver.stdout is not None
    print(json.dumps(order), file=driver.stdin, flush=True)
    assert driver.stdout.readline() == "finished\n"
    shown = file.read_text()
    assert shown.count("--- ") == len(COMMANDS)
    assert not [part for part in PARTS if part.lower() in shown.lower()]
    kept = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert not [path for path in kept for part in PARTS if part.encode() in path.read_bytes()]
    assert bool(kept) or trouble not in (none, leaky)


def test_neither_does_demo_with_the_users_own_key(curvewise: Program, tmp_path: Path) -> None:
    done = curvewise("demo", "--speed", "400", OPENAI_API_KEY=CANARY, TMPDIR=str(tmp_path), **LOUD)
    assert done.returncode in (0, 1), done.stderr
    assert not [part for part in PARTS if part in done.stdout + done.stderr]


def test_a_key_that_cannot_be_sent_is_not_shown(curvewise: Program) -> None:
    broken = f"{CANARY}\nInjected: header"
    done: subprocess.CompletedProcess[str] = curvewise("jobs", "-v", OPENAI_API_KEY=broken, **LOUD)
    assert done.returncode != 0
    assert not [part for part in PARTS if part in done.stdout + done.stderr]
