"""The reward that a run is judged by, freed of noise."""

from __future__ import annotations

import msgspec
import numpy as np

from curvewise.derived.graded_reward import graded_reward
from curvewise.derived.memo import once_per_run
from curvewise.derived.reward_gap import validation_reward
from curvewise.model.run import Run
from curvewise.model.series import Series
from curvewise.stats.best import Smooth, smooth


class SmoothedReward(msgspec.Struct, frozen=True, kw_only=True):
    """A reward curve.

    Parameters
    ----------
    metric
        The metric that it was taken from.
    raw
        The values as logged, finite; never empty.
    smooth
        What they are judged as, negated, since there lower is better: each leans on its neighbours as far as
        the noise demands.
    measured
        Whether the run gives standard errors.
    validated
        Whether it is a validation reward.
    """

    metric: str
    raw: Series
    smooth: Smooth
    measured: bool
    validated: bool


@once_per_run
def smoothed_reward(run: Run) -> SmoothedReward | None:
    """Return the validation reward, else the graded training reward; None without either."""
    valid, train = validation_reward(run), graded_reward(run)
    if valid is not None:
        metric, raw = valid
    elif train is not None:
        metric, raw = train.metric, train.series
    else:
        return None
    errors, examples = raw.standard_error, run.validation_examples
    measured = errors is not None and bool(np.isfinite(errors).any())
    freedom = None if examples is None or not measured else examples - 1.0
    found = smooth(-raw.value, errors if measured else None, freedom)
    return SmoothedReward(
        metric=metric, raw=raw, smooth=found, measured=measured, validated=valid is not None
    )
