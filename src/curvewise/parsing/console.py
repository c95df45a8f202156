"""Console logs: what a training printed, as rows of numbers with the step at which they stand."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise

import msgspec
import numpy as np

from curvewise.model.column_names import EPOCH_COLUMNS, STEP_COLUMNS, find_column
from curvewise.model.series import FloatArray, IntArray, distinct
from curvewise.parsing.console_lines import OF_ROLLOUT, ROLLOUT, SUMMARY, TRAIN, VALID, is_step
from curvewise.parsing.console_rows import LARGEST_STEP, ConsoleRows, RowReader, is_evaluation
from curvewise.parsing.console_shapes import LineReader
from curvewise.parsing.headed_rows import SIGN, HeadedRows
from curvewise.parsing.plain_text import may_be_plainer, plain
from curvewise.parsing.printed import MARK
from curvewise.parsing.rows import RowColumn, RowTable
from curvewise.parsing.steps import MIN_RELOGGED

_CONTROL = b"\x08" + MARK
_ESCAPES = re.compile(rb"\x1b\[[0-9;?]*[ -/]*[@-~]")
_CUT = re.compile(rb"\{['\"][^{}\n]{40,400}\n")
_OPEN = re.compile(rb"\{[ \t\r]*\n|,\r?\n")
_PROCESS = rb"(?:\([^()\n]{1,60}pid=[^()\n]{1,60}\) ?)?"
_ITEM = rb"[ \t]*(?:\"[^\"\n]+\"|'[^'\n]+')[ \t]*:[^\n{}\[\]]*"
_SPREAD = re.compile(
    rb"\{(?:[ \t\r]*|%b)\n(?:%b%b\n)*%b(?:%b|[ \t]*)\}" % (_ITEM, _PROCESS, _ITEM, _PROCESS, _ITEM)
)
"""A dictionary of numbers with a line for each, as JSON and pprint write it; Ray marks each line."""
_WRAPPED = re.compile(rb"\{['\"][^{}\n]{40,400}(?:\n[^{}\n]{1,400}){1,20}\}")
"""A dictionary that a terminal broke at its width, also within a number."""
_BREAK = re.compile(rb"\r?\n" + _PROCESS)
_BEGINNING = re.compile(
    rb"(?i)running training|num[_ ]?(?:epochs|examples)|(?<!\d)0%\|"
    rb"|(?:run|exp|experiment)[_ ]?name|output_dir"
)
_RUN_NAME = re.compile(
    rb"(?i)(?:(?:run|exp|experiment)[_ ]?name|output_dir|syncing run)\W{1,4}([A-Za-z][\w./-]*)"
)
"""What a training prints at its beginning, and with its name."""
_SUMMARY = [name.encode() for name in SUMMARY]
MOST_ABOVE = 2_000
"""Lines of a training in which its name is looked for."""
MOST_BETWEEN = 100_000
"""Most steps between two rows that are looked for."""
BLOCK = 2**20
"""Bytes that are looked at together."""
ROUNDED = 0.0051
"""Most by which an epoch of two decimals is off."""


class ConsoleLog(msgspec.Struct, frozen=True, kw_only=True):
    """What a console log says in numbers.

    Parameters
    ----------
    table
        The metrics that were printed together, in the order of the log. Where the log tells the step, or
        else the epoch, of a row, it stands in the row as ``step`` or ``epoch``.
    planned_steps, planned_epochs
        Steps and epochs that the training was to take; None when the log does not say.
    lines, used
        Number of lines that are not empty, and of those that gave a row.
    numbered
        Whether the log tells neither steps nor whole epochs, so that the rows were counted.
    begins
        The lines, from 0, at which trainings begin, and what each calls itself; empty for a single one.
    """

    table: RowTable
    planned_steps: int | None
    planned_epochs: float | None
    lines: int
    used: int
    numbered: bool
    begins: dict[int, str]

    @property
    def rows(self) -> list[dict[str, float]]:
        """The rows one by one."""
        rows: list[dict[str, float]] = [{} for _ in range(self.table.count)]
        for key, column in self.table.columns.items():
            for index, value in zip(column.rows.tolist(), column.values.tolist(), strict=True):
                rows[index][key] = value
        return rows


def read_console(data: bytes) -> ConsoleLog:
    r"""Read the metrics of a console log.

    Python dictionaries, ``name: value``, ``name=value`` and ``train loss 1.2`` are understood, amid progress
    bars, timestamps, rank prefixes and colours. The step of a row is the one on its line; else that of the
    progress bar beside it; else that of the last line that named one.

    Examples
    --------
    >>> read_console(b"starting\nIter 10: Train loss 2.5, It/sec 0.9\nIter 10: Val loss 2.6\n").rows
    [{'iter': 10.0, 'Train loss': 2.5}, {'iter': 10.0, 'Val loss': 2.6}]
    """
    reader = ConsoleReader()
    reader.read(data)
    return reader.finish()


class ConsoleReader:
    """Takes whole lines, and keeps what a later row needs of the earlier ones."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._reader = LineReader()
        self._rows = RowReader()
        self._headed = HeadedRows()

    def read(self, data: bytes) -> None:
        """Take whole lines; those that are empty do not count."""
        data = data.translate(None, _CONTROL) if b"\x08" in data or MARK in data else data
        data = _ESCAPES.sub(b"", data) if b"\x1b" in data else data
        data = data.replace(b"\r\n", b"\n") if b"\r\n" in data else data
        if may_be_plainer(data):
            data = plain(data.decode("utf-8", "replace")).encode()
        if self._headed.is_begun or SIGN in data:
            data = self._headed.read(data.decode("utf-8", "replace")).encode()
        if _CUT.search(data):
            data = _WRAPPED.sub(_unwrapped, data)
        if _OPEN.search(data):
            data = _SPREAD.sub(_on_one_line, data)
        self._parts.append(data)
        at = 0
        while at < len(data):
            end = data.rfind(b"\n", at, at + BLOCK) + 1 or data.find(b"\n", at) + 1 or len(data)
            self._rows.take(self._reader.read(data[at:end]))
            at = end

    def finish(self) -> ConsoleLog:
        """Give every row a place: a step, a whole epoch, or its number."""
        rows = self._rows.rows()
        lines = np.concatenate([np.zeros(0, np.int64), *self._reader.lines])[rows.order]
        table = _as_losses(_placed(_validated(_by_rollout(_with_epochs(rows)))))
        begins = _begins(self._parts, lines, table)
        step_key, epoch_key = _place_keys(table)
        numbered, planned = False, rows.planned_steps
        if step_key is None:
            steps, total = _by_bar(rows)
            planned = planned or total
            if steps is None:
                rows = _planned_by_bars(rows, epoch_key)
                planned = planned or rows.planned_steps
                steps = _by_epoch(rows, epoch_key)
            if steps is None and (epoch_key is None or not _is_whole(table.columns[epoch_key])):
                steps, numbered = _counted(rows, epoch_key), True
            if steps is not None:
                table = _with_column(table, "step", steps.astype(np.float64))
            elif epoch_key is not None:
                table = _from_the_first(table, epoch_key)
        return ConsoleLog(
            table=table,
            planned_steps=int(planned) if planned and 0 < planned < LARGEST_STEP else None,
            planned_epochs=rows.planned_epochs,
            lines=self._reader.not_empty,
            used=len(distinct(lines)),
            numbered=numbered,
            begins=begins,
        )


def _on_one_line(match: re.Match[bytes]) -> bytes:
    """Return a dictionary on one line, and as many lines as it had."""
    return _BREAK.sub(b" ", match[0]) + b"\n" * match[0].count(b"\n")


def _unwrapped(match: re.Match[bytes]) -> bytes:
    """Return a dictionary on one line, and as many lines as it had, where all but its last are equally long.

    Of a line that was broken behind a comma, the space may be gone.
    """
    first, *middle, _ = lines = match[0].split(b"\n")
    if any(abs(len(line) - len(first)) > 1 for line in middle):
        return match[0]
    return b"".join(lines) + b"\n" * (len(lines) - 1)


def _place_keys(table: RowTable) -> tuple[str | None, str | None]:
    return find_column(table.columns, STEP_COLUMNS), find_column(table.columns, EPOCH_COLUMNS)


def _with_column(table: RowTable, key: str, values: FloatArray) -> RowTable:
    column = RowColumn(np.arange(table.count), values)
    return RowTable(table.count, {key: column, **table.columns}, table.text)


def _with_epochs(rows: ConsoleRows) -> RowTable:
    """Give the rows the epoch of the line above them, where their steps begin anew in each."""
    step, epoch = _place_keys(rows.table)
    if step is None or epoch or np.isnan(rows.headers).any():
        return rows.table
    steps = rows.column(step, 0.0)
    on = rows.headers[1:] > rows.headers[:-1]
    back = steps[1:] < steps[:-1]
    return _with_column(rows.table, "epoch", rows.headers) if back.any() and on[back].all() else rows.table


def _begins(parts: Sequence[bytes], at: IntArray, table: RowTable) -> dict[int, str]:
    """Find the lines where runs begin, with the names of these."""
    first_rows = list(_first_rows(table))
    if not first_rows:
        return {}
    lines = b"".join(parts).split(b"\n")
    begins = {0: "", **{_beginning(lines, int(at[row - 1]) + 1, int(at[row])): "" for row in first_rows}}
    for first, end in pairwise([*begins, len(lines)]):
        named = (_RUN_NAME.search(line) for line in lines[first : min(end, first + MOST_ABOVE)])
        begins[first] = next((match[1].decode() for match in named if match), "")
    return begins


def _first_rows(table: RowTable) -> Iterator[int]:
    """Yield the rows at which training stands where it began, after it had gone on for a while."""
    step, epoch = _place_keys(table)
    key = step or epoch
    if key is None:
        return
    column = table.columns[key]
    place, epochs = column.values, np.zeros(table.count)
    epochs[table.columns[epoch or key].rows] = table.columns[epoch or key].values
    epochs = epochs[column.rows]
    first = 0
    while first < len(place):
        back = np.flatnonzero((place[first:] <= place[first]) & (epochs[first:] <= epochs[first])) + first
        if step is None:
            back = np.union1d(back, _back_in_the_first_epoch(table, column, first))
        known = _nth_distinct(place, first)
        ahead = (row for row in back.tolist() if row > known and _goes_on(place, row))
        first = next(ahead, len(place))
        if first < len(place):
            yield int(column.rows[first])


def _back_in_the_first_epoch(table: RowTable, epoch: RowColumn, first: int) -> IntArray:
    """Return where epochs fall back to the first one from a later, and what was logged before is so again.

    Evaluations that are printed together, below the training, are no training that begins.
    """
    place = epoch.values
    fell = first + 1 + np.flatnonzero((place[first + 1 :] <= 1.0) & (place[first:-1] >= 2.0))
    others = [column.rows for column in table.columns.values() if column is not epoch]

    def is_logged_again(row: int) -> bool:
        return any(
            ((rows >= epoch.rows[first]) & (rows < row)).any() and (rows >= row).any() for rows in others
        )

    return np.array([at for at in fell.tolist() if is_logged_again(int(epoch.rows[at]))], dtype=np.int64)


def _nth_distinct(place: FloatArray, first: int) -> int:
    """Return where the last of so many different places is that training has gone on for a while."""
    seen: set[float] = set()
    for index in range(first, len(place)):
        seen.add(place[index])
        if len(seen) >= MIN_RELOGGED:
            return index
    return len(place)


def _goes_on(place: FloatArray, first: int) -> bool:
    return len(set(place[first : first + 4 * MIN_RELOGGED].tolist())) >= MIN_RELOGGED


def _beginning(lines: Sequence[bytes], first: int, last: int) -> int:
    """Return the line at which a training begins, between the last row of one and the first of the next."""
    for number in range(first, last):
        if any(name in lines[number] for name in _SUMMARY):
            first = number + 1
    return next((number for number in range(first, last) if _BEGINNING.search(lines[number])), first)


def _by_bar(rows: ConsoleRows) -> tuple[IntArray | None, int | None]:
    """Return steps and total by the training's own progress bar, or None where it does not tell them.

    A row is drawn over its bar, which follows it; where the two went to different streams, all bars stand
    together, one for each row.
    """
    count = rows.table.count
    if not len(rows.bars):
        return None, None
    totals = rows.bars[:, 2]
    total = int(rows.planned_steps or 0)
    if total not in totals:
        total = _total(rows.bars)
    before, done, _ = rows.bars[totals == total].T
    if count > 1 and ((before == 0) | (before == count)).all():
        steps = np.array(list(dict.fromkeys(done[done != 0].tolist())), np.int64)
    else:
        steps = _beside(before, done, count)
    if len(steps) != count:
        return None, None
    of_sets = np.where(rows.evaluates, rows.table.kinds, 0)  # each evaluation set has a row of its own
    if len(set(zip(steps.tolist(), of_sets.tolist(), strict=True))) != count:
        return None, None
    return steps, total


def _total(bars: IntArray) -> int:
    """Return the steps in all of the training's own bar: of several, one that does not begin anew."""
    totals: dict[int, int] = Counter(bars[:, 2].tolist())
    _, done, total = bars[np.argsort(bars[:, 2], kind="stable")].T
    anew = set(total[1:][(np.diff(total) == 0) & (np.diff(done) < 0)].tolist())
    own = {each: drawn for each, drawn in totals.items() if each not in anew and drawn > 1}
    return max(own or totals, key=totals.__getitem__)


def _by_epoch(rows: ConsoleRows, epoch: str | None) -> IntArray | None:
    """Return the steps by fractional epochs, where the log tells a whole number of steps in an epoch."""
    planned, epochs = rows.planned_steps, rows.planned_epochs
    if epoch is None or not planned or not epochs or planned % epochs:
        return None
    at = rows.column(epoch, -1.0)
    if not ((at >= 0) & (at < LARGEST_STEP / planned)).all():
        return None
    done = at * planned / epochs
    length = planned / epochs
    trained = done[~rows.evaluates].tolist() or done.tolist()
    longest = int(min(planned, MOST_BETWEEN, 2 * max(trained[0], 0) + 2))
    told = len(set(trained))
    for apart in range(longest, 1, -1):  # a trainer logs at every so many steps, and evaluates at some
        near = all(abs(_multiple(step, apart) - step) <= ROUNDED * length + step / length for step in trained)
        if near and trained[0] < 1.5 * apart and len({_multiple(step, apart) for step in trained}) == told:
            logged = apart * np.round(done / apart)
            own = rows.evaluates & ((at == np.round(at)) | (np.abs(logged - done) > ROUNDED * length))
            return np.where(own, np.round(done), logged).astype(np.int64)
    return np.round(done).astype(np.int64)


def _planned_by_bars(rows: ConsoleRows, epoch: str | None) -> ConsoleRows:
    """Return the rows with the plan that the bars tell: their total, and the epochs that are done with it.

    Where a program keeps back what it prints, and not its bars, neither stands beside the other.
    """
    if epoch is None or rows.planned_epochs or not len(rows.bars):
        return rows
    total = _total(rows.bars)
    done = int(rows.bars[rows.bars[:, 2] == total, 1].max())
    at = np.nanmax(rows.column(epoch, 0.0))
    if not done or not 0 < at < total:
        return rows
    epochs = round(total * at / done)
    if not epochs or total % epochs or _is_whole(rows.table.columns[epoch]):
        return rows
    return msgspec.structs.replace(rows, planned_steps=float(total), planned_epochs=float(epochs))


def _multiple(step: float, apart: int) -> int:
    return round(step / apart) * apart


def _beside(before: IntArray, done: IntArray, rows: int) -> IntArray:
    """Return the steps of the bars beside the rows: the first after a row, else the last before it."""
    row = np.arange(rows)
    after = np.searchsorted(before, row + 1)
    has_after = np.append(before, -1)[after] == row + 1
    last = np.searchsorted(before, row, "right") - 1
    has_last = (last >= 0) & (before[last] == row)
    if not (has_after | has_last).all():
        return row[:0]
    steps = np.where(has_after, np.append(done, 0)[after], done[last])
    for index in np.flatnonzero(~has_after[1:]) + 1:  # its own bar was cut off
        if steps[index] <= steps[index - 1]:
            steps[index] = steps[index - 1] + (steps[index - 1] - steps[index - 2] if index > 1 else 1)
    return steps


def _is_whole(column: RowColumn) -> bool:
    values = column.values
    return bool(
        (values == np.round(values)).all() and np.isfinite(values).all() and (values != values[0]).any()
    )


def _counted(rows: ConsoleRows, epoch: str | None) -> IntArray:
    """Count the rows from 1; an evaluation stands at the row before it, if that is of the same epoch.

    Settings that stand above, ``Reward weights: accuracy=0.7``, are numbers that are never told again.
    """
    again = (column.rows[0] for column in rows.table.columns.values() if len(column.rows) > 1)
    first = min(again, default=0)
    goes_on = ~rows.evaluates
    goes_on[: first + 1] = np.arange(first + 1) == first
    if epoch is not None:
        at = rows.column(epoch, np.nan)
        is_told = np.zeros(len(at), np.bool_)
        is_told[rows.table.columns[epoch].rows] = True
        goes_on[1:] |= is_told[1:] & is_told[:-1] & (at[1:] != at[:-1])
    return np.maximum(np.cumsum(goes_on, dtype=np.int64), 1)


def _by_rollout(table: RowTable) -> RowTable:
    """Let rows stand at the rollout that they tell, else at the one whose training began before them.

    slime saves by rollouts, and takes one or more steps of training with each.
    """
    told = np.full(table.count, np.nan)
    trained = np.full(table.count, -1)
    for key in (OF_ROLLOUT, ROLLOUT):
        if (column := table.columns.get(key)) is not None:
            told[column.rows] = column.values
            trained[:] = -1
            trained[column.rows] = column.rows
    if np.isnan(told).all():
        return table
    last = np.maximum.accumulate(trained)
    steps = np.where(np.isnan(told) & (last >= 0), told[last], told)
    rows = np.flatnonzero(~np.isnan(steps))
    others = {
        key: column for key, column in table.columns.items() if key not in (ROLLOUT, OF_ROLLOUT, "step")
    }
    return RowTable(table.count, {"step": RowColumn(rows, steps[rows]), **others}, table.text)


def _placed(table: RowTable) -> RowTable:
    """Give every row a step, by one name, where some have one: ``iter 2990``, ``step 3000``, ``epoch 2``.

    A row without a step stands at that of the row before it.
    """
    names = [key for key in table.columns if is_step(key)]
    told = np.zeros(table.count, np.int64)
    steps = np.full(table.count, np.nan)
    for name in names:
        column = table.columns[name]
        told[column.rows] += 1
        steps[column.rows] = column.values
    if (told > 1).any():
        return _counted_alike(table, names)
    if not names or (len(names) == 1 and told.all()):
        return table
    last = np.maximum.accumulate(np.where(told > 0, np.arange(table.count), -1))
    steps = np.where(last < 0, np.nan, steps[last])
    rows = np.flatnonzero((told > 0) | ~np.isnan(steps))
    columns = {key: column for key, column in table.columns.items() if key not in names}
    return RowTable(table.count, {names[0]: RowColumn(rows, steps[rows]), **columns}, table.text)


def _counted_alike(table: RowTable, names: Sequence[str]) -> RowTable:
    """Give rows that tell one count of two the other, as rows with both tell it: ``iter 40 step 10``."""
    own = find_column(names, STEP_COLUMNS) or ""
    steps = dict(zip(table.columns[own].rows.tolist(), table.columns[own].values.tolist(), strict=True))
    for column in (table.columns[name] for name in names if name != own):
        pairs = list(zip(column.rows.tolist(), column.values.tolist(), strict=True))
        known = {value: steps[row] for row, value in pairs if row in steps}
        steps = {**{row: known[value] for row, value in pairs if value in known}, **steps}
    rows = sorted(steps)
    column = RowColumn(np.array(rows), np.array([steps[row] for row in rows]))
    return RowTable(table.count, {**table.columns, own: column}, table.text)


def _from_the_first(table: RowTable, epoch: str) -> RowTable:
    """Give rows above the first epoch that is named the one before it."""
    column = table.columns[epoch]
    first, before = int(column.rows[0]), float(column.values[0]) - 1
    if before < 0 or not first:
        return table
    rows = np.concatenate((np.arange(first), column.rows))
    values = np.concatenate((np.full(first, before), column.values))
    return RowTable(table.count, {**table.columns, epoch: RowColumn(rows, values)}, table.text)


def _as_losses(table: RowTable) -> RowTable:
    """Take numbers of both sets that say nothing else for losses, if those of training fall."""
    train = table.columns.get(TRAIN)
    if train is None or VALID not in table.columns or len(train.values) < 2:
        return table
    third = max(1, len(train.values) // 3)
    if not train.values[-third:].mean() < train.values[:third].mean():
        return table
    names = {TRAIN: "train loss", VALID: "val loss"}
    columns = {names.get(name, name): column for name, column in table.columns.items()}
    return RowTable(table.count, columns, table.text)


def _validated(table: RowTable) -> RowTable:
    """Take metrics on test data for those of validation where there are no others."""
    if any(is_evaluation(name) for name in table.columns if not name.startswith("test_")):
        return table
    columns = {re.sub("^test_", "eval_", name): column for name, column in table.columns.items()}
    return RowTable(table.count, columns, table.text)
