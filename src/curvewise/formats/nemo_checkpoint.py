"""The format `nemo_checkpoint`: what NeMo RL writes into the folder of each checkpoint."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from curvewise.model.api_object import whole
from curvewise.model.column_names import name_columns
from curvewise.model.run import Run, logged_as
from curvewise.model.series import Series
from curvewise.parsing.document import Document
from curvewise.parsing.rows import read_rows
from curvewise.plugin import file_format

_STEPS = ("total_steps", "current_step", "step")
_NEVER = -99_999_999.0
"""What older versions write for the validation that has not been done."""
_SPLITS = {"train:": "train/", "val:validation-": "validation-", "val:": "validation/"}


def _state(document: Document) -> Mapping[str, Any]:
    value = document.json if document.is_json and not document.is_json_lines else None
    return value if isinstance(value, dict) and {"consumed_samples", "total_steps"} <= value.keys() else {}


@file_format(
    title="NeMo RL checkpoint: training_info.json",
    recognised_by="an object with consumed_samples and total_steps",
    recognise=lambda document: bool(_state(document)),
)
def nemo_checkpoint(document: Document) -> Run:
    """Read the metrics that a checkpoint was chosen by, which several of them join to a curve.

    ``val_reward`` is the mean reward of the validation. The metric that the configuration names stands there
    as ``val:accuracy`` or ``train:loss``.
    """
    state = _state(document)
    step = max(whole(state.get(key)) or 0 for key in _STEPS)
    held = {
        _named(key): float(column.values[0])
        for key, column in read_rows([dict(state)]).columns.items()
        if (":" in key or key in {"val_reward", "val_loss"}) and column.values[0] != _NEVER
    }
    if "val_reward" in held:
        held.pop("validation/accuracy", None)  # the same number again
    names = name_columns(held, {})
    metrics = {names[key]: Series.from_points([step], [value]) for key, value in held.items()}
    return Run(metrics=metrics, logged_as=logged_as(names))


def _named(key: str) -> str:
    """Return the name under which NeMo RL's trackers keep what its checkpoints name otherwise.

    >>> _named("val:accuracy"), _named("train:loss"), _named("val:validation-default_loss")
    ('validation/accuracy', 'train/loss', 'validation-default/loss')
    """
    mark = next((mark for mark in _SPLITS if key.startswith(mark)), "")
    rest = key[len(mark) :]
    return _SPLITS.get(mark, "") + (rest.replace("_", "/", 1) if mark.endswith("-") else rest)
