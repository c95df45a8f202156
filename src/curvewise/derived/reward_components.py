"""The parts of which a reward is made."""

from __future__ import annotations

from curvewise.derived.graded_reward import grader_rewards
from curvewise.derived.memo import once_per_run
from curvewise.derived.reward_change import RewardChange, change_of
from curvewise.model.run import Run
from curvewise.model.series import Series

COMPONENTS = ("train_grader_reward/*",)
"""Metrics that `reward_components` reads: what a check that uses it declares."""


@once_per_run
def reward_components(run: Run) -> dict[str, Series]:
    """Return the training reward of each grader or reward function, by full metric name.

    Examples
    --------
    >>> from curvewise.testing import make_run
    >>> list(reward_components(make_run(metrics={"train_grader_reward/format": [0.1, 0.9]})))
    ['train_grader_reward/format']
    """
    return grader_rewards(run, "train_grader_reward")


@once_per_run
def component_changes(run: Run) -> dict[str, RewardChange]:
    """Return whether each part rose or fell, by full metric name; of those with enough values to tell."""
    changes = (change_of(name, series) for name, series in reward_components(run).items())
    return {change.metric: change for change in changes if change is not None}
