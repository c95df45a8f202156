"""Training minus validation reward, as logged and like for like."""

from __future__ import annotations

import msgspec
import numpy as np

from curvewise.derived.graded_reward import TRAINING_REWARD, graded_reward, grader_rewards
from curvewise.derived.losses import finite_series
from curvewise.derived.memo import once_per_run
from curvewise.model.run import Run
from curvewise.model.series import FloatArray, IntArray, Series
from curvewise.stats.moments import mean

VALIDATION_REWARD = ("full_valid_mean_reward", "valid_grader_reward/*")
"""Metrics that `validation_reward` reads: what a check that uses it declares."""
REWARD_GAP = (
    *TRAINING_REWARD, *VALIDATION_REWARD, "train_graded_rollouts/*", "valid_graded_rollouts/*"
)  # fmt: skip
"""Metrics that `reward_gap` reads."""


class RewardGap(msgspec.Struct, frozen=True, kw_only=True):
    """The gap at every evaluation.

    Parameters
    ----------
    naive
        ``train_mean_reward - full_valid_mean_reward``, the guide's figure; empty when the run
        lacks one of them.
    like_for_like
        Graded training rollouts minus graded validation rollouts; never empty.
    train_metric, valid_metric
        The metrics behind `like_for_like`.
    valid
        The validation reward at the same steps.
    lower_bound
        Whether the true gap is at least `like_for_like`, because ungraded training rollouts are
        still in it as -1.
    basis
        What `like_for_like` compares, in words.
    sampling
        Standard deviation that a gap has because it rests on so many graded rollouts: the root mean
        square over the evaluations, 0 when their number is not known. See `sampling_variance`.
    """

    naive: Series
    like_for_like: Series
    train_metric: str
    valid_metric: str
    valid: Series
    lower_bound: bool
    basis: str
    sampling: float

    @property
    def steps(self) -> IntArray:
        """Steps of the evaluations that have a gap, int64, shape (n,)."""
        return self.like_for_like.step


@once_per_run
def validation_reward(run: Run) -> tuple[str, Series] | None:
    """Return the validation reward to judge by: the mean, or the only grader's own; with its metric.

    Returns
    -------
    (str, Series) or None
        None when there is no finite value, or several graders and no mean: their weights are not known.
    """
    mean = finite_series(run, "full_valid_mean_reward")
    if len(mean):
        return "full_valid_mean_reward", mean
    graders = grader_rewards(run, "valid_grader_reward")
    return next(iter(graders.items())) if len(graders) == 1 else None


@once_per_run
def reward_gap(run: Run) -> RewardGap | None:
    """Return training minus validation reward at every evaluation.

    With one grader: its own means, which leave ungraded rollouts out on both sides. Else the
    training mean is first freed of its ungraded rollouts, see `graded_reward`.

    Returns
    -------
    RewardGap or None
        None when no step has both rewards.

    Examples
    --------
    >>> from curvewise.testing import make_run
    >>> gap = reward_gap(make_run(
    ...     train_mean_reward=[0.62], train_ungraded_rate=[0.1], full_valid_mean_reward=[0.75]))
    >>> gap.naive.value.round(2), gap.like_for_like.value.round(2)
    (array([-0.13]), array([0.05]))
    """
    train, valid = graded_reward(run), validation_reward(run)
    if train is None or valid is None:
        return None
    valid_metric, valid_series = valid
    basis = f"{train.basis}, against the mean validation reward"
    own = train.metric.replace("train_", "valid_", 1)
    own_series = finite_series(run, own)
    if train.metric.startswith("train_grader_reward/") and len(own_series):
        valid_metric, valid_series = own, own_series
        basis = "the grader's own means over the graded rollouts of both"
    gap = _difference(train.series, valid_series)
    if not len(gap):
        return None
    logged, level = finite_series(run, "train_mean_reward"), valid_series.on(gap.step)
    sides = ((train.metric, train.series.on(gap.step)), (valid_metric, level))
    return RewardGap(
        naive=_difference(logged, finite_series(run, "full_valid_mean_reward")),
        like_for_like=gap,
        train_metric=train.metric,
        valid_metric=valid_metric,
        valid=level,
        lower_bound=not train.exact,
        basis=basis,
        sampling=sum(_sampling(run, metric, series) for metric, series in sides) ** 0.5,
    )


def sampling_variance(mean: FloatArray, rollouts: FloatArray) -> FloatArray:
    """Largest variance that a mean over so many independent rollouts can have, for rewards from 0 to 1.

    Rewards from 0 to 1 with a mean of r vary by at most r (1 - r), which pass or fail has (R. Bhatia and
    C. Davis, "A better bound on the variance", 2000). 0 where the mean lies outside.

    Examples
    --------
    >>> sampling_variance(np.array([0.5, 1.7]), np.array([25.0, 25.0]))
    array([0.01, 0.  ])
    """
    inside = np.clip(mean, 0.0, 1.0)
    return np.asarray(inside * (1 - inside) / np.maximum(rollouts, 1.0))


def _sampling(run: Run, metric: str, reward: Series) -> float:
    side, _, grader = metric.partition("_grader_reward/")
    rollouts = finite_series(run, f"{side}_graded_rollouts/{grader}").on(reward.step) if grader else None
    if rollouts is None or not len(rollouts):
        return 0.0
    return mean(sampling_variance(reward.on(rollouts.step).value, rollouts.value))


def _difference(train: Series, valid: Series) -> Series:
    valid, train = valid.on(train.step), train.on(valid.step)
    return Series(valid.step, (train.value - valid.value).round(12))
