"""A list of numbers for each metric, as a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from curvewise.formats._rows import read_history
from curvewise.model.column_names import EPOCH_COLUMNS, STEP_COLUMNS, find_column, holds_metrics
from curvewise.model.run import Note, Run
from curvewise.parsing.rows import read_columns

_EVALUATIONS = ("val", "eval", "test")


def hold_a_run(lists: Mapping[str, Sequence[Any]], mapping: Mapping[str, str]) -> bool:
    """Whether one of the longest lists has the name of a known metric, or the user names one."""
    columns, _ = _of_one_length(lists)
    return bool(columns) and (bool(mapping) or holds_metrics(columns))


def read_lists(lists: Mapping[str, Sequence[Any]], mapping: Mapping[str, str]) -> Run:
    """Read each list over the step or the epoch in another; without either each place is an epoch from 1."""
    columns, notes = _of_one_length(lists)
    count = len(next(iter(columns.values())))
    if (
        find_column(columns, (*STEP_COLUMNS, *EPOCH_COLUMNS)) is None
        and not {"step", "epoch"} & mapping.keys()
    ):
        columns["epoch"] = range(1, count + 1)
        text = f"There is no step: the {count:,} values of each list are numbered from 1, one for each epoch."
        notes += (Note("row_number_as_step", text),)
    run, _ = read_history(read_columns(columns, count), mapping)
    return msgspec.structs.replace(run, notes=(*run.notes, *notes))


def _of_one_length(columns: Mapping[str, Sequence[Any]]) -> tuple[dict[str, Sequence[Any]], tuple[Note, ...]]:
    """Spread the lists of evaluations that were made at every so many epochs; leave out other short ones."""
    longest = max(map(len, columns.values()), default=0)
    full: dict[str, Sequence[Any]] = {key: held for key, held in columns.items() if len(held) == longest}
    notes = []
    for key, held in columns.items():
        count = len(held)
        if count == longest:
            continue
        every = longest // count
        if longest // (count + 1) == every - 1 and key.startswith(_EVALUATIONS):  # no other distance fits
            spread: list[Any] = [None] * longest
            spread[every - 1 : every * count : every] = held
            full[key] = spread
            text = f"The {count:,} values of {key} were taken to stand at every {every:,} of the {longest:,}."
            notes.append(Note("spread_evaluations", text))
        else:
            text = f"{key} has {count:,} values where others have {longest:,}, and was left out."
            notes.append(Note("short_list", text))
    return full, tuple(notes)
