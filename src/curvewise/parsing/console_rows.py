"""The rows of a console log: what its lines say, with the place that they or lines before them tell."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache

import msgspec
import numpy as np

from curvewise.model.series import FloatArray, IntArray
from curvewise.parsing.console_lines import TOTAL_EPOCHS, TOTALS, Bar, Line, Row, is_place
from curvewise.parsing.console_shapes import Said
from curvewise.parsing.printed import Mask
from curvewise.parsing.rows import Pieces, RowTable, read_rows, table_of
from curvewise.splits import is_of_evaluation
from curvewise.text import snake_case

LARGEST_STEP = 2.0**53
"""What a step or a plan is below."""
FEWEST_ALIKE = 4
"""Lines of one kind after each other from which on it is worth to take them together."""
_STRIDE = 2**20
"""Places within a line: more than it can hold dictionaries and bars."""


class ConsoleRows(msgspec.Struct, frozen=True, eq=False):
    """The rows of a log.

    Parameters
    ----------
    table
        The metrics that were printed together, with the place that the log tells.
    order
        The place of the line of each row among all that say something.
    headers
        The epoch that a line above each row told and nothing else, else NaN.
    evaluates
        Whether a row holds nothing but metrics of an evaluation.
    bars
        Of each progress bar the number of rows before it, steps done, and steps in all, shape (bars, 3).
    planned_steps, planned_epochs
        How long the training was to take, where the log says so.
    """

    table: RowTable
    order: IntArray
    headers: FloatArray
    evaluates: Mask
    bars: IntArray
    planned_steps: float | None
    planned_epochs: float | None

    def column(self, key: str, default: float) -> FloatArray:
        """Return the values under a key, with a default for rows that have none."""
        held = self.table.columns[key]
        values = np.full(self.table.count, default)
        values[held.rows] = held.values
        return values


class RowReader:
    """Takes what lines say, and keeps what a later row needs of the earlier ones.

    Dictionaries are rows of their own, many at once. Other lines are taken one by one: where they stand, and
    what they mean, may depend on those before.
    """

    def __init__(self) -> None:
        self._objects: list[tuple[IntArray, dict[str, FloatArray]]] = []
        self._bars: list[IntArray] = []
        self._at: list[int] = []  # of each other row
        self._rows: list[Row] = []
        self._replaced: set[int] = set()  # dictionaries that were printed again as a line
        self._place: Row = {}
        self._drawn: Row = {}  # behind the last bar of an epoch
        self._evaluating = False
        self._batches = 0.0  # of the epoch, as Keras counts them
        self._headers: list[tuple[int, float]] = []
        self._first_epoch: float | None = None  # that has a bar
        self._planned: dict[str, float] = {}
        self._named: set[str] = set()  # metrics that stood at a step
        self._by_step: set[str] = set()  # those of training

    def take(self, said: Sequence[Said]) -> None:
        """Take what lines say that follow those before."""
        objects = []
        for each in said:
            at = each.order * _STRIDE
            for index, (bars, fields) in enumerate(each.line.objects):
                self._see_bars(at + 2 * index, bars, each.numbers)
                objects.append((at + 2 * index + 1, fields.columns(each.numbers)))
            behind = bool(each.line.metrics)  # a bar that tells metrics itself is theirs
            self._see_bars(at + 2 * len(each.line.objects) + behind, each.line.bars, each.numbers)
        self._objects += objects
        others = [each for each in said if each.line.fields.keys or each.line.tests]
        if others:
            self._take_others(others, _Before(objects))

    def _take_others(self, said: Sequence[Said], objects: _Before) -> None:
        order = np.concatenate([each.order for each in said])
        sorting = np.argsort(order)
        kinds = np.repeat(np.arange(len(said)), [len(each.order) for each in said])[sorting]
        rows = np.concatenate([np.arange(len(each.order)) for each in said])[sorting]
        at = order[sorting] * _STRIDE
        told = np.column_stack(
            (_alike(said)[kinds], np.concatenate([_batches(each) for each in said])[sorting])
        )
        ends = np.append(np.flatnonzero((told[1:] != told[:-1]).any(axis=1)) + 1, len(kinds)).tolist()
        start = 0
        for end in ends:  # of lines of one kind after each other
            line, first = said[kinds[start]].line, rows[start]
            numbers = said[kinds[start]].numbers[first : first + end - start]
            if objects.is_empty and line.is_drawn_again and self._place:
                last = said[kinds[end - 1]]
                self._take_line(last.line, last.numbers[rows[end - 1]].tolist(), int(at[start]), objects)
            elif objects.is_empty and end - start >= FEWEST_ALIKE and _are_places_apart(line, numbers):
                self._take_alike(line, numbers, at[start:end])
            else:
                for index in range(start, end):
                    each = said[kinds[index]]
                    self._take_line(each.line, each.numbers[rows[index]].tolist(), int(at[index]), objects)
            start = end

    def _take_alike(self, line: Line, numbers: FloatArray, at: IntArray) -> None:
        """Take lines of one kind that each tell place and metrics: the first and the last as all others."""
        self._take_line(line, numbers[0].tolist(), int(at[0]), _Before([]))
        fields = line.fields.columns(numbers[1:-1])
        names = line.evaluated if line.tests else line.metrics
        columns = {key: fields[key] for key in line.place}
        columns |= {name: fields[key] for name, key in zip(names, line.metrics, strict=True)}
        self._objects.append((at[1:-1], columns))
        self._take_line(line, numbers[-1].tolist(), int(at[-1]), _Before(self._objects[-1:]))

    def _see_bars(self, at: IntArray, bars: Sequence[Bar], numbers: FloatArray) -> None:
        for bar in bars:
            if not bar.is_epoch:
                done, total = bar.span.columns(numbers).values()
                self._bars.append(np.column_stack((at, done.astype(np.int64), total.astype(np.int64))))

    def _take_line(self, line: Line, numbers: Sequence[float], at: int, objects: _Before) -> None:
        """Take what a line says, with its numbers."""
        if not line.fields.keys:
            self._evaluating |= line.tests
            return
        row = line.fields.row(numbers)
        if line.plans:
            self._see_plan(row, line.totals.row(numbers))
        place = {key: row[key] for key in line.place}
        bar = next((bar for bar in reversed(line.bars) if bar.is_epoch), None)
        done, total = map(int, bar.span.row(numbers).values()) if bar else (0, 0)
        if bar and line.epoch and len(place) == 1:
            place = {"step": self._epochs_before(place[line.epoch]) * total + done, **place}
        elif bar and not place:
            epoch = self._headers[-1][1] if self._headers else 0.0
            told = {} if np.isnan(epoch) or not self._headers else {"epoch": epoch}
            place = {"step": self._epochs_before(told.get("epoch", 0.0)) * total + done, **told}
        sums_up = len(place) == 1 and self._is_of_last(place, line.epoch)
        if place:
            self._place = {**self._place, **place} if sums_up else place
            self._evaluating = line.evaluates and not line.metrics
        if line.epoch and not line.metrics:
            self._headers.append((at, row[line.epoch]))
            self._batches *= not line.plans
        if line.metrics:
            tests = line.tests or self._are_others(*line.batches.row(numbers).values())
            names = line.evaluated if self._evaluating or tests else line.metrics
            said = {name: row[key] for name, key in zip(names, line.metrics, strict=True)}
            said = self._fresh(said, done, total) if bar else said
            self._add({**self._place, **self._without_means(said, sums_up=sums_up)}, at, objects)

    def _epochs_before(self, epoch: float) -> float:
        """Return how many epochs are done in an epoch, where the first one that has a bar may be 1."""
        self._first_epoch = epoch if self._first_epoch is None else self._first_epoch
        return epoch - (self._first_epoch == 1)

    def _are_others(self, batches: float = 0.0) -> bool:
        """Whether batches are not those of the epoch, whose first line tells them."""
        self._batches = self._batches or batches
        return batches not in (0.0, self._batches)

    def _fresh(self, drawn: Row, done: int, total: int) -> Row:
        """Return what is new behind the bar of an epoch, which draws again what was known before."""
        before, self._drawn = self._drawn, drawn
        if done in (0, total):
            return drawn if done else {}
        return {name: value for name, value in drawn.items() if value != before.get(name)}

    def _is_of_last(self, place: Row, epoch: str | None) -> bool:
        """Whether a line that tells one place tells the epoch, and that of the steps before."""
        return epoch in place and len(self._place) > 1 and self._place.get(epoch) == place[epoch]

    def _without_means(self, said: Row, *, sums_up: bool) -> Row:
        """Leave out of what is said of an epoch, at its end, what its steps say of training."""
        if sums_up:
            return {name: value for name, value in said.items() if name not in self._by_step}
        if len(self._place) > 1 and (new := said.keys() - self._named):
            self._named |= new
            self._by_step |= {name for name in new if not is_evaluation(name)}
        return said

    def _see_plan(self, row: Row, totals: Row) -> None:
        for key, value in row.items():
            if (unit := _planned_unit(key)) and 0 < value < LARGEST_STEP:
                self._planned[unit] = value
        for key, total in totals.items():
            if is_place(key):
                self._planned.setdefault("epochs" if "epoch" in key.lower() else "steps", total)

    def _add(self, row: Row, at: int, objects: _Before) -> None:
        if len(row) == len(self._place):
            return
        last = self._rows[-1] if self._rows else None
        before = objects.before(at)
        if before is not None and (not self._at or before > self._at[-1]):
            last = objects.row(before)
        else:
            before = None
        if last is not None and self._place and _are_at_one_place(last, row, self._place):
            if before is None:
                self._rows[-1] = row  # the same line, drawn again, or printed by another process
                return
            self._replaced.add(before)
            at = before
        elif _is_tested_after(last, row):
            return
        self._at.append(at)
        self._rows.append(row)

    def rows(self) -> ConsoleRows:
        """Return all rows in the order of the log."""
        blocks = [(at, columns) for at, columns in self._objects]
        if self._replaced:
            blocks = [_without(at, columns, self._replaced) for at, columns in blocks]
        table = read_rows(self._rows)
        at = np.concatenate([np.array(self._at, np.int64), *(at for at, _ in blocks)])
        order = np.argsort(at, kind="stable")
        number = np.empty_like(order)
        number[order] = np.arange(len(order))
        evaluates = np.zeros(len(order), np.bool_)
        own, *others = np.split(number, np.cumsum([len(self._at), *(len(at) for at, _ in blocks)])[:-1])
        evaluates[own] = [is_evaluation(*row) for row in self._rows]
        pieces: Pieces = {key: [(own[column.rows], column.values)] for key, column in table.columns.items()}
        for where, (_, columns) in zip(others, blocks, strict=True):
            evaluates[where] = is_evaluation(*columns)
            for key, values in columns.items():
                pieces.setdefault(key, []).append((where, values))
        firsts = {key: min(where[0] for where, _ in held if len(where)) for key, held in pieces.items()}
        pieces = {key: pieces[key] for key in sorted(pieces, key=lambda key: int(firsts[key]))}
        at = at[order]
        return ConsoleRows(
            table_of(len(order), pieces, {}),
            at // _STRIDE,
            self._headers_of(at),
            evaluates,
            self._bars_among(at),
            self._planned.get("steps"),
            self._planned.get("epochs"),
        )

    def _headers_of(self, at: IntArray) -> FloatArray:
        places = np.array([place for place, _ in self._headers], np.int64)
        values = np.array([np.nan, *(epoch for _, epoch in self._headers)])
        return values[np.searchsorted(places, at, side="right")]

    def _bars_among(self, rows: IntArray) -> IntArray:
        bars = np.concatenate([np.zeros((0, 3), np.int64), *self._bars])
        bars = bars[np.argsort(bars[:, 0], kind="stable")]
        return np.column_stack((np.searchsorted(rows, bars[:, 0]), bars[:, 1:]))


class _Before:
    """Finds the dictionary before a line, among those of a block."""

    def __init__(self, objects: Sequence[tuple[IntArray, dict[str, FloatArray]]]) -> None:
        self._objects = objects
        self._at = np.sort(np.concatenate([at for at, _ in objects])) if objects else np.zeros(0, np.int64)
        self.is_empty = not objects

    def before(self, at: int) -> int | None:
        """Return its place."""
        index = 0 if self.is_empty else int(np.searchsorted(self._at, at))
        return int(self._at[index - 1]) if index else None

    def row(self, at: int) -> Row:
        """Return the row at a place."""
        for places, columns in self._objects:
            index = int(np.searchsorted(places, at))
            if index < len(places) and places[index] == at:
                return {key: values[index].item() for key, values in columns.items()}
        return {}


def _alike(said: Sequence[Said]) -> IntArray:
    """Return a number for each kind of line, the same for lines of one bar, however far it is drawn."""
    first: dict[tuple[object, ...], int] = {}
    lines = [each.line for each in said]
    told = [
        (line.metrics, line.evaluated, line.tests) if line.is_drawn_again else (kind,)
        for kind, line in enumerate(lines)
    ]
    return np.array([first.setdefault(each, kind) for kind, each in enumerate(told)])


def _batches(said: Said) -> FloatArray:
    held = said.line.batches.columns(said.numbers)
    return held.get("batches", np.zeros(len(said.order)))


def _are_places_apart(line: Line, numbers: FloatArray) -> bool:
    """Whether each line tells metrics and their whole place, and another one than the line before."""
    if not line.metrics or not line.place or line.place == (line.epoch,) or line.bars:
        return False
    fields = line.fields.columns(numbers)
    return not np.logical_and.reduce([fields[key][1:] == fields[key][:-1] for key in line.place]).any()


def _without(
    at: IntArray, columns: dict[str, FloatArray], replaced: set[int]
) -> tuple[IntArray, dict[str, FloatArray]]:
    kept = ~np.isin(at, list(replaced))
    return at[kept], {key: values[kept] for key, values in columns.items()}


@cache
def _planned_unit(key: str) -> str:
    """Return of what a name tells how many are planned, steps or epochs."""
    name = snake_case(key)
    return "steps" if name in TOTALS else "epochs" if name in TOTAL_EPOCHS else ""


def _are_at_one_place(last: Row, row: Row, place: Iterable[str]) -> bool:
    """Whether rows have the same keys and stand at the same place."""
    if last.keys() != row.keys():
        return False
    return not any(last[key] is not row[key] and last[key] != row[key] for key in place)  # NaN is one, too


def _is_tested_after(last: Row | None, row: Row) -> bool:
    """Whether a row says again what an epoch with an evaluation had said of training: ``evaluate()``."""
    if last is None or not row.keys() < last.keys():
        return False
    measured = [is_evaluation(name) for name in last if not is_place(name)]
    is_again = all(last[name] == row[name] for name in row if is_place(name)) and not is_evaluation(*row)
    return is_again and any(measured) and not all(measured)


@cache
def is_evaluation(*keys: str) -> bool:
    """Whether keys hold metrics of an evaluation and no others."""
    names = [key for key in keys if not is_place(key)]
    return bool(names) and all(map(is_of_evaluation, names))
