"""The format `jsonl_metrics`: JSON Lines, or an array, of objects with a step or an epoch and metrics."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
import numpy as np

from curvewise.formats._rows import read_history
from curvewise.model.column_names import (
    RUN_COLUMNS,
    STEP_COLUMNS,
    find_column,
    find_place,
    holds_metrics,
    require_one_run,
)
from curvewise.model.run import Note, Run
from curvewise.model.series import Series
from curvewise.parsing.document import Document
from curvewise.parsing.large_rows import is_array
from curvewise.parsing.rows import History, RowColumn, RowTable, read_rows
from curvewise.plugin import file_format
from curvewise.text import abridged

_WRAPPERS = ("metrics", "history", "log_history")
_INNER = "data"
_MIXED_GROUPS = "env/all/by_group/frac_mixed"
_EPISODES = "test/env/all/total_episodes"
_LOOKED_AT = 50
_SUMMARY = "_wandb"
_STEP_OF = "global_step/max_steps"
_FRACTION = re.compile(r"(?P<step>\d{1,15})/(?P<planned>\d{1,15})")

Row = dict[str, Any]


def _rows(document: Document) -> Sequence[Row] | None:
    """Return the objects of a document, or None when it holds something else."""
    rows: Any = document.rows if document.is_json_lines else document.json
    if isinstance(rows, dict):
        rows = next((rows[key] for key in _WRAPPERS if isinstance(rows.get(key), list)), [rows])
    if not is_array(rows) or not rows or not all(isinstance(row, dict) for row in rows):
        return None
    if all(row.keys() <= {*STEP_COLUMNS, _INNER} and isinstance(row.get(_INNER), dict) for row in rows):
        return [
            {**{key: value for key, value in row.items() if key != _INNER}, **row[_INNER]} for row in rows
        ]
    return rows


def _recognise(document: Document) -> bool:
    rows = _rows(document) if document.is_json else None
    if rows is None:
        return False
    if document.mapping:
        return True
    keys = dict.fromkeys(key for row in rows[:_LOOKED_AT] for key in _flat_keys(row))
    return find_place(keys) is not None and holds_metrics(keys)


def _flat_keys(row: Row) -> Iterable[str]:
    for key, value in row.items():
        if isinstance(value, dict):
            yield from (f"{key}/{inner}" for inner in value)
        elif not isinstance(value, (list, str)):
            yield key


@file_format(
    title="JSON Lines or JSON array of metrics: Tinker, Together, verl, own logs",
    recognised_by="objects with a step or an epoch and a known metric, or keys that the user maps",
    recognise=_recognise,
    generic=True,
)
def jsonl_metrics(document: Document) -> Run:
    """Read objects, one for each time that something was logged.

    Objects within objects are flattened to ``outer/inner``; unknown keys with numbers keep their names.
    Of Tinker's groups with mixed rewards, the share without them is ``zero_std_group_share``; the episodes
    of its evaluations are the number of validation examples.
    """
    rows, planned = _without_fractions(_rows(document) or [])
    table = _one_step_key(read_rows(rows))
    _require_one_run(document)
    run, history = read_history(table, document.mapping)
    return msgspec.structs.replace(
        run,
        validation_examples=run.validation_examples or _episodes(run),
        planned_steps=planned,
        metrics={**run.metrics, **_tinker_groups(history)},
        notes=(*run.notes, *_text_note(table.text), *_summary_note(rows)),
    )


def _episodes(run: Run) -> int | None:
    """Return the episodes of an evaluation of Tinker, where all have as many."""
    counts = set(run[_EPISODES].finite().value.tolist()) if _EPISODES in run else set()
    return int(counts.pop()) if len(counts) == 1 else None


def _summary_note(rows: Sequence[Row]) -> tuple[Note, ...]:
    if len(rows) > 1 or _SUMMARY not in rows[0]:
        return ()
    text = (
        "This is a summary of Weights & Biases: the last value of each metric. The curves are in run-*.wandb."
    )
    return (Note("summary_only", text),)


def _require_one_run(document: Document) -> None:
    rows = _rows(document) or []
    key = find_column(rows[0], RUN_COLUMNS)
    if key is not None:
        values = [row[key] for row in rows if isinstance(row.get(key), (str, int))]
        require_one_run(key, values)


def _without_fractions(rows: Sequence[Row]) -> tuple[Sequence[Row], int | None]:
    """Split the step and the planned steps, which ms-swift writes as one text, ``5/176``."""
    if not any(_STEP_OF in row for row in rows):
        return rows, None
    planned: int | None = None
    split: list[Row] = []
    for row in rows:
        rest = {key: value for key, value in row.items() if key != _STEP_OF}
        if match := _FRACTION.fullmatch(str(row.get(_STEP_OF, ""))):
            planned = int(match["planned"])
            rest["step"] = int(match["step"])
        split.append(rest)
    return split, planned


def _one_step_key(table: RowTable) -> RowTable:
    """Use the step of evaluation objects where they have one of their own, ``eval/global_step``."""
    train, evaluation = (table.columns.get(f"{split}/global_step") for split in ("train", "eval"))
    if evaluation is None:
        return table
    rows, values = evaluation.rows, evaluation.values
    if train is not None:
        alone = ~np.isin(rows, train.rows)
        rows, values = np.append(train.rows, rows[alone]), np.append(train.values, values[alone])
    order = np.argsort(rows, kind="stable")
    others = {key: column for key, column in table.columns.items() if key != "eval/global_step"}
    step = RowColumn(rows[order], values[order])
    return RowTable(table.count, {**others, "train/global_step": step}, table.text)


def _tinker_groups(history: History) -> dict[str, Series]:
    if _MIXED_GROUPS not in history.table.columns:
        return {}
    mixed = history.series(_MIXED_GROUPS)
    return {"zero_std_group_share": msgspec.structs.replace(mixed, value=1 - mixed.value)}


def _text_note(text: Mapping[str, str]) -> tuple[Note, ...]:
    keys = [key for key in text if find_column([key], (*RUN_COLUMNS, "timestamp", "time", "date")) is None]
    if not keys:
        return ()
    return (Note("text_values", f"Values that are no numbers were left out: {abridged(keys)}."),)
