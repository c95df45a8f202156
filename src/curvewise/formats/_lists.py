"""A list of numbers for each metric, as a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from curvewise.formats._rows import read_history
from curvewise.model.column_names import find_place, holds_metrics
from curvewise.model.run import Note, Run
from curvewise.parsing.rows import read_columns
from curvewise.splits import is_of_evaluation


def hold_a_run(lists: Mapping[str, Sequence[Any]], mapping: Mapping[str, str]) -> bool:
    """Whether one of the longest lists has the name of a known metric, or the user names one."""
    columns, _ = _of_one_length(lists)
    return bool(columns) and (bool(mapping) or holds_metrics(columns))


def read_lists(lists: Mapping[str, Sequence[Any]], mapping: Mapping[str, str]) -> Run:
    """Read each list over the step or the epoch in another; without either each place is an epoch from 1."""
    columns, notes = _of_one_length(lists)
    count = len(next(iter(columns.values())))
    if find_place(columns) is None and not {"step", "epoch"} & mapping.keys():
        first = 0 if any(note.code == "evaluated_before" for note in notes) else 1
        columns["epoch"] = range(first, first + count)
        told = f"the {count:,} values of each list are numbered from {first}, one for each epoch."
        text = f"There is no step: {told}"
        notes += (Note("row_number_as_step", text),)
    run, _ = read_history(read_columns(columns, count), mapping)
    return msgspec.structs.replace(run, notes=(*run.notes, *notes))


def _of_one_length(columns: Mapping[str, Sequence[Any]]) -> tuple[dict[str, Sequence[Any]], tuple[Note, ...]]:
    """Give lists of evaluations the places of training where one way fits; leave out other short ones."""
    columns, notes = _evaluated_before(columns)
    longest = max(map(len, columns.values()), default=0)
    full: dict[str, Sequence[Any]] = {key: held for key, held in columns.items() if len(held) == longest}
    for key, held in columns.items():
        count = len(held)
        if count == longest:
            continue
        every = longest // count
        evaluates = is_of_evaluation(key)
        if evaluates and longest // (count + 1) == every - 1:  # no other distance fits
            spread: list[Any] = [None] * longest
            spread[every - 1 : every * count : every] = held
            full[key] = spread
            text = f"The {count:,} values of {key} were taken to stand at every {every:,} of the {longest:,}."
            notes.append(Note("spread_evaluations", text))
        elif evaluates and 1 < count == longest - 1:
            full[key] = [*held, None]
            text = f"{key} has {count:,} values of {longest:,}: the last evaluation was taken to be missing."
            notes.append(Note("unfinished_evaluations", text))
        else:
            text = f"{key} has {count:,} values where others have {longest:,}, and was left out."
            notes.append(Note("unplaced_evaluations" if evaluates else "short_list", text))
    return full, tuple(notes)


def _evaluated_before(columns: Mapping[str, Sequence[Any]]) -> tuple[Mapping[str, Sequence[Any]], list[Note]]:
    """Let evaluations that are one more than the values of training begin at 0, before it."""
    place = find_place(columns)
    evaluated = [key for key in columns if is_of_evaluation(key)]
    trained = {key: held for key, held in columns.items() if key not in (place, *evaluated)}
    counts = set(map(len, trained.values()))
    if len(counts) != 1 or {len(columns[key]) for key in evaluated} != {count := counts.pop() + 1}:
        return columns, []
    whole = {**columns, **{key: [None, *held] for key, held in trained.items()}}
    if place is not None:
        at = columns[place]
        whole[place] = [0, *at] if len(at) == count - 1 and at[:1] and 2 * at[0] in at[1:2] else at
        if len(whole[place]) != count or whole[place][0] != 0:
            return columns, []
    names = ", ".join(evaluated)
    text = f"{names}: {count:,} values, one more than training; the first was taken to stand at 0."
    return whole, [Note("evaluated_before", text)]
