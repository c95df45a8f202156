"""How far a copy of what lies elsewhere is, on a terminal only."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from curvewise.text import printable

if TYPE_CHECKING:
    from logging import LogRecord

_LOG = "curvewise.sources"
_START_OF_LINE = "\r\x1b[K"


@contextmanager
def shown(arguments: Sequence[str] | None) -> Iterator[None]:
    """Show on standard error how far copies are, when an argument may be an address."""
    given = sys.argv[1:] if arguments is None else arguments
    if not sys.stderr.isatty() or not any("/" in each and not os.path.lexists(each) for each in given):
        yield
        return
    import logging

    class Line(logging.Handler):
        def emit(self, record: LogRecord) -> None:
            goes_on = record.levelno > logging.DEBUG
            sys.stderr.write(_START_OF_LINE + (printable(record.getMessage(), 100) if goes_on else ""))
            sys.stderr.flush()

    log, line = logging.getLogger(_LOG), Line()
    before = log.level, log.propagate
    log.addHandler(line)
    log.setLevel(logging.DEBUG)
    log.propagate = False
    try:
        yield
    finally:
        log.removeHandler(line)
        log.setLevel(before[0])
        log.propagate = before[1]
