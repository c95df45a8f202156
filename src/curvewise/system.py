"""Operating system: what is done in another way on Windows. No other module asks for its name."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import subprocess

IS_WINDOWS = os.name == "nt"
"""Whether handles are not handed down, an open file cannot be removed, and no signals can be sent."""


def handed_down(handle: int) -> tuple[int, ...]:
    """Return the handles that a child process is to inherit."""
    return () if IS_WINDOWS else (handle,)


def stop(process: subprocess.Popen[bytes], *, at_once: bool = False) -> None:
    """Terminate or kill a process that leads a session, with all its children; on Windows it alone."""
    if IS_WINDOWS:
        process.terminate()
        return
    import signal

    with suppress(ProcessLookupError, PermissionError):  # they have ended already
        os.killpg(process.pid, signal.SIGKILL if at_once else signal.SIGTERM)


def await_a_line(every: float) -> None:
    """Wait until a line was typed, and wake up now and then to see an interrupt.

    A Ctrl-C that arrives just before a blocking read begins would not be seen until a key is pressed.
    """
    if IS_WINDOWS:  # only sockets can be waited for there
        return
    import select

    while not select.select([sys.stdin], [], [], every)[0]:
        pass
