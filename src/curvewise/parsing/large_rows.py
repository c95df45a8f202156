"""Rows of a large log in JSON, decoded in blocks as they are asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, islice
from typing import Any, TypeGuard, overload

import msgspec

LARGE = 1 << 26
"""Bytes of JSON from which on its rows are not held: as objects they take up to ten times their text."""
_BLOCK = 1 << 20

Row = dict[str, Any]
Block = bytes | memoryview


class LargeRows(Sequence[Row]):
    """The rows of a log; each pass decodes them anew, a block at a time."""

    def __init__(self, blocks: Sequence[Block], decode: Any) -> None:
        self._blocks, self._decode = blocks, decode
        self.widest = 0
        self._counts = []
        for block in blocks:
            rows = decode(block)
            self._counts.append(len(rows))
            self.widest = max(self.widest, *map(len, rows), 0)

    def __len__(self) -> int:
        return sum(self._counts)

    def __iter__(self) -> Iterator[Row]:
        return chain.from_iterable(map(self._decode, self._blocks))

    @overload
    def __getitem__(self, place: int) -> Row: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Row]: ...
    def __getitem__(self, place: int | slice) -> Row | Sequence[Row]:
        if isinstance(place, slice):
            return list(islice(self, *place.indices(len(self))))
        left = place if place >= 0 else len(self) + place
        for block, count in zip(self._blocks, self._counts, strict=True):
            if 0 <= left < count:
                row: Row = self._decode(block)[left]
                return row
            left -= count
        raise IndexError(place)


def large_lines(data: bytes) -> LargeRows | None:
    """Return the rows of JSON Lines; None where they are few, or not all plain objects."""
    if len(data) < LARGE:
        return None
    view, blocks, start = memoryview(data), [], 0
    while start < len(data):
        end = data.find(b"\n", start + _BLOCK) + 1 or len(data)
        blocks.append(view[start:end])
        start = end
    try:
        return LargeRows(blocks, msgspec.json.Decoder(Row).decode_lines)
    except (ValueError, RecursionError):  # a bare NaN, a line that is cut, something else
        return None


def large_array(data: bytes) -> LargeRows | None:
    """Return the rows of an array of JSON; None where they are few, or not all plain objects."""
    if len(data) < LARGE or not data[:64].lstrip().startswith(b"["):
        return None
    try:
        rows = msgspec.json.decode(data, type=list[msgspec.Raw])
        at_once = max(1, len(rows) * _BLOCK // len(data))
        blocks = [
            b"[" + b",".join(rows[start : start + at_once]) + b"]" for start in range(0, len(rows), at_once)
        ]
        del rows
        return LargeRows(blocks, msgspec.json.Decoder(list[Row]).decode) if blocks else None
    except (ValueError, RecursionError):
        return None


def is_array(value: object) -> TypeGuard[Sequence[Any]]:
    """Whether a value of JSON is an array, large or not."""
    return isinstance(value, (list, LargeRows))
