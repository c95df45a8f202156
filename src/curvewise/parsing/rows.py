"""Rows: a log of objects, one for each time that something was logged, as columns over training steps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from functools import cached_property
from itertools import chain, groupby, islice
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from curvewise.errors import MalformedError
from curvewise.limits import COLUMNS
from curvewise.model.run import Note
from curvewise.model.series import FloatArray, IntArray, Series
from curvewise.parsing.steps import exact_steps, merge_restarts, unroll_epochs

MAX_DEPTH = 4
"""Levels of nested objects that are flattened to ``outer/inner``."""

_AT_ONCE = 1 << 20
"""Values that are sorted at a time."""

_ROWS_AT_ONCE = 1 << 14

Pieces = dict[str, list[tuple[IntArray, FloatArray]]]
Groups = dict[tuple[str, ...], tuple[list[IntArray], list[Any]]]
"""Which rows have the same keys, and all their values."""


class RowColumn(msgspec.Struct, frozen=True, eq=False):
    """The numbers that a log holds under one key."""

    rows: IntArray  # the rows that have a number there, int64, shape (m,), ascending
    values: FloatArray  # the numbers, float64, shape (m,)


class RowTable(msgspec.Struct, frozen=True, eq=False, dict=True):
    """A log by key.

    Parameters
    ----------
    count
        Number of rows.
    columns
        The keys that hold a number in at least one row, in the order of the log.
    text
        An example for each key that also holds text, a truth value or a list.
    """

    count: int
    columns: Mapping[str, RowColumn]
    text: Mapping[str, str]

    @cached_property
    def kinds(self) -> IntArray:
        """A number for each row, shape (count,), that rows with numbers under the same keys share."""
        kinds = np.zeros(self.count, dtype=np.int64)
        for index, column in enumerate(self.columns.values()):
            kinds[column.rows] ^= hash((index,))
        return kinds

    def history(self, step_key: str, epoch_key: str | None = None) -> History:
        """Choose the rows that make one history, by the step under a key.

        Steps that begin anew in each epoch are numbered through, if the epoch is given and all rows have it.
        """
        column = self.columns[step_key]
        steps = np.zeros(self.count, dtype=np.int64)
        steps[column.rows] = _steps(column, step_key)
        notes: tuple[Note, ...] = ()
        epoch = None if epoch_key is None else self.columns.get(epoch_key)
        if epoch is not None and np.array_equal(epoch.rows, column.rows):
            steps[column.rows], notes = unroll_epochs(steps[column.rows], epoch.values)
        keep, further = merge_restarts(steps[column.rows], kinds=lambda: self.kinds[column.rows])
        notes += further
        chosen = np.zeros(self.count, dtype=np.bool_)
        chosen[column.rows[keep]] = True
        if missing := self.count - len(column.rows):
            text = f"{missing:,} of {self.count:,} entries have no {step_key} and were left out."
            notes = (*notes, Note("rows_without_step", text))
        return History(table=self, steps=steps, keep=chosen, notes=notes)


def _steps(column: RowColumn, key: str) -> IntArray:
    """Return the steps of a column."""
    if (exact := exact_steps(column.values)) is not None:
        return exact
    whole = np.round(column.values)
    wrong = ~np.isfinite(whole) | (np.abs(whole) >= 2.0**53) | ~np.isclose(whole, column.values, 0, 1e-6)
    if wrong.any():
        index = int(np.argmax(wrong))
        raise MalformedError(
            f"the step of entry {column.rows[index] + 1:,} is {column.values[index]:g}; "
            "expected a whole number below 2**53",
            hint="number the steps 0, 1, 2, ...",
            field=key,
        )
    return whole.astype(np.int64)


class History(msgspec.Struct, frozen=True, eq=False, kw_only=True):
    """The rows of a log that make one history."""

    table: RowTable  # the log
    steps: IntArray  # step of each row, int64, shape (count,); 0 where it has none
    keep: NDArray[np.bool_]  # the rows to use, bool, shape (count,)
    notes: tuple[Note, ...]  # what was left out

    def series(self, key: str) -> Series:
        """Return the numbers under a key over the steps."""
        column = self.table.columns[key]
        if len(column.rows) == self.table.count and self.keep.all():
            return Series.from_points(self.steps, column.values)
        chosen = self.keep[column.rows]
        return Series.from_points(self.steps[column.rows[chosen]], column.values[chosen])


def read_rows(rows: Sequence[dict[str, Any]]) -> RowTable:
    """Sort the numbers of a log by key.

    None is a blank. Text that spells a number, NaN or infinity is one; objects within a row are
    flattened to ``outer/inner``; truth values, lists and other text are left out.

    Examples
    --------
    >>> table = read_rows([{"step": 1, "loss": 0.5}, {"step": 1, "eval_loss": "NaN", "note": "late"}])
    >>> {key: column.rows.tolist() for key, column in table.columns.items()}, table.text
    ({'step': [0, 1], 'loss': [0], 'eval_loss': [1]}, {'note': 'late'})
    """
    pieces: Pieces = {}
    text: dict[str, str] = {}
    _collect(np.arange(len(rows)), rows, pieces, text, MAX_DEPTH)
    return table_of(len(rows), pieces, text)


def read_columns(columns: Mapping[str, Sequence[Any]], count: int) -> RowTable:
    """Sort the numbers of a log that has a list for each key, as `read_rows` does.

    Examples
    --------
    >>> table = read_columns({"step": [1, 2], "loss": [0.5, None]}, 2)
    >>> {key: column.rows.tolist() for key, column in table.columns.items()}
    {'step': [0, 1], 'loss': [0]}
    """
    pieces: Pieces = {}
    text: dict[str, str] = {}
    every = np.arange(count)
    for key, values in columns.items():
        if (numbers := _as_floats(values)) is not None:
            pieces[key] = [(every, numbers)]
        else:
            _sift(key, every, values, pieces, text)
    return table_of(count, pieces, text)


def table_of(count: int, pieces: Pieces, text: Mapping[str, str]) -> RowTable:
    """Put together the rows and numbers of each key, a part for each group of rows."""
    COLUMNS.require(len(pieces), "the log has", "log fewer metrics, or leave out what is none")
    return RowTable(count, {key: _joined(parts) for key, parts in pieces.items()}, text)


def text_notes(text: Mapping[str, str]) -> tuple[Note, ...]:
    """State which values of a log were left out, by an example for each key; nothing when there is none."""
    if not text:
        return ()
    examples = ", ".join(f"{key} ({value!r})" for key, value in list(text.items())[:3])
    return (Note("text_values", f"Values that are no numbers were left out: {examples}."),)


def _collect(
    indices: IntArray, rows: Iterable[dict[str, Any]], pieces: Pieces, text: dict[str, str], depth: int
) -> None:
    groups: Groups = {}
    remaining, at = iter(rows), 0
    while block := list(islice(remaining, _ROWS_AT_ONCE)):
        for keys, alike in groupby(block, tuple):  # their values become one array at once
            held = list(alike)
            places, flat = groups.setdefault(keys, ([], []))
            places.append(indices[at : at + len(held)])
            flat.extend(chain.from_iterable(map(dict.values, held)))
            at += len(held)
        if any(len(flat) > _AT_ONCE for _, flat in groups.values()):
            _sort(groups, pieces, text, depth)
            groups = {}
    _sort(groups, pieces, text, depth)


def _sort(groups: Groups, pieces: Pieces, text: dict[str, str], depth: int) -> None:
    """Sort the values of rows of the same keys by key."""
    for keys, (places, flat) in groups.items():
        where = np.concatenate(places)
        if (numbers := _as_floats(flat)) is not None:
            matrix = numbers.reshape(len(where), len(keys)).T.copy()
            for position, key in enumerate(keys):
                pieces.setdefault(key, []).append((where, matrix[position]))
        elif depth and dict in set(map(type, flat)):
            width = len(keys)
            flattened = (_flattened(keys, flat[n * width : (n + 1) * width]) for n in range(len(where)))
            _collect(where, flattened, pieces, text, depth - 1)
        else:
            for position, key in enumerate(keys):
                _sift(key, where, flat[position :: len(keys)], pieces, text)


def _as_floats(values: Sequence[Any]) -> FloatArray | None:
    """Return numbers as an array; None where one is something else, or too large."""
    with suppress(msgspec.ValidationError, UnicodeEncodeError):  # the latter of halves of a character
        return np.fromiter(msgspec.convert(values, list[float]), np.float64, len(values))
    return None


def _flattened(keys: Sequence[str], values: Sequence[Any]) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in zip(keys, values, strict=True):
        if isinstance(value, dict):
            flat.update({f"{key}/{inner}": within for inner, within in value.items()})
        else:
            flat[key] = value
    return flat


def _sift(
    key: str,
    where: IntArray,
    values: Sequence[Any],
    pieces: Pieces,
    text: dict[str, str],
) -> None:
    numbers = [_number(value) for value in values]
    present = np.array([number is not None for number in numbers])
    if present.any():
        logged = np.array([number for number in numbers if number is not None], dtype=np.float64)
        pieces.setdefault(key, []).append((where[present], logged))
    for value, number in zip(values, numbers, strict=True):
        if number is None and value is not None:
            text.setdefault(key, value[:80] if isinstance(value, str) else type(value).__name__)
            break


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        return float(value)
    except ValueError:
        return None
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")  # type: ignore[operator]  # only an int overflows


def _joined(parts: list[tuple[IntArray, FloatArray]]) -> RowColumn:
    if len(parts) == 1:
        return RowColumn(*parts[0])
    rows, values = np.concatenate([where for where, _ in parts]), np.concatenate([held for _, held in parts])
    if (rows[1:] > rows[:-1]).all():
        return RowColumn(rows, values)
    order = np.argsort(rows, kind="stable")
    return RowColumn(rows[order], values[order])
