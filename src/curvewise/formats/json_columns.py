"""The format `json_columns`: a JSON object with a list for each metric, such as the history of Keras."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from curvewise.formats._rows import read_history
from curvewise.model.column_names import EPOCH_COLUMNS, STEP_COLUMNS, find_column, holds_metrics
from curvewise.model.run import Note, Run
from curvewise.parsing.document import Document
from curvewise.parsing.rows import read_columns
from curvewise.plugin import file_format

_WRAPPER = "history"
_EVALUATIONS = ("val", "eval", "test")

Columns = Mapping[str, list[Any]]


def _columns(document: Document) -> Columns:
    """Return the lists of numbers of a document."""
    value = document.json if document.is_json and not document.is_json_lines else None
    if isinstance(value, dict) and isinstance(value.get(_WRAPPER), dict):
        value = value[_WRAPPER]
    if not isinstance(value, dict):
        return {}
    lists = {key: _list(held) for key, held in value.items()}
    return {key: held for key, held in lists.items() if held and all(map(_is_cell, held))}


def _of_one_length(columns: Columns) -> tuple[dict[str, Sequence[Any]], tuple[Note, ...]]:
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


def _list(value: object) -> list[Any]:
    """Return a list, or that of an object by row number, as pandas writes a column."""
    if isinstance(value, dict) and value and list(value) == [str(row) for row in range(len(value))]:
        return list(value.values())
    return value if isinstance(value, list) else []


def _is_cell(value: object) -> bool:
    return value is None or (isinstance(value, int | float | str) and not isinstance(value, bool))


def _recognise(document: Document) -> bool:
    columns, _ = _of_one_length(_columns(document))
    return bool(columns) and (bool(document.mapping) or holds_metrics(columns))


@file_format(
    title="JSON object of lists: Keras history.json, pandas to_json",
    recognised_by="lists of numbers, one of the longest under the name of a known metric",
    recognise=_recognise,
    generic=True,
)
def json_columns(document: Document) -> Run:
    """Read a list for each metric over the step or the epoch in another list.

    Without either, as in the history of Keras, each place is an epoch, numbered from 1. A shorter list of an
    evaluation, as ``validation_freq`` gives, stands at every so many epochs where one distance alone fits.
    """
    columns, notes = _of_one_length(_columns(document))
    count = len(next(iter(columns.values())))
    if (
        find_column(columns, (*STEP_COLUMNS, *EPOCH_COLUMNS)) is None
        and not {"step", "epoch"} & document.mapping.keys()
    ):
        columns["epoch"] = range(1, count + 1)
        text = f"There is no step: the {count:,} values of each list are numbered from 1, one for each epoch."
        notes += (Note("row_number_as_step", text),)
    run, _ = read_history(read_columns(columns, count), document.mapping)
    return msgspec.structs.replace(run, notes=(*run.notes, *notes))
