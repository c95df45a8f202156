"""Processes: ending one with all that it has started."""

from __future__ import annotations

import os
import signal
import subprocess
from contextlib import suppress


def stop(process: subprocess.Popen[bytes], *, at_once: bool = False) -> None:
    """Ask a process that leads a session of its own, and those that it has started, to end."""
    if os.name == "nt":
        process.terminate()
        return
    with suppress(ProcessLookupError, PermissionError):  # they have ended already
        os.killpg(process.pid, signal.SIGKILL if at_once else signal.SIGTERM)
