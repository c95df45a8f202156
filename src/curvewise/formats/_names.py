"""Columns of one file under their canonical names."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from curvewise.model.column_names import MAX_NAME
from curvewise.model.metrics import canonical
from curvewise.model.run import Note
from curvewise.model.series import Series, join
from curvewise.parsing.document import Document
from curvewise.parsing.steps import merge_restarts
from curvewise.parsing.table import shown
from curvewise.text import abridged, snake_case

TIMES = frozenset(("timestamp", "created_at", "time", "date"))
"""Columns that say when a row was written; they are no metrics."""


def named(columns: Iterable[tuple[str, Series]], source: str) -> tuple[dict[str, Series], tuple[Note, ...]]:
    """Give every column its canonical name; an unknown one keeps its own.

    Two columns of one meaning are joined when they agree. When they do not, the second keeps its own name.
    """
    metrics: dict[str, Series] = {}
    notes: list[Note] = []
    taken: dict[str, str] = {}
    for column, series in columns:
        name = (canonical(column, source) or canonical(snake_case(column), source) or column)[:MAX_NAME]
        if name in metrics and not _agree(metrics[name], series):
            text = f"Columns {shown(taken[name])} and {shown(column)} should both be {name}, and differ."
            notes.append(Note("contradicting_columns", text))
            name = column if column not in metrics else f"{column} (second)"
        metrics[name] = join(metrics[name], series) if name in metrics else series
        taken.setdefault(name, column)
    return metrics, tuple(notes)


def read_columns(document: Document, source: str) -> tuple[dict[str, Series], tuple[Note, ...]]:
    """Read every column of numbers of a table over its column ``step``.

    Blank columns make no series. Where steps repeat, `merge_restarts` chooses the rows.
    """
    table = document.table
    steps, known = table.steps("step")
    keep, notes = merge_restarts(steps[known])
    chosen = known.copy()
    chosen[known] = keep
    columns, texts = [], []
    for name, column in table.columns.items():
        if name == "step" or name in TIMES or column.is_blank:
            continue
        if column.is_text and canonical(name, source) is None:
            texts.append(name)
        else:
            columns.append((name, table.series("step", name, chosen)))
    if texts:
        left_out = abridged([shown(name) for name in texts])
        text = f"{len(texts)} column{'s' if len(texts) > 1 else ''} of text left out: {left_out}."
        notes = (*notes, Note("text_columns", text))
    metrics, contradictions = named(columns, source)
    return metrics, (*notes, *contradictions)


def _agree(first: Series, second: Series) -> bool:
    _, mine, theirs = np.intersect1d(first.step, second.step, assume_unique=True, return_indices=True)
    return bool(np.allclose(first.value[mine], second.value[theirs], rtol=1e-6, atol=1e-9, equal_nan=True))
