"""Files of JSON lines: appended to, and readable after a cut at any byte."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Self, TypeVar

import msgspec

from curvewise.errors import MalformedError, UsageError
from curvewise.storage.files import read_stored

T = TypeVar("T")
_BINARY = getattr(os, "O_BINARY", 0)  # else Windows writes two bytes for a newline


def whole_lines(content: bytes) -> tuple[list[tuple[int, bytes]], bool]:
    r"""Split content into numbered lines without blank ones, and say whether the last line was cut.

    >>> whole_lines(b'{"id": 1}\n\n{"id": 2}\n{"i')
    ([(1, b'{"id": 1}'), (3, b'{"id": 2}')], True)
    """
    *lines, rest = content.split(b"\n")
    return [(number, line) for number, line in enumerate(lines, 1) if line.strip()], bool(rest.strip())


def read_lines(file: Path, kind: type[T], what: str, hint: str) -> tuple[list[T], bool]:
    """Decode the lines of a file that may not exist yet, and say whether the last line was cut."""
    lines, is_cut = whole_lines(read_stored(file) or b"")
    decoder, values = msgspec.json.Decoder(kind), []
    for number, line in lines:
        try:
            values.append(decoder.decode(line))
        except (ValueError, RecursionError, UsageError) as error:
            raise MalformedError(
                f"this line is no {what}: {error}", hint=hint, file=str(file), line=number
            ) from error
    return values, is_cut


class Lines:
    """A file open for appending lines; an incomplete last line is removed first."""

    def __init__(self, file: Path) -> None:
        self._file = file
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            self._handle = os.open(file, os.O_RDWR | os.O_CREAT | os.O_APPEND | _BINARY, 0o644)
        except OSError as error:
            raise cannot_write(error, file) from error
        os.ftruncate(self._handle, _end_of_last_line(self._handle))

    def write(self, lines: Iterable[bytes]) -> None:
        """Append lines with one write, and sync the file to the disk."""
        content = b"".join(line + b"\n" for line in lines)
        try:
            while content:
                content = content[os.write(self._handle, content) :]
            os.fsync(self._handle)
        except OSError as error:
            raise cannot_write(error, self._file) from error

    def close(self) -> None:
        """Close the file."""
        os.close(self._handle)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def cannot_write(error: OSError, file: Path) -> UsageError:
    """Return the error for a file of results that cannot be written."""
    return UsageError(
        f"cannot write: {error.strerror}",
        hint="make room, or name a folder that can be written to; what was stored before is kept",
        file=str(file),
    )


def _end_of_last_line(handle: int, block: int = 1 << 16) -> int:
    """Return the offset after the last newline."""
    end = os.lseek(handle, 0, os.SEEK_END)
    while end > 0:
        start = max(0, end - block)
        os.lseek(handle, start, os.SEEK_SET)
        newline = os.read(handle, end - start).rfind(b"\n")
        if newline >= 0:
            return start + newline + 1
        end = start
    return 0
