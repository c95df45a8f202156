"""Signals: print a line from a handler, whatever the main thread is doing."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import SimpleQueue


@contextmanager
def background_printer(tell: Callable[[str], None]) -> Iterator[Callable[[str], None]]:
    """Yield a function that takes lines at any moment, and print them in a thread.

    A signal handler may interrupt a write to a stream, which then refuses another one from the same thread.

    >>> with background_printer(print) as tell:
    ...     tell("stopping")
    stopping
    """
    lines: SimpleQueue[str | None] = SimpleQueue()  # a put may interrupt another one

    def teller() -> None:
        for line in iter(lines.get, None):
            tell(line)

    thread = threading.Thread(target=teller, name="background printer", daemon=True)
    thread.start()
    try:
        yield lines.put
    finally:
        lines.put(None)
        thread.join()
