"""The lines of a console log by what they say: of those of one shape, the first alone is taken apart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from curvewise.model.series import FloatArray, IntArray, distinct
from curvewise.parsing.console_lines import Line, may_say, read_line
from curvewise.parsing.printed import MARK, NUMBERS, Mask, Printed, look_at

MOST_ALIKE = 8
"""Kinds of lines of one shape; they differ in the digits of names, as ``f1`` and ``f2`` do."""


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
        self._shapes: dict[bytes, int] = {}
        self._counts: list[tuple[int, int, bool, bool]] = []
        """Of each shape numbers, other digits, whether it may say anything, and whether it is empty."""
        self._alike: dict[int, list[Line]] = {}  # what lines of a shape say, by the digits of names
        self._count = 0  # of lines so far
        self.not_empty = 0
        """Lines that are not empty."""
        self.lines: list[IntArray] = []
        """The lines that say something, block by block."""

    def read(self, data: bytes) -> list[Said]:
        """Take whole lines; return what they say."""
        text = look_at(data)
        known = self._shapes
        for each in dict.fromkeys(text.shapes):
            if each not in known:
                known[each] = len(known)
                self._counts.append((each.count(MARK), each.count(b"0"), may_say(each), not each.strip()))
        shape = np.fromiter(map(known.__getitem__, text.shapes), np.int64, len(text.shapes))
        numbers, others, may, is_empty = np.array(self._counts, np.int64).T
        before = _before(others[shape])
        found: list[tuple[Line, IntArray]] = []
        for pieces in _grouped(shape, may[shape] > 0):
            found += self._told(text, int(shape[pieces[0]]), pieces, before)
        found = [(line, pieces) for line, pieces in found if len(pieces) and not line.says_nothing]
        says = np.zeros(len(shape), np.bool_)
        for _, pieces in found:
            says[pieces] = True
        order = np.cumsum(says) - 1 + sum(map(len, self.lines))
        self.lines.append(text.lines[says] + self._count)
        self._count += int(text.lines[-1])
        self.not_empty += len(distinct(text.lines[is_empty[shape] == 0]))
        values = _numbers(text, found, _before(numbers[shape]), numbers[shape])
        return [Said(line, order[pieces], each) for (line, pieces), each in zip(found, values, strict=True)]

    def _told(
        self, text: Printed, shape: int, pieces: IntArray, before: IntArray
    ) -> Iterator[tuple[Line, IntArray]]:
        """Give what pieces of one shape say; `before` counts the other digits before each piece."""
        alike = self._alike.setdefault(shape, [])
        for line in alike:
            fits = _fits(text, pieces, before, line)
            yield line, pieces[fits]
            pieces = pieces[~fits]
        while len(pieces) and len(alike) < MOST_ALIKE:
            piece = text.piece(pieces[0])
            line = read_line(piece)
            if line.is_alone or len(NUMBERS.findall(piece)) != self._counts[shape][0]:
                break
            alike.append(line)
            fits = _fits(text, pieces, before, line)
            yield line, pieces[fits]
            pieces = pieces[~fits]
        for index in pieces:
            yield read_line(text.piece(index), is_settled=True), np.array([index])


def _numbers(
    text: Printed, found: Sequence[tuple[Line, IntArray]], first: IntArray, count: IntArray
) -> list[FloatArray]:
    """Return the numbers of pieces, of which each has some from a first on; those that are used are read."""
    places = [first[pieces][:, None] + np.arange(count[pieces[0]]) for _, pieces in found]
    wanted = np.zeros(len(text.numbers_from), np.bool_)
    for (line, _), held in zip(found, places, strict=True):
        wanted[held[:, line.used()]] = True
    values = text.values(wanted)
    return [values[held] for held in places]


def _fits(text: Printed, pieces: IntArray, before: IntArray, line: Line) -> Mask:
    """Whether the digits in the names of pieces are those of a line."""
    fits = np.ones(len(pieces), np.bool_)
    for place, digits in line.digits:
        run = before[pieces] + place
        start, last = text.others_from[run], len(text.held) - 1
        fits &= text.others_to[run] - start == len(digits)
        for at, digit in enumerate(digits):
            fits &= text.held[np.minimum(start + at, last)] == digit
    return fits


def _before(counts: IntArray) -> IntArray:
    return np.cumsum(counts) - counts


def _grouped(values: IntArray, chosen: NDArray[np.bool_]) -> list[IntArray]:
    """Return the places of each value among those that are chosen."""
    places = np.flatnonzero(chosen)
    order = places[np.argsort(values[places], kind="stable")]
    return np.split(order, np.flatnonzero(np.diff(values[order])) + 1) if len(order) else []
