"""Processes: wait for one, and end it with all its children."""

from __future__ import annotations

import subprocess

from curvewise.system import stop


def wait_or_kill(process: subprocess.Popen[bytes], seconds: float) -> None:
    """Wait for a process to end; kill it with all its children when time is up, or on Ctrl-C."""
    try:
        process.wait(seconds)
    except (subprocess.TimeoutExpired, KeyboardInterrupt):
        stop(process, at_once=True)
        process.wait()
