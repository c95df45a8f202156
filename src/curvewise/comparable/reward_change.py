"""Whether the reward rose or fell over training."""

from __future__ import annotations

import msgspec
import numpy as np

from curvewise.comparable.graded_reward import TRAINING_REWARD, graded_reward
from curvewise.comparable.reward_gap import VALIDATION_REWARD, validation_reward
from curvewise.model.finding import Evidence
from curvewise.model.run import Run
from curvewise.model.series import FloatArray, Series
from curvewise.stats.intervals import Estimate, t_quantile
from curvewise.stats.scatter import LEAST, scatter

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


def reward_change(run: Run) -> RewardChange | None:
    """Tell whether the graded training reward, else the validation reward, rose over training.

    Returns
    -------
    RewardChange or None
        None when neither has at least 6 values.

    Examples
    --------
    >>> from curvewise.testing import make_run
    >>> reward_change(make_run(train_mean_reward=[0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8])).words()
    'the reward rose from 0.15 to 0.75'
    """
    train, valid = graded_reward(run), validation_reward(run)
    if train is not None and len(train.series) >= LEAST:
        metric, series = train.metric, train.series
    elif valid is not None and len(valid[1]) >= LEAST:
        metric, series = valid
    else:
        return None
    early, late = series.value[: max(2, len(series) // 10)], series.value[-max(2, len(series) // 4) :]
    return RewardChange(
        metric=metric,
        series=series,
        early=float(early.mean()),
        late=float(late.mean()),
        change=_difference(early, late, scatter(series.value) or 0.0),
    )


def _difference(early: FloatArray, late: FloatArray, noise: float) -> Estimate:
    """Estimate the change; the early values are on their way, so their own spread is no noise."""
    change = round(float(late.mean() - early.mean()), 12)
    half = t_quantile(len(late) - 1) * float(np.sqrt(late.var(ddof=1) / len(late) + noise**2 / len(early)))
    return Estimate(change, change - half, change + half)
