"""Logs as LevelDB writes them, in which Weights & Biases and SwanLab keep records."""

from __future__ import annotations

from collections.abc import Iterator
from struct import Struct
from zlib import crc32

from curvewise.model.run import Note

HEADER = 7
"""Bytes before the first chunk, which belong to the first block."""

_BLOCK = 32 * 1024
_HEAD = Struct("<IHB")  # checksum, length, kind
_WHOLE, _FIRST, _MIDDLE, _LAST = 1, 2, 3, 4
_OF_KIND = [crc32(bytes((kind,))) for kind in range(_LAST + 1)]


class RecordLog:
    """The records of a log; where it breaks off or is damaged is known when all have been read."""

    def __init__(self, data: bytes, start: int) -> None:
        self.data, self.start = data, start
        self.end = start
        """Where the last whole record ended; the log is read from there on when there is more of it."""
        self.is_cut = False
        self.damaged = 0  # blocks

    def goes_on(self, data: bytes) -> None:
        """Take a longer log, of which the records are new that follow the last whole one."""
        self.data, self.start = data, self.end

    def __iter__(self) -> Iterator[bytes]:
        data, at, size = self.data, self.start, len(self.data)
        parts: list[bytes] | None = None
        self.is_cut = False
        while at < size:
            end = min(at - at % _BLOCK + _BLOCK, size)
            if end - at < _HEAD.size:  # a block ends with zeros that hold no chunk
                self.is_cut = end == size and any(data[at:end])
                at = end
                continue
            checksum, length, kind = _HEAD.unpack_from(data, at)
            first = at + _HEAD.size
            chunk = data[first : first + length]
            if first + length > end == size and end % _BLOCK:
                self.is_cut = True
                break
            if not _WHOLE <= kind <= _LAST or crc32(chunk, _OF_KIND[kind]) != checksum:
                self.damaged += any(data[at:end])
                at, parts = end, None  # the next block begins with a chunk
                continue
            at = first + length
            if kind in (_WHOLE, _LAST):
                self.end = at
            if kind == _WHOLE:
                yield chunk
                parts = None
            elif kind == _FIRST:
                parts = [chunk]
            elif parts is not None:
                parts.append(chunk)
                if kind == _LAST:
                    yield b"".join(parts)
                    parts = None
        self.is_cut |= parts is not None

    def notes(self) -> Iterator[Note]:
        """Say what could not be read."""
        if self.damaged:
            text = f"Left out, as the checksum is wrong: {self.damaged:,} parts of the file."
            yield Note("damaged_records", text)
        if self.is_cut:
            text = "The last record is cut, as in a run that goes on or was killed, and was left out."
            yield Note("cut_file", text)
