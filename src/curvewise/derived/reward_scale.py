"""The scale of a reward: how much a point of it is."""

from __future__ import annotations

import numpy as np

from curvewise.derived.graded_reward import TRAINING_REWARD, grader_rewards
from curvewise.derived.losses import finite_series
from curvewise.derived.memo import once_per_run
from curvewise.derived.reward_gap import VALIDATION_REWARD
from curvewise.model.run import Run
from curvewise.stats.smoothing import quantile

REWARD_SCALE = (*TRAINING_REWARD[:2], *VALIDATION_REWARD)
"""Metrics that `reward_scale` reads: what a check that uses it declares."""
BEYOND_ONE = 1.25
"""Largest reward that is still one of 0 to 1, with a bonus."""
TYPICAL = 0.95
"""Share of the rewards that a scale must hold: a single wild one says nothing of the others."""


@once_per_run
def reward_scale(run: Run) -> float:
    """Return the least of 1, 2, 5, 10, 20, 50, 100, ... that holds the rewards of a run, whatever their sign.

    Graders of OpenAI and Azure give 0 to 1. Others count points, percentages, or costs below zero, and what
    is much for the one is nothing for the other.

    Examples
    --------
    >>> from curvewise.testing import make_run
    >>> [reward_scale(make_run(train_mean_reward=rewards)) for rewards in ([0.2, 0.6], [40, 62])]
    [1.0, 100.0]
    """
    series = [finite_series(run, name) for name in ("train_mean_reward", "full_valid_mean_reward")]
    if not any(len(each) for each in series):
        families = ("train_grader_reward", "valid_grader_reward")
        series = [each for family in families for each in grader_rewards(run, family).values()]
    sizes = [np.abs(each.value) for each in series if len(each)]
    largest = max((quantile(size, TYPICAL) for size in sizes if size.max() > BEYOND_ONE), default=0.0)
    if largest <= BEYOND_ONE:
        return 1.0
    power = 10.0 ** np.floor(np.log10(largest))
    return float(next(power * step for step in (1, 2, 5, 10) if largest <= power * step * (1 + 1e-9)))
