"""The format `json_columns`: a JSON object with a list for each metric, such as the history of Keras."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from curvewise.formats._lists import hold_a_run, read_lists
from curvewise.model.run import Run
from curvewise.parsing.document import Document
from curvewise.plugin import file_format
from curvewise.splits import SPLITS


def _columns(document: Document) -> Mapping[str, list[Any]]:
    """Return the lists of numbers of a document."""
    value = document.json if document.is_json and not document.is_json_lines else None
    if not isinstance(value, dict):
        return {}
    lists = {key: _list(held) for key, held in value.items()}
    for outer, inside in value.items():
        if isinstance(inside, dict) and not lists[outer]:
            split = f"{outer}/" if outer.lower() in SPLITS else ""  # another, ``history``, only holds lists
            lists |= {split + key: _list(held) for key, held in inside.items() if not lists.get(split + key)}
    return {key: held for key, held in lists.items() if held and all(map(_is_cell, held))}


def _list(value: object) -> list[Any]:
    """Return a list, or that of an object by row number, as pandas writes a column."""
    if isinstance(value, dict) and value and list(value) == [str(row) for row in range(len(value))]:
        return list(value.values())
    return value if isinstance(value, list) else []


def _is_cell(value: object) -> bool:
    return value is None or (isinstance(value, int | float | str) and not isinstance(value, bool))


def _recognise(document: Document) -> bool:
    return hold_a_run(_columns(document), document.mapping)


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
    return read_lists(_columns(document), document.mapping)
