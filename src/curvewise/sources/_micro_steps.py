"""Checkpoints that are named by their steps, beside a log that counts the batches of a step."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec
import numpy as np

from curvewise.errors import CurvewiseError
from curvewise.model.run import Checkpoint, Note
from curvewise.parsing.document import Document

_SETTINGS = "hyperparameters.yaml"
"""What litgpt writes into each checkpoint."""
_SETTING = re.compile(r"(?m)^ *(devices|num_nodes|global_batch_size|micro_batch_size): (\d{1,9}) *$")


def placed_by_batches(
    saved: tuple[Checkpoint, ...], folders: Iterable[str], documents: Sequence[Document]
) -> tuple[tuple[Checkpoint, ...], tuple[Note, ...]]:
    """Place checkpoints as the log counts, where it does so by batches and their settings tell a step's."""
    if not any(map(_counts_batches, documents)):
        return saved, ()
    batches = next(filter(None, map(_batches_in_step, folders)), 1)
    if batches == 1:
        return saved, ()
    text = f"The log counts batches, {batches:,} for each step by which checkpoints are named: placed so."
    placed = (msgspec.structs.replace(each, step=each.step * batches) for each in saved)
    return tuple(placed), (Note("steps_in_batches", text),)


def _counts_batches(document: Document) -> bool:
    """Whether the step of a table is its iteration: Fabric's logger puts the one in place of the other."""
    if not {"iter", "step"} <= set(document.header):
        return False
    try:
        iterations, steps = (document.table.columns[name] for name in ("iter", "step"))
    except CurvewiseError:
        return False
    there = iterations.present & steps.present
    return bool(there.any()) and np.array_equal(iterations.values[there], steps.values[there])


def _batches_in_step(folder: str) -> int | None:
    try:
        found = dict(_SETTING.findall(Path(folder, _SETTINGS).read_text(encoding="utf-8")))
        processes = int(found["devices"]) * int(found.get("num_nodes", 1))
        return int(found["global_batch_size"]) // (processes * int(found["micro_batch_size"]))
    except (OSError, ValueError, KeyError, ZeroDivisionError):
        return None
