"""What differs on Windows is in one module, and works with either value."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from curvewise import system

SOURCE = Path(system.__file__).parent
ASKS = re.compile(
    r"\bos\.name\b|\bsys\.platform\b|\bplatform\.system\b|^\s*(?:import|from) (?:fcntl|msvcrt)\b", re.M
)
POSIX = re.compile(
    r"\b(?:os\.(?:killpg|setsid|fork|nice|geteuid|O_NOFOLLOW)|signal\.(?:SIGHUP|SIGKILL|alarm|pause))\b"
)
GUARDED = {"monitor/aside.py"}
"""Modules whose only use of a POSIX name is in a block that suppresses its absence."""


def test_one_module_asks_for_the_system_and_names_what_only_posix_has() -> None:
    texts = {path.relative_to(SOURCE).as_posix(): path.read_text() for path in SOURCE.rglob("*.py")}
    assert [name for name, text in texts.items() if ASKS.search(text)] == ["system.py"]
    assert {name for name, text in texts.items() if POSIX.search(text)} == {"system.py", *GUARDED}


@pytest.mark.parametrize("is_windows", [False, True])
@pytest.mark.parametrize("at_once", [False, True])
def test_a_process_is_stopped(is_windows: bool, at_once: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system, "IS_WINDOWS", is_windows or os.name == "nt")
    command = [sys.executable, "-c", "input()"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True) as process:
        system.stop(process, at_once=at_once)
        assert process.wait(10) != 0
        system.stop(process, at_once=at_once)  # it has ended already


@pytest.mark.parametrize("is_windows", [False, True])
def test_only_where_it_can_be_is_a_handle_handed_down(
    is_windows: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(system, "IS_WINDOWS", is_windows)
    assert system.handed_down(7) == (() if is_windows else (7,))


@pytest.mark.parametrize("is_windows", [False, True])
def test_a_line_is_waited_for_where_a_stream_can_be(
    is_windows: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not is_windows and os.name == "nt":
        pytest.skip("only sockets can be waited for on Windows")
    monkeypatch.setattr(system, "IS_WINDOWS", is_windows)
    reading, writing = os.pipe()
    with os.fdopen(reading) as stream, os.fdopen(writing, "w") as keys:
        monkeypatch.setattr(sys, "stdin", stream)
        waiting = threading.Thread(target=system.await_a_line, args=(0.01,), daemon=True)
        waiting.start()
        waiting.join(0.05)
        assert waiting.is_alive() != is_windows
        keys.write("yes\n")
        keys.flush()
        waiting.join(10)
        assert not waiting.is_alive()
