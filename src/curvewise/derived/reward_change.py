"""Whether the reward rose or fell over training."""

from __future__ import annotations

import msgspec

from curvewise.derived.graded_reward import TRAINING_REWARD, graded_reward
from curvewise.derived.memo import once_per_run
from curvewise.derived.reward_gap import VALIDATION_REWARD, validation_reward
from curvewise.model.finding import Evidence
from curvewise.model.run import Run
from curvewise.model.series import FloatArray, Series
from curvewise.stats.intervals import LEVEL, Estimate, inflation, mean_variance, memory
from curvewise.stats.moments import mean
from curvewise.stats.noise import MIN_POINTS, scatter
from curvewise.stats.quantiles import t_quantile

REWARD_CHANGE = (*TRAINING_REWARD, *VALIDATION_REWARD)
"""Metrics that `reward_change` reads: what a check that uses it declares."""


class RewardChange(msgspec.Struct, frozen=True, kw_only=True):
    """Mean of the last quarter of the values minus the mean of the first tenth.

    A climb is often over after a few steps, so the first stretch is the shorter one.

    Parameters
    ----------
    metric
        The reward that was looked at.
    series
        Its values.
    early, late
        Means of the first tenth and of the last quarter, of at least 2 values each.
    change
        Their difference, with its 90 % interval.
    """

    metric: str
    series: Series
    early: float
    late: float
    change: Estimate

    @property
    def rose(self) -> bool:
        """Whether the interval lies above zero."""
        return self.change.low > 0

    @property
    def fell(self) -> bool:
        """Whether the interval lies below zero."""
        return self.change.high < 0

    def words(self) -> str:
        """Say it: ``the reward rose from 0.20 to 0.80``."""
        verb = "rose" if self.rose else "fell" if self.fell else "did not clearly change,"
        return f"the reward {verb} from {self.early:.3g} to {self.late:.3g}"

    def evidence(self) -> Evidence:
        """Return the change as evidence."""
        return Evidence.of(
            self.metric,
            "reward, last quarter minus first tenth",
            self.change.value,
            self.series,
            interval=self.change.interval,
        )


@once_per_run
def reward_change(run: Run) -> RewardChange | None:
    """Tell whether the graded training reward, else the validation reward, rose over training.

    Returns
    -------
    RewardChange or None
        None when neither has at least 6 values.

    Notes
    -----
    Of 1,000 simulated rewards that stay level 3.9 % are said to rise or fall, and 14.6 % of those with a
    correlation of 0.6 from value to value (scripts/calibration/shapes.py).

    Examples
    --------
    >>> from curvewise.testing import make_run
    >>> reward_change(make_run(train_mean_reward=[0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8])).words()
    'the reward rose from 0.15 to 0.75'
    """
    train, valid = graded_reward(run), validation_reward(run)
    if train is not None and len(train.series) >= MIN_POINTS:
        metric, series = train.metric, train.series
    elif valid is not None and len(valid[1]) >= MIN_POINTS:
        metric, series = valid
    else:
        return None
    return change_of(metric, series)


def change_of(metric: str, series: Series) -> RewardChange | None:
    """Tell whether a finite series rose or fell, or None when it has fewer than 6 values."""
    if len(series) < MIN_POINTS:
        return None
    early, late = series.value[: max(2, len(series) // 10)], series.value[-max(2, len(series) // 4) :]
    return RewardChange(
        metric=metric,
        series=series,
        early=mean(early),
        late=mean(late),
        change=_difference(early, late, scatter(series.value) or 0.0),
    )


def _difference(early: FloatArray, late: FloatArray, noise: float) -> Estimate:
    """Estimate the change; the early values are on their way, so their own spread is no noise.

    Values that remember each other count as fewer, and lie closer to their neighbours than they scatter:
    the squared distance to the mean of the two is 1.5 - 2 r + r^2 / 2 variances at a correlation of r.
    """
    change = round(mean(late) - mean(early), 12)
    variance, freedom = mean_variance(late)
    r = memory(late)
    near = noise**2 * 1.5 / (1.5 - 2 * r + r**2 / 2) * inflation(len(early), r) / len(early)
    half = t_quantile((1 + LEVEL) / 2, freedom) * (variance + near) ** 0.5
    return Estimate(change, change - half, change + half)
