"""Telling a line while something else goes on, as a handler of a signal has to."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import SimpleQueue


@contextmanager
def background_printer(tell: Callable[[str], None]) -> Iterator[Callable[[str], None]]:
    """Give what takes a line at any moment, and has it told by a thread; at the end all are told.

    A handler of a signal runs amid whatever the main thread does, such as telling another line, and a stream
    that is being written to refuses a second text from the same thread.

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
