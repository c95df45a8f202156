"""A terminal that a program runs in: what it writes is read, and keys are pressed."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

TAKE_THE_TERMINAL = (
    "import fcntl, os, sys, termios;"
    "fcntl.ioctl(0, termios.TIOCSCTTY, 0);"
    "os.execv(sys.executable, [sys.executable, '-m', 'curvewise', *sys.argv[1:]])"
)
"""Makes the pseudo-terminal the controlling one, so that Ctrl-C is a key like on a real one."""

LONGEST = 60.0
"""Seconds to wait for a text: far more than it takes."""


class Terminal:
    """The program in a pseudo-terminal; use it with ``with``."""

    def __init__(
        self, folder: Path, *arguments: str, environment: Mapping[str, str], columns: int = 80, rows: int = 30
    ) -> None:
        self._main, side = pty.openpty()
        fcntl.ioctl(side, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        unwanted = ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES")
        inherited = {name: value for name, value in os.environ.items() if name not in unwanted}
        self.process = subprocess.Popen(
            [sys.executable, "-c", TAKE_THE_TERMINAL, *arguments],
            stdin=side,
            stdout=side,
            stderr=side,
            cwd=folder,
            env={**inherited, "TERM": "xterm-256color", "PYTHONUTF8": "1", **environment},
            start_new_session=True,
        )
        os.close(side)
        self.written = b""
        self._read_to = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self._main)

    def until(self, text: str) -> None:
        """Wait until a text appears behind the one that was waited for before."""
        sought, end = text.encode(), time.monotonic() + LONGEST
        while (found := self.written.find(sought, self._read_to)) < 0:
            assert self._read(end), f"{text!r} did not appear:\n{self.written.decode(errors='replace')}"
        self._read_to = found + len(sought)

    def press(self, keys: str) -> None:
        os.write(self._main, keys.encode())

    def end(self) -> int:
        """Wait for the end; return the exit code."""
        end = time.monotonic() + LONGEST
        while self._read(end):
            pass
        return self.process.wait(LONGEST)

    def _read(self, end: float) -> bool:
        ready, _, _ = select.select([self._main], [], [], max(0.0, end - time.monotonic()))
        if not ready:
            return False
        try:
            chunk = os.read(self._main, 65536)
        except OSError:  # the program closed its end
            return False
        self.written += chunk
        return bool(chunk)
