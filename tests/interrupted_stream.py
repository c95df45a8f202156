"""A stream that is interrupted by Ctrl-C while it is written to."""

from __future__ import annotations

import io
import signal
from typing import Any


class InterruptedStream(io.RawIOBase):
    """Keeps what is written; Ctrl-C comes during the first piece."""

    def __init__(self) -> None:
        self.data = b""
        self.interrupted = False

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        if not self.interrupted:
            self.interrupted = True
            signal.raise_signal(signal.SIGINT)
        self.data += bytes(data)
        return len(data)

    def as_text(self) -> io.TextIOWrapper:
        """Return a stream as a program has it."""
        return io.TextIOWrapper(io.BufferedWriter(self), line_buffering=True)
