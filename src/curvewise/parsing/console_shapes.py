"""The lines of a console log by what they say: of those of one shape, the first alone is taken apart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import repeat

import msgspec
import numpy as np
from numpy.typing import NDArray

from curvewise.model.series import FloatArray, IntArray, distinct
from curvewise.parsing.console_lines import Line, read_line
from curvewise.parsing.console_names import may_say
from curvewise.parsing.printed import MARK, NUMBERS, Mask, Printed, look_at

MOST_ALIKE = 8
"""Kinds of lines of one shape; they differ in the digits of names, as ``f1`` and ``f2`` do."""
_SILENT, _EMPTY = -1, -2


class Said(msgspec.Struct, frozen=True, eq=False):
    """What lines of one kind say.

    Parameters
    ----------
    line
        What they say but for their numbers.
    order
        The place of each among all that say something, from 0.
    numbers
        Those of each, shape (lines, numbers of a line).
    """

    line: Line
    order: IntArray
    numbers: FloatArray


class LineReader:
    """Sorts lines by what they say; the log may go on."""

    def __init__(self) -> None:
        self._shapes: dict[bytes, int] = {}  # those of which lines may say something, or are empty
        self._alike: dict[int, list[Line]] = {}  # what lines of a shape say, by the digits of names
        self._count = 0  # of lines so far
        self.not_empty = 0
        """Lines that are not empty."""
        self.lines: list[IntArray] = []
        """The lines that say something, block by block."""

    def read(self, data: bytes) -> list[Said]:
        """Take whole lines; return what they say."""
        text = look_at(data)
        shape = self._numbered(text.shapes)
        found: list[tuple[Line, IntArray]] = []
        for pieces in _grouped(shape, shape >= 0):
            found += self._told(text, int(shape[pieces[0]]), pieces)
        found = [(line, pieces) for line, pieces in found if len(pieces) and not line.says_nothing]
        says = np.zeros(len(shape), np.bool_)
        for _, pieces in found:
            says[pieces] = True
        order = np.cumsum(says) - 1 + sum(map(len, self.lines))
        self.lines.append(text.lines[says] + self._count)
        self._count += int(text.lines[-1])
        self.not_empty += len(distinct(text.lines[shape != _EMPTY]))
        values = _numbers(text, found)
        return [Said(line, order[pieces], each) for (line, pieces), each in zip(found, values, strict=True)]

    def _numbered(self, shapes: Sequence[bytes]) -> IntArray:
        """Return the numbers of the shapes of pieces; those that say nothing are below 0 and are not kept."""
        known = self._shapes
        new = [each for each in dict.fromkeys(shapes) if each not in known]
        for each, may in zip(new, may_say(new), strict=True):
            if may:
                known[each] = len(known)
            elif not each or each.isspace():
                known[each] = _EMPTY
        return np.fromiter(map(known.get, shapes, repeat(_SILENT)), np.int64, len(shapes))

    def _told(self, text: Printed, shape: int, pieces: IntArray) -> Iterator[tuple[Line, IntArray]]:
        """Give what pieces of one shape say."""
        alike = self._alike.setdefault(shape, [])
        for line in alike:
            fits = _fits(text, pieces, line)
            yield line, pieces[fits]
            pieces = pieces[~fits]
        while len(pieces) and len(alike) < MOST_ALIKE:
            piece = text.piece(pieces[0])
            line = read_line(piece)
            if line.is_alone or len(NUMBERS.findall(piece)) != text.shapes[pieces[0]].count(MARK):
                break
            alike.append(line)
            fits = _fits(text, pieces, line)
            yield line, pieces[fits]
            pieces = pieces[~fits]
        for index in pieces:
            yield read_line(text.piece(index), is_settled=True), np.array([index])


def _numbers(text: Printed, found: Sequence[tuple[Line, IntArray]]) -> list[FloatArray]:
    """Return the numbers of pieces; those that are used are read."""
    firsts = [np.searchsorted(text.numbers_from, text.starts[pieces]) for _, pieces in found]
    counts = [text.shapes[pieces[0]].count(MARK) for _, pieces in found]
    places = [first[:, None] + np.arange(count) for first, count in zip(firsts, counts, strict=True)]
    wanted = np.zeros(len(text.numbers_from), np.bool_)
    for (line, _), held in zip(found, places, strict=True):
        wanted[held[:, line.used()]] = True
    values = text.values(wanted)
    return [values[held] for held in places]


def _fits(text: Printed, pieces: IntArray, line: Line) -> Mask:
    """Whether the digits in the names of pieces are those of a line."""
    fits = np.ones(len(pieces), np.bool_)
    first = np.searchsorted(text.others_from, text.starts[pieces]) if line.digits else 0
    for place, digits in line.digits:
        run = first + place
        start, last = text.others_from[run], len(text.held) - 1
        fits &= text.others_to[run] - start == len(digits)
        for at, digit in enumerate(digits):
            fits &= text.held[np.minimum(start + at, last)] == digit
    return fits


def _grouped(values: IntArray, chosen: NDArray[np.bool_]) -> list[IntArray]:
    """Return the places of each value among those that are chosen."""
    places = np.flatnonzero(chosen)
    order = places[np.argsort(values[places], kind="stable")]
    return np.split(order, np.flatnonzero(np.diff(values[order])) + 1) if len(order) else []
