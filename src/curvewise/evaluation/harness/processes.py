"""Processes: end one with all its children."""

from __future__ import annotations

import os
import signal
import subprocess
from contextlib import suppress


def stop(process: subprocess.Popen[bytes], *, at_once: bool = False) -> None:
    """Terminate or kill a process that leads a session, with all its children."""
    if os.name == "nt":
        process.terminate()
        return
    with suppress(ProcessLookupError, PermissionError):  # they have ended already
        os.killpg(process.pid, signal.SIGKILL if at_once else signal.SIGTERM)


def wait_or_kill(process: subprocess.Popen[bytes], seconds: float) -> None:
    """Wait for a process to end; kill it with all its children when time is up, or on Ctrl-C."""
    try:
        process.wait(seconds)
    except (subprocess.TimeoutExpired, KeyboardInterrupt):
        stop(process, at_once=True)
        process.wait()
