"""Validation that is named as one minibatch, and was a pass over the whole set."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import msgspec

from curvewise.model.run import Run

_STUDIO = "ftjob_"
"""How the jobs of Unsloth Studio begin, whose service has the shape of OpenAI's."""

_FULL = {
    "valid_loss": "full_valid_loss",
    "valid_mean_token_accuracy": "full_valid_mean_token_accuracy",
}

Value = TypeVar("Value")


def as_measured(run: Run) -> Run:
    """Name the validation of Unsloth Studio as what it is: of the whole set.

    Examples
    --------
    >>> logged = Run.from_series({"valid_loss": ([1], [2.0])}).metrics
    >>> list(as_measured(Run(id="ftjob_1", metrics=logged)).metrics)
    ['full_valid_loss']
    """
    if not run.id.startswith(_STUDIO):
        return run
    saved = run.checkpoints and tuple(
        msgspec.structs.replace(each, metrics=_named(each.metrics)) for each in run.checkpoints
    )
    return msgspec.structs.replace(run, metrics=_named(run.metrics), checkpoints=saved)


def _named(values: Mapping[str, Value]) -> dict[str, Value]:
    names = {name: _FULL.get(name, name) for name in values}
    return {name if full in values else full: values[name] for name, full in names.items()}
