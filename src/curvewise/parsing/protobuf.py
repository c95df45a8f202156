"""Protocol buffers: the fields of a message, without its definition."""

from __future__ import annotations

from collections.abc import Iterator

VARINT, EIGHT_BYTES, BYTES, FOUR_BYTES = 0, 1, 2, 5
_LENGTHS = {EIGHT_BYTES: 8, FOUR_BYTES: 4}
_LONGEST_VARINT = 70  # bits, in ten bytes


def fields(data: bytes, at: int = 0, end: int | None = None) -> Iterator[tuple[int, int, int, int]]:
    r"""Give the number, the wire type, the start and the end of every field of a message.

    Raises
    ------
    ValueError
        If the bytes are no message, or it is cut.

    Examples
    --------
    >>> list(fields(b"\x08\x96\x01\x12\x02hi"))
    [(1, 0, 1, 3), (2, 2, 5, 7)]
    """
    end = len(data) if end is None else end
    while at < end:
        key, at = (data[at], at + 1) if data[at] < 0x80 else varint(data, at, end)
        number, wire = key >> 3, key & 7
        if wire == BYTES and at < end:
            length, at = (data[at], at + 1) if data[at] < 0x80 else varint(data, at, end)
            stop = at + length
        elif wire == VARINT and at < end:
            stop = at + 1 if data[at] < 0x80 else varint(data, at, end)[1]
        elif wire in _LENGTHS:
            stop = at + _LENGTHS[wire]
        else:
            raise ValueError(f"there is no wire type {wire}")
        if stop > end:
            raise ValueError("a field is longer than its message")
        yield number, wire, at, stop
        at = stop


def varint(data: bytes, at: int, end: int) -> tuple[int, int]:
    r"""Read an unsigned whole number, and say where it ends.

    Raises
    ------
    ValueError
        If it does not end.

    Examples
    --------
    >>> varint(b"\x96\x01", 0, 2)
    (150, 2)
    """
    value = shift = 0
    while at < end and shift < _LONGEST_VARINT:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
    raise ValueError("a number does not end")


def whole(data: bytes, at: int, end: int) -> int:
    """Read a whole number with a sign, as ``int64`` and ``int32`` are."""
    value = varint(data, at, end)[0] & (2**64 - 1)
    return value - 2**64 if value >= 2**63 else value


def text(data: bytes, at: int, stop: int) -> str:
    """Read a text; what is no UTF-8 is replaced."""
    return bytes(data[at:stop]).decode("utf-8", "replace")
