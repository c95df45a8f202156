"""Console logs: what a training printed, as rows of numbers with the step at which they stand."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, pairwise

import msgspec

from curvewise.model.column_names import EPOCH_COLUMNS, STEP_COLUMNS, find_column
from curvewise.parsing.console_lines import (
    SUMMARY,
    TOTAL_EPOCHS,
    TOTALS,
    Bar,
    Line,
    LineReader,
    Row,
    is_place,
    is_step,
    plain,
    shapes,
)
from curvewise.parsing.steps import MIN_RELOGGED

_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x08")
_WORKER = re.compile(r"\([^()\n]*pid=\d+[^()\n]*\) ?|\[rank ?\d+\]:? ?", re.IGNORECASE)
_BEGINNING = re.compile(
    r"(?i)running training|num[_ ]?(?:epochs|examples)|(?<!\d)0%\||(?:run|exp|experiment)[_ ]?name|output_dir"
)
_RUN_NAME = re.compile(
    r"(?i)(?:(?:run|exp|experiment)[_ ]?name|output_dir|syncing run)\W{1,4}([A-Za-z][\w./-]*)"
)
"""What a training prints at its beginning, and with its name."""
MOST_ABOVE = 2_000
"""Lines of a training in which its name is looked for."""
LARGEST_STEP = 2.0**53
"""What a step or a plan is below."""
MOST_BETWEEN = 100_000
"""Most steps between two rows that are looked for."""
ROUNDED = 0.0051
"""Most by which an epoch of two decimals is off."""


class ConsoleLog(msgspec.Struct, frozen=True, kw_only=True):
    """What a console log says in numbers.

    Parameters
    ----------
    rows
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

    rows: list[Row]
    planned_steps: int | None
    planned_epochs: float | None
    lines: int
    used: int
    numbered: bool
    begins: dict[int, str]


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
    """Takes a log line by line, and keeps what a later row needs of the earlier ones."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self._lines: list[str] = []
        self._at: list[int] = []  # the line of each row
        self._used = 0
        self._bars: list[tuple[int, int, int]] = []  # the number of rows before it, steps done, steps in all
        self._place: Row = {}
        self._drawn: Row = {}  # behind the last bar of an epoch
        self._evaluating = False
        self._read = LineReader()
        self._header = float("nan")  # the epoch of the last line that named nothing else
        self._headers: list[float] = []  # that of each row
        self._planned: dict[str, float] = {}
        self._named: set[str] = set()  # metrics that stood at a step
        self._by_step: set[str] = set()  # those of training

    def read(self, data: bytes) -> None:
        """Take whole lines; those that are empty do not count."""
        text = plain(_WORKER.sub("", _ESCAPES.sub("", data.decode("utf-8", "replace"))))
        new = text.split("\n")
        for number, (line, shape) in enumerate(
            zip(new, shapes(text).split(b"\n"), strict=True), len(self._lines)
        ):
            before = len(self.rows)
            if "\r" not in line:
                self.take(*self._read(line, shape))
            else:
                for part, its_shape in zip(line.split("\r"), shape.split(b"\r"), strict=True):
                    self.take(*self._read(part, its_shape))
            if len(self.rows) > before:
                self._at += [number] * (len(self.rows) - before)
                self._used += 1
        self._lines += new if new[-1] else new[:-1]  # what follows a last newline is no line

    def _begins(self, rows: Sequence[Row]) -> dict[int, str]:
        """Find the lines where runs begin, with the names of these."""
        lines, at = self._lines, self._at
        begins = {_beginning(lines, at[row - 1] + 1, at[row]): "" for row in _first_rows(rows)}
        begins = {0: "", **begins} if begins else {}
        for first, end in pairwise([*begins, len(lines)]):
            named = (_RUN_NAME.search(line) for line in lines[first : min(end, first + MOST_ABOVE)])
            begins[first] = next((match[1] for match in named if match), "")
        return begins

    def take(self, line: Line | None, numbers: Sequence[str]) -> None:
        """Take what a line says, with its numbers."""
        if line is None:
            return
        for bars, fields in line.objects:
            self._see_bars(bars, numbers)
            self._append(fields.row(numbers))
        bar = self._see_bars(line.bars, numbers)
        if not line.fields.keys:
            self._evaluating |= line.tests
            return
        row = line.fields.row(numbers)
        if line.plans:
            self._see_plan(row, line.totals.row(numbers))
        place = {key: row[key] for key in line.place}
        if bar is not None and line.epoch and len(place) == 1:
            place = {"step": place[line.epoch] * bar[1] + bar[0], **place}
        elif bar is not None and not place:
            place = {"step": (0 if math.isnan(self._header) else self._header) * bar[1] + bar[0]}
        sums_up = self._is_of_last(place, line.epoch)
        if place:
            self._place = {**self._place, **place} if sums_up else place
            self._evaluating = line.evaluates and not line.metrics
        if line.epoch and not line.metrics:
            self._header = row[line.epoch]
        if line.metrics:
            names = line.evaluated if self._evaluating or line.tests else line.metrics
            said = {name: row[key] for name, key in zip(names, line.metrics, strict=True)}
            said = said if bar is None else self._fresh(said, *bar)
            self._add({**self._place, **self._without_means(said, sums_up=sums_up)})

    def _fresh(self, drawn: Row, done: int, total: int) -> Row:
        """Return what is new behind the bar of an epoch, which draws again what was known before."""
        before, self._drawn = self._drawn, drawn
        if done in (0, total):
            return drawn if done else {}
        return {name: value for name, value in drawn.items() if value != before.get(name)}

    def _is_of_last(self, place: Row, epoch: str | None) -> bool:
        """Whether a line tells the epoch alone, and that of the steps before."""
        is_alone = epoch is not None and len(place) == 1 < len(self._place)
        return is_alone and self._place.get(epoch or "") == place[epoch or ""]

    def _without_means(self, said: Row, *, sums_up: bool) -> Row:
        """Leave out of what is said of an epoch, at its end, what its steps say of training."""
        if sums_up:
            return {name: value for name, value in said.items() if name not in self._by_step}
        if len(self._place) > 1 and (new := said.keys() - self._named):
            self._named |= new
            self._by_step |= {name for name in new if not _is_evaluation({name: 0.0})}
        return said

    def _see_plan(self, row: Row, totals: Row) -> None:
        for key, value in row.items():
            if not 0 < value < LARGEST_STEP:
                continue
            name = key.strip().lower().replace(" ", "_")
            if name in TOTALS:
                self._planned["steps"] = value
            elif name in TOTAL_EPOCHS:
                self._planned["epochs"] = value
        for key, total in totals.items():
            if is_place(key):
                self._planned.setdefault("epochs" if "epoch" in key.lower() else "steps", total)

    def _add(self, row: Row) -> None:
        if len(row) == len(self._place):
            return
        last = self.rows[-1] if self.rows else None
        is_of_same = last is not None and self._place and last.keys() == row.keys()
        if last is not None and is_of_same and _are_at_one_place(last, row, self._place):
            self.rows[-1] = row  # the same line, drawn again, or printed by another process
        elif not _is_tested_after(last, row):
            self._append(row)

    def _append(self, row: Row) -> None:
        self.rows.append(row)
        self._headers.append(self._header)

    def _with_epochs(self) -> list[Row]:
        """Give the rows the epoch of the line above them, where their steps begin anew in each."""
        keys = dict.fromkeys(chain.from_iterable(self.rows))
        step = find_column(keys, STEP_COLUMNS)
        if step is None or find_column(keys, EPOCH_COLUMNS) or any(map(math.isnan, self._headers)):
            return self.rows
        pairs = pairwise(zip((row.get(step, 0) for row in self.rows), self._headers, strict=True))
        backs = [epoch > before for (last, before), (first, epoch) in pairs if first < last]
        if not backs or not all(backs):
            return self.rows
        return [{"epoch": epoch, **row} for row, epoch in zip(self.rows, self._headers, strict=True)]

    def _see_bars(self, bars: Sequence[Bar], numbers: Sequence[str]) -> tuple[int, int] | None:
        """Note progress bars; return one that belongs to an epoch, as steps done and in all."""
        epoch_bar = None
        for bar in bars:
            done, total = map(int, bar.span.row(numbers).values())
            if bar.is_epoch:
                epoch_bar = (done, total)
            else:
                self._bars.append((len(self.rows), done, total))
        return epoch_bar

    def finish(self) -> ConsoleLog:
        """Give every row a place: a step, a whole epoch, or its number."""
        numbered = False
        rows = _placed(_validated(self._with_epochs()))
        begins = self._begins(rows)
        keys = dict.fromkeys(chain.from_iterable(rows))
        step_key, epoch_key = find_column(keys, STEP_COLUMNS), find_column(keys, EPOCH_COLUMNS)
        if step_key is None:
            steps = self._by_bar() or self._by_epoch(epoch_key)
            if steps is None and (epoch_key is None or not _is_whole(rows, epoch_key)):
                steps, numbered = _counted(rows, epoch_key), True
            if steps is not None:
                rows = [{"step": float(step), **row} for step, row in zip(steps, rows, strict=True)]
            elif epoch_key is not None:
                rows = _from_the_first(rows, epoch_key)
        planned = self._planned.get("steps")
        return ConsoleLog(
            rows=rows,
            planned_steps=int(planned) if planned and 0 < planned < 2**53 else None,
            planned_epochs=self._planned.get("epochs"),
            lines=sum(bool(line.strip()) for line in self._lines),
            used=self._used,
            numbered=numbered,
            begins=begins,
        )

    def _by_bar(self) -> list[int] | None:
        """Return the steps by the training's own progress bar, or None when it does not tell them.

        A row is drawn over its bar, which follows it; where the two went to different streams, all bars stand
        together, one for each row.
        """
        if not self._bars:
            return None
        totals = Counter(total for _, _, total in self._bars)
        total = int(self._planned.get("steps", 0))
        total = total if total in totals else totals.most_common(1)[0][0]
        bars = [(row, done) for row, done, of in self._bars if of == total]
        logged = list(dict.fromkeys(done for _, done in bars if done))
        if {row for row, _ in bars} <= {0, len(self.rows)} and len(self.rows) > 1:
            steps = logged if len(logged) == len(self.rows) else []
        else:
            steps = _beside(bars, len(self.rows))
        if len(steps) != len(self.rows):
            return None
        places = {(step, _is_evaluation(row)) for step, row in zip(steps, self.rows, strict=True)}
        if len(places) != len(self.rows):
            return None
        self._planned.setdefault("steps", total)
        return steps

    def _by_epoch(self, epoch: str | None) -> list[int] | None:
        """Return the steps by fractional epochs, where the log tells a whole number of steps in an epoch."""
        planned, epochs = self._planned.get("steps"), self._planned.get("epochs")
        if epoch is None or not planned or not epochs or planned % epochs:
            return None
        if not all(0 <= row.get(epoch, -1) < LARGEST_STEP / planned for row in self.rows):
            return None
        done = [row[epoch] * planned / epochs for row in self.rows]
        length = planned / epochs
        longest = int(min(planned, MOST_BETWEEN, 2 * max(done[0], 0) + 2))
        for apart in range(longest, 1, -1):  # a trainer logs at every so many steps
            near = all(
                abs(_multiple(step, apart) - step) <= ROUNDED * length + step / length for step in done
            )
            if near and done[0] < 1.5 * apart:
                return [_multiple(step, apart) for step in done]
        return [round(step) for step in done]


def _are_at_one_place(last: Row, row: Row, place: Iterable[str]) -> bool:
    return all(last[key] is row[key] or last[key] == row[key] for key in place)  # a place may be NaN


def _is_tested_after(last: Row | None, row: Row) -> bool:
    """Whether a row says again what an epoch with an evaluation had said of training: ``evaluate()``."""
    if last is None or not row.keys() < last.keys():
        return False
    measured = [_is_evaluation({name: 0.0}) for name in last if not is_place(name)]
    is_again = all(last[name] == row[name] for name in row if is_place(name)) and not _is_evaluation(row)
    return is_again and any(measured) and not all(measured)


def _first_rows(rows: Sequence[Row]) -> Iterator[int]:
    """Yield the rows at which training stands where it began, after it had gone on for a while."""
    keys = dict.fromkeys(chain.from_iterable(rows))
    epoch = find_column(keys, EPOCH_COLUMNS)
    place = find_column(keys, STEP_COLUMNS) or epoch
    if place is None:
        return
    held = [(index, row) for index, row in enumerate(rows) if place in row]
    seen: set[float] = set()
    first: Row = {}
    for number, (index, row) in enumerate(held):
        is_back = len(seen) >= MIN_RELOGGED and row[place] <= first[place]
        if is_back and row.get(epoch or place, 0) <= first.get(epoch or place, 0):
            ahead = {each[place] for _, each in held[number : number + 4 * MIN_RELOGGED]}
            if len(ahead) >= MIN_RELOGGED:
                yield index
                seen = set()
        if not seen:
            first = row
        seen.add(row[place])


def _beginning(lines: Sequence[str], first: int, last: int) -> int:
    """Return the line at which a training begins, between the last row of one and the first of the next."""
    for number in range(first, last):
        if any(name in lines[number] for name in SUMMARY):
            first = number + 1
    return next((number for number in range(first, last) if _BEGINNING.search(lines[number])), first)


def _multiple(step: float, apart: int) -> int:
    return round(step / apart) * apart


def _beside(bars: list[tuple[int, int]], rows: int) -> list[int]:
    """Return the steps of the bars beside the rows: the first after a row, else the last before it."""
    first_after: dict[int, int] = {}
    last_before: dict[int, int] = {}
    for row, done in bars:
        first_after.setdefault(row, done)
        last_before[row] = done
    steps: list[int] = []
    for index in range(rows):
        step = first_after.get(index + 1, last_before.get(index))
        if step is not None and steps and step <= steps[-1] and index + 1 not in first_after:
            step = steps[-1] + (steps[-1] - steps[-2] if len(steps) > 1 else 1)  # its own bar was cut off
        if step is None:
            return []
        steps.append(step)
    return steps


def _is_whole(rows: Iterable[Row], epoch: str) -> bool:
    values = [row[epoch] for row in rows if epoch in row]
    return all(value.is_integer() for value in values) and len(set(values)) > 1


def _counted(rows: Iterable[Row], epoch: str | None) -> list[int]:
    """Count the rows from 1; an evaluation stands at the row before it, if that is of the same epoch."""
    steps, count, last = [], 0, None
    for row in rows:
        at = row.get(epoch or "")
        count += count == 0 or not _is_evaluation(row) or (None not in (at, last) and at != last)
        last = at
        steps.append(count)
    return steps


def _placed(rows: list[Row]) -> list[Row]:
    """Give every row a step, by one name, where some have one: ``iter 2990``, ``step 3000``, ``epoch 2``.

    A row without a step stands at that of the row before it.
    """
    names = {key: None for key in dict.fromkeys(chain.from_iterable(rows)) if is_step(key)}
    if not names or (len(names) == 1 and all(names.keys() <= row.keys() for row in rows)):
        return rows
    if any(len(names.keys() & row.keys()) > 1 for row in rows):
        return rows
    step, last, placed = next(iter(names)), float("nan"), []
    for row in rows:
        named = {step if key in names else key: value for key, value in row.items()}
        last = named.get(step, last)
        placed.append(named if math.isnan(last) else {step: last, **named})
    return placed


def _from_the_first(rows: list[Row], epoch: str) -> list[Row]:
    """Give rows above the first epoch that is named the one before it."""
    first = next((place for place, row in enumerate(rows) if epoch in row), 0)
    before = rows[first].get(epoch, 0.0) - 1
    return rows if before < 0 else [{epoch: before, **row} for row in rows[:first]] + rows[first:]


def _validated(rows: list[Row]) -> list[Row]:
    """Take metrics on test data for those of validation where there are no others."""
    names = set(chain.from_iterable(rows))
    if not any(name.startswith("test_") for name in names):
        return rows
    if any(_is_evaluation({name: 0.0}) for name in names if not name.startswith("test_")):
        return rows
    return [{re.sub("^test_", "eval_", name): value for name, value in row.items()} for row in rows]


def _is_evaluation(row: Row) -> bool:
    names = [key.lower() for key in row if not is_place(key)]
    return bool(names) and all(name.startswith(("eval", "val", "test")) for name in names)
