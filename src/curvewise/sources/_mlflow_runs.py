"""A run of MLflow, from whatever store."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
import numpy as np

from curvewise.model.run import Note, Run
from curvewise.model.series import FloatArray, IntArray
from curvewise.parsing.logged import read_points, setting, with_settings
from curvewise.text import abridged

_STATUS = {"FINISHED": "succeeded", "FAILED": "failed", "KILLED": "cancelled"}

Points = dict[str, tuple[IntArray, FloatArray]]
"""Steps and values of each metric, in the order in which they were logged."""


def run_of(
    run: str, name: str, status: str, params: Mapping[str, str], points: Points, mapping: Mapping[str, str]
) -> Run:
    """Make a run of what a store keeps of it."""
    read = read_points({_logged_name(key): _numbered(*held) for key, held in points.items()}, mapping)
    read = with_settings(read, {key: setting(text) for key, text in params.items()})
    notes = read.notes
    if counted := [key for key, (steps, _) in points.items() if _is_uncounted(steps)]:
        text = f"Logged without a step, so that the values are numbered from 1: {abridged(counted)}."
        notes = (*notes, Note("row_number_as_step", text))
    return msgspec.structs.replace(read, id=run, name=name, status=_STATUS.get(status), notes=notes)


def _logged_name(key: str) -> str:
    """Return what verl calls a metric, such as ``val-core/gsm8k/acc/mean@1``: MLflow takes no ``@``."""
    return key.replace("_at_", "@") if key.startswith("val-") else key


def _numbered(steps: IntArray, values: FloatArray) -> tuple[IntArray, FloatArray]:
    return (np.arange(1, len(steps) + 1), values) if _is_uncounted(steps) else (steps, values)


def _is_uncounted(steps: IntArray) -> bool:
    return len(steps) > 1 and not steps.any()
