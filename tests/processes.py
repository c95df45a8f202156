"""Processes that tests start, and that end with them; and a limit for what waits for others."""

from __future__ import annotations

import faulthandler
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest


@contextmanager
def started(command: Sequence[str], **options: Any) -> Iterator[subprocess.Popen[Any]]:
    """Start a process; one that has not ended when the block does is killed, so that no failure hangs."""
    with subprocess.Popen(command, **options) as process:
        try:
            yield process
        finally:
            process.kill()


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Fail what takes longer, after every thread has shown where it is; Windows has no alarm, and waits."""
    if not hasattr(signal, "setitimer"):
        yield
        return

    def fail(*_: object) -> None:
        faulthandler.dump_traceback(2)
        pytest.fail(f"not done within {seconds:.0f} s")

    before = signal.signal(signal.SIGALRM, fail)
    signal.setitimer(signal.ITIMER_REAL, seconds, 30)  # and again: what cleans up may hang, too
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
