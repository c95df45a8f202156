"""Printed text: its lines, the shape of each, and its numbers, all found at once."""

from __future__ import annotations

import re

import msgspec
import numpy as np
from numpy.typing import NDArray

from curvewise.model.series import FloatArray, IntArray

NUMBER = r"[-+]?(?:[0-9]++(?:\.[0-9]*+)?|\.[0-9]++)(?:[eE][-+]?[0-9]++)?"
NUMBERS = re.compile(rf"(?<![^\x00-,:-?[-^`{{-\x7f]){NUMBER}")
"""The numbers of a line; those within names, dates and paths are none: what may stand before one is ASCII and
listed, as a class of all other letters takes 2 ms to compile."""
MARK = b"\x01"
"""What stands for a number in a shape; for other digits, 0 does."""

_MARGIN = b"\n" * 4
_ZERO, _PLUS, _MINUS, _DOT, _E = (np.uint8(ord(sign)) for sign in "0+-.e")
_LOWER = np.uint8(0x20)
_JOINS = np.array([byte >= 0x80 or chr(byte).isalnum() or chr(byte) in "_./@-" for byte in range(256)])
"""The bytes before which digits are no number."""
_LINE_END, _RETURN = 10, 13

Mask = NDArray[np.bool_]


class Printed(msgspec.Struct, frozen=True, eq=False):
    """A text by its pieces, which end at a line end or a carriage return.

    Parameters
    ----------
    shapes
        Each piece with `MARK` for every number, and 0 for other digits.
    lines
        The line of each piece, from 0.
    held
        The bytes of the text, within a margin.
    starts, ends
        Where each piece begins and ends in it.
    numbers_from, numbers_to
        Where numbers begin and end.
    others_from, others_to
        Where the digits begin and end that are no numbers.
    """

    shapes: list[bytes]
    lines: IntArray
    held: NDArray[np.uint8]
    starts: IntArray
    ends: IntArray
    numbers_from: IntArray
    numbers_to: IntArray
    others_from: IntArray
    others_to: IntArray

    def piece(self, index: int) -> str:
        """Return the text of a piece."""
        return self.held[self.starts[index] : self.ends[index]].tobytes().decode("utf-8", "replace")

    def values(self, wanted: Mask) -> FloatArray:
        """Return the numbers of the text; those that are not wanted are NaN."""
        starts, ends = self.numbers_from[wanted], self.numbers_to[wanted]
        sizes = ends - starts + 1  # with the byte behind it, which becomes a comma
        stops = np.cumsum(sizes)
        text = self.held[np.repeat(starts - stops + sizes, sizes) + np.arange(sizes.sum())]
        text[stops - 1] = ord(",")
        values = np.full(len(wanted), np.nan)
        values[wanted] = _floats(text[:-1].tobytes())
        return values


def look_at(data: bytes) -> Printed:
    r"""Part a text, and find its numbers as `NUMBERS` does, a line end or a carriage return after each piece.

    Examples
    --------
    >>> look_at(b"checkpoint-10: loss -1.25e-05\nstep 3").shapes
    [b'checkpoint-0: loss \x01', b'step \x01']
    """
    held = np.frombuffer(_MARGIN + data + _MARGIN, np.uint8)
    digits = held - _ZERO < 10  # what stands before the digits is larger, as it wraps round
    edges = np.flatnonzero(digits[1:] != digits[:-1]) + 1
    first, last = edges[::2], edges[1::2]
    rank, begin, end, inner, others = _numbers(held, first, last)
    keep = np.ones_like(digits)
    keep[1:] = ~(digits[1:] & digits[:-1])
    keep[inner] = False
    shaped = held.copy()
    shaped[first] = _ZERO
    shaped[first[rank]] = MARK[0]
    shapes = shaped[keep].tobytes()[len(_MARGIN) : -len(_MARGIN)].replace(b"\r", b"\n").split(b"\n")
    marks = np.flatnonzero((held == _LINE_END) | (held == _RETURN))[len(_MARGIN) - 1 : 1 - len(_MARGIN)]
    lines = np.cumsum(held[marks[:-1]] == _LINE_END) - 1
    return Printed(shapes, lines, held, marks[:-1] + 1, marks[1:], begin, end, first[others], last[others])


def _numbers(
    held: NDArray[np.uint8], first: IntArray, last: IntArray
) -> tuple[IntArray, IntArray, IntArray, IntArray, Mask]:
    """Return which rows of digits begin a number, where each number begins and ends, and what else it holds.

    The fourth are the places of its sign, points and exponent, and of the first digit of each further row;
    the last tells the rows that are in no number.
    """
    before, second, third = held[first - 1], held[first - 2], held[first - 3]
    dotted = before == _DOT
    lead, further = np.where(dotted, second, before), np.where(dotted, third, second)
    signed = ((lead == _PLUS) | (lead == _MINUS)) & ~_JOINS[further]
    begins = signed | ~_JOINS[lead]
    rank = np.flatnonzero(begins)
    following = np.append(first, (0, 0))
    point = (held[last[rank]] == _DOT) & ~dotted[rank]
    has_fraction = point & (following[rank + 1] == last[rank] + 1)
    stop = np.where(has_fraction, last[np.minimum(rank + 1, len(last) - 1)], last[rank] + point)
    sign = held[stop + 1]
    exponent = stop + 1 + ((sign == _PLUS) | (sign == _MINUS))
    scaling = rank + 1 + has_fraction
    is_scaled = (held[stop] | _LOWER == _E) & (following[scaling] == exponent)
    begins[scaling[is_scaled]] = False  # 1e+5: the 5 is no number of its own
    is_own = begins[rank]
    rank, point, has_fraction, is_scaled = (each[is_own] for each in (rank, point, has_fraction, is_scaled))
    stop, exponent, scaling = stop[is_own], exponent[is_own], scaling[is_own]
    begin = first[rank] - dotted[rank] - signed[rank]
    end = stop.copy()
    end[is_scaled] = last[scaling[is_scaled]]
    inner = (
        begin[signed[rank]],
        first[rank[dotted[rank]]] - 1,
        last[rank[point]],
        last[rank[has_fraction]] + 1,
        stop[is_scaled],
        exponent[is_scaled] - 1,  # the sign, else the letter once more
        exponent[is_scaled],
    )
    others = np.ones(len(first), np.bool_)
    others[np.concatenate((rank, rank[has_fraction] + 1, scaling[is_scaled]))] = False
    return rank, begin, end, np.concatenate(inner), others


def _floats(text: bytes) -> FloatArray:
    """Read numbers between commas: at once where all are written as in JSON."""
    try:
        return np.array(msgspec.json.decode(b"[" + text + b"]", type=list[float]), np.float64)
    except ValueError:
        return np.array([float(each) for each in text.split(b",")], np.float64)
