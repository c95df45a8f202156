"""TFRecord: the framing of TensorBoard's event files, found and checked with numpy."""

from __future__ import annotations

from functools import cache
from struct import Struct

import msgspec
import numpy as np
from numpy.typing import NDArray

from curvewise.model.series import IntArray

HEADER, FOOTER = 12, 4
"""Bytes before a record, its length and the checksum of that, and after it, the record's own checksum."""

_LENGTH = Struct("<Q")
_POLYNOMIAL = 0x82F63B78
_MASK = 0xA282EAD8
_LOOKED_AT = (16, 32, 64, 128)
"""Records after which a pattern is looked for, over and over."""
_FIRST_BLOCK = 16
_PLAIN = 1 << 15
"""Bytes up to which looking for a pattern takes longer than going from record to record."""

Words = NDArray[np.uint32]


class Frames(msgspec.Struct, frozen=True, eq=False):
    """The records of a file, up to one that is cut or whose length is damaged."""

    starts: IntArray
    lengths: IntArray
    end: int  # of the last whole record, its checksum included
    is_damaged: bool  # what follows is damaged, rather than cut


def frames(data: bytes) -> Frames:
    """Find the records of a file, many at once as long as their lengths repeat in a pattern."""
    pieces: list[IntArray] = []
    lengths: list[int] = []
    period: list[int] = []
    at = untried = 0
    last = len(data) - HEADER - FOOTER
    while at <= last:
        length = _LENGTH.unpack_from(data, at)[0]
        if at + length > last:
            break
        at += HEADER + length + FOOTER
        lengths.append(length)
        untried += 1
        if untried in _LOOKED_AT and last > _PLAIN:
            period = _period(lengths[-untried:])
            untried %= _LOOKED_AT[-1]
        if period and length == period[-1] and lengths[-len(period) :] == period:
            if count := _repeats(data, at, period):
                pieces += [np.array(lengths, np.int64), np.tile(np.array(period, np.int64), count)]
                lengths, untried = [], 0
                at += count * _size(period)
            else:
                period = []
    every = np.concatenate([*pieces, np.array(lengths, np.int64)])
    starts = np.cumsum(every + (HEADER + FOOTER)) - every - FOOTER
    sound = _sound_lengths(data, starts, every)
    if sound < len(every):
        return Frames(starts[:sound], every[:sound], int(starts[sound]) - HEADER, True)
    return Frames(starts, every, at, at + HEADER <= len(data) and not _is_length(data, at))


def _period(lengths: list[int]) -> list[int]:
    """Return the lengths with which a list ends twice, the fewest; none when there are no such."""
    for size in range(1, len(lengths) // 2 + 1):
        if lengths[-size:] == lengths[-2 * size : -size]:
            return lengths[-size:]
    return []


def _size(period: list[int]) -> int:
    return sum(period) + len(period) * (HEADER + FOOTER)


def _repeats(data: bytes, at: int, period: list[int]) -> int:
    """Count how often the lengths of a period follow each other."""
    block = _size(period)
    most, found, looked_at = (len(data) - at) // block, 0, _FIRST_BLOCK
    while found < most:
        looked_at = min(4 * looked_at, most - found)
        fitting, place = looked_at, at + found * block
        for length in period:
            differs = np.ndarray((fitting,), "<u8", data, place, (block,)) != length
            first = int(differs.argmax())
            fitting = first if differs[first] else fitting
            place += HEADER + length + FOOTER
            if not fitting:
                break
        found += fitting
        if fitting < looked_at:
            break
    return found


def _sound_lengths(data: bytes, starts: IntArray, lengths: IntArray) -> int:
    """Count the records before the first whose length does not fit the checksum of the length."""
    if not len(starts):
        return 0
    heads = lengths.astype("<u8").view(np.uint8).reshape(-1, 8)
    used = -(-int(lengths.max()).bit_length() // 8)
    fitting = checksums(heads, list(range(used)))
    wrong = words(data, starts - FOOTER) != fitting
    return int(wrong.argmax()) if wrong.any() else len(starts)


def _is_length(data: bytes, at: int) -> bool:
    head = np.frombuffer(data, np.uint8, 8, at)[None]
    return bool(words(data, np.array([at + 8])) == checksums(head))


def words(data: bytes, at: IntArray) -> Words:
    """Read the numbers of four bytes at some places."""
    return np.ndarray((len(data) - 3,), "<u4", data, 0, (1,))[at]


def checksums(rows: NDArray[np.uint8], varying: list[int] | None = None) -> Words:
    """Return the masked CRC-32C of each row: that of the first, and what bytes add that differ from its own.

    The columns in which they may differ are all, or those given.

    Examples
    --------
    >>> hex(checksums(np.frombuffer(b"123456789", np.uint8)[None])[0])
    '0xc78ab0e5'
    """
    length = rows.shape[1]
    tables, zeros = _tables(-(-length // 256) * 256)
    behind = np.arange(length - 1, -1, -1)
    first = np.bitwise_xor.reduce(tables[behind, rows[0]], initial=zeros[length])
    columns = np.arange(length) if varying is None else np.array(varying, np.intp)
    differing = rows.T[columns]
    differing ^= differing[:, :1]
    added = tables.ravel().take(differing + 256 * behind[columns, None])
    return _masked(np.bitwise_xor.reduce(added, axis=0, initial=first))


def checksums_of(data: bytes, starts: IntArray, lengths: IntArray) -> Words:
    """Return the masked CRC-32C of a few parts of some data, of whatever lengths.

    Examples
    --------
    >>> [hex(each) for each in checksums_of(b"123456789", np.array([0, 9]), np.array([9, 0]))]
    ['0xc78ab0e5', '0xa282ead8']
    """
    ends = np.cumsum(lengths)
    behind = np.repeat(ends, lengths) - np.arange(1, ends[-1] + 1)
    at = np.repeat(starts + lengths - 1, lengths) - behind
    tables, zeros = _tables(-(-int(lengths.max()) // 256) * 256)
    added = tables.ravel().take(np.frombuffer(data, np.uint8)[at] + 256 * behind)
    through = np.append(np.uint32(0), np.bitwise_xor.accumulate(added))
    return _masked(through[ends] ^ through[ends - lengths] ^ zeros[lengths])


def _masked(found: Words) -> Words:
    masked: Words = ((found >> np.uint32(15)) | (found << np.uint32(17))) + np.uint32(_MASK)
    return masked


@cache
def _tables(count: int) -> tuple[Words, Words]:
    """Say what each value of a byte adds to a checksum, for each number of bytes behind it.

    And the checksum of so many zeros.
    """
    first = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        first = (first >> np.uint32(1)) ^ np.uint32(_POLYNOMIAL) * (first & np.uint32(1))
    tables, zeros = np.empty((count, 256), np.uint32), np.full(count + 1, 0xFFFFFFFF, np.uint32)
    tables[:1] = first
    for distance in range(1, count):
        before = tables[distance - 1]
        tables[distance] = first[before & np.uint32(0xFF)] ^ (before >> np.uint32(8))
    for length in range(count):
        zeros[length + 1] = first[zeros[length] & np.uint32(0xFF)] ^ (zeros[length] >> np.uint32(8))
    return tables, zeros ^ np.uint32(0xFFFFFFFF)
