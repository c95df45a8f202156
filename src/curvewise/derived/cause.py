"""The cause of a rising validation loss: training loss falls on (overfitting) or rises too (divergence)."""

from __future__ import annotations

import msgspec
import numpy as np

from curvewise.derived.losses import finite_series
from curvewise.derived.memo import once_per_run
from curvewise.derived.rise import Rise, training_between
from curvewise.model.run import Run
from curvewise.model.series import Series

LEAST_SPREAD = 0.02
"""Relative distance from the best within which another evaluation may as well be the best one."""
FARTHEST = 30.0
"""Distance from the best, in units of the noise, from which an evaluation has no weight."""
BOTH = 0.1
"""Rise of both losses above their best from which they speak for each other: evaluations that swing by a
fifth hide a rise, and chance does not lift the training loss with them."""


class TrainingSince(msgspec.Struct, frozen=True, kw_only=True):
    """Training loss at the last evaluation and at those that may be the best.

    Parameters
    ----------
    best
        Mean over the evaluations that may be the best, each weighted by how likely it is.
    final
        At the last evaluation.
    series
        Training loss at each evaluation: the mean of the values since the evaluation before.
    points
        Training values behind `final`.
    """

    best: float
    final: float
    series: Series
    points: int

    @property
    def ratio(self) -> float:
        """`final` over `best`; infinite over 0, and 1 when both are 0."""
        if self.best > 0:
            return self.final / self.best
        return 1.0 if self.final == self.best else float("inf")

    @property
    def rose(self) -> bool:
        """Whether training loss ends above its level at the best evaluation."""
        return self.final > self.best


@once_per_run
def training_since(run: Run, rise: Rise) -> TrainingSince | None:
    """Compare training loss at the end with that at the best evaluation.

    The best evaluation is uncertain when several are about as low. Each counts with the weight
    ``exp(-d**2 / 2)``, d being its distance from the lowest in units of the noise, at least 2 %.

    Returns
    -------
    TrainingSince or None
        None without a training loss before the last two evaluations, or with a negative one.
    """
    train = finite_series(run, "train_loss")
    evaluations = rise.curve.series
    means, counts = training_between(run, rise.curve)
    known = counts > 0
    if known.sum() < 2 or not known[-1] or train.value.min() < 0 or evaluations.value.min() < 0:
        return None
    valid, level = evaluations.value[known], means[known]
    lowest = float(valid.min())
    spread = max(rise.noise or 0.0, LEAST_SPREAD)
    unit = max(spread * lowest, 1e-300)
    distance = np.minimum(valid - lowest, FARTHEST * unit) / unit
    weights = np.exp(-0.5 * distance**2)
    weights /= weights.sum()
    positive = bool(level.min() > 0)
    best = float(np.exp(weights @ np.log(level))) if positive else float(weights @ level)
    return TrainingSince(
        best=best,
        final=float(level[-1]),
        series=Series(evaluations.step[known], level),
        points=int(counts[-1]),
    )


def diverges(rise: Rise, since: TrainingSince | None) -> bool:
    """Whether a validation loss rises together with the training loss."""
    if since is None or not since.rose:
        return False
    return rise.rising or (
        rise.certainty == "within noise" and min(rise.ratio, since.ratio) > 1 + BOTH and not rise.curve.weak
    )
