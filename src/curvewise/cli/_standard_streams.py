"""Standard output and standard error: they write all that they are given, or fail, and fail once."""

from __future__ import annotations

import io
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import TextIO

import click


def prepare() -> None:
    """Make both streams such that nothing is lost on them in silence."""
    sys.stdout, sys.stderr = _whole(sys.stdout), _whole(sys.stderr)


def say(line: str) -> None:
    """Write a line on standard error; where nobody can hear it, that is no error."""
    with suppress(OSError):
        click.echo(line, err=True)


def finish() -> None:
    """Drop what cannot be written: Python would try again at its end, and then exit with 120."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _whole(stream: TextIO | None) -> TextIO:
    """Return a stream that a program can write to; what its encoding lacks becomes a question mark.

    Python gives None for one that the shell has closed, as ``>&-`` does. With ``PYTHONUNBUFFERED``, as many
    containers have it, Python takes the part of a text that a full disk or an interrupted pipe took for the
    whole: https://github.com/python/cpython/issues/85393. Such a stream gets a buffer, for a line at a time.
    """
    if stream is None:
        return Path(os.devnull).open("w", encoding="utf-8")
    if isinstance(stream, io.TextIOWrapper) and stream.errors == "strict":
        stream.reconfigure(errors="replace")
    if not isinstance(getattr(stream, "buffer", None), io.RawIOBase):
        return stream
    return open(stream.fileno(), "w", 1, stream.encoding, stream.errors, closefd=False)
