"""Validation over training loss: the guide's overfitting ratio, as logged and made comparable."""

from __future__ import annotations

from functools import cached_property
from typing import Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from curvewise.derived.losses import finite_series
from curvewise.derived.memo import once_per_run
from curvewise.derived.validation import ValidationCurve, validation_curve
from curvewise.model.run import Run
from curvewise.model.series import FloatArray, IntArray
from curvewise.stats.smoothing import trailing_mean

Band = Literal["healthy", "mild", "moderate", "severe"]

MILD, MODERATE, SEVERE = 1.2, 1.5, 2.0
"""The guide's limits; its rows read "below 1.2", "1.2 to 1.5", "1.5 to 2.0" and "above 2.0"."""
WINDOW_SHARE, WINDOW_LEAST, WINDOW_MOST_SHARE = 0.05, 5, 0.1
"""Window of the training mean: a twentieth of the points, at least 5, but never more than a tenth."""
NEAR_ZERO = 0.01
"""Training loss, in nats per token, below which a quotient says little: 99 % of each token is predicted,
and a change of a few thousandths doubles the ratio."""


class LossRatio(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """The ratio at every evaluation.

    Parameters
    ----------
    curve
        The validation loss that the comparable ratio is taken from.
    step
        Steps of `comparable`, int64, shape (n,).
    valid, train
        Numerator and denominator of `comparable`, shape (n,); `train` is NaN before the first
        training value.
    naive_step
        Steps of `naive`, int64, shape (m,); every logged evaluation.
    naive
        Validation loss as logged over the training loss of the same step (else of the last step
        before it), shape (m,): the guide's figure. It compares one minibatch with another when the
        source logs minibatches.
    comparable
        Validation loss to judge by over the training loss averaged over the `window` training
        values that end at the step, shape (n,).
    window
        Training values averaged.

    Notes
    -----
    A ratio is NaN where it has no meaning: no training value yet, a negative loss, 0 / 0.
    It is infinite for a positive validation loss over a training loss of exactly 0.
    """

    curve: ValidationCurve
    step: IntArray
    valid: FloatArray
    train: FloatArray
    naive_step: IntArray
    naive: FloatArray
    comparable: FloatArray
    window: int

    @cached_property
    def known(self) -> NDArray[np.intp]:
        """Where there is a comparable ratio, shape (k,)."""
        return np.flatnonzero(~np.isnan(self.comparable))

    @cached_property
    def logged(self) -> tuple[int, float] | None:
        """Step and value of the last ratio as logged."""
        known = np.flatnonzero(~np.isnan(self.naive))
        return (int(self.naive_step[known[-1]]), float(self.naive[known[-1]])) if len(known) else None

    @property
    def bands(self) -> tuple[Band | None, ...]:
        """The guide's band of each comparable ratio; None where there is no ratio."""
        return tuple(None if np.isnan(ratio) else band(ratio) for ratio in self.comparable)

    @property
    def near_zero(self) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
        """Where the denominator of the comparable ratio is too near zero to divide by, shape (n,)."""
        return self.train < NEAR_ZERO


def band(ratio: float) -> Band:
    """Read a ratio by the guide: exactly 1.2 is mild, exactly 2.0 is moderate.

    Examples
    --------
    >>> [band(ratio) for ratio in (1.19, 1.2, 1.5, 2.0, 2.01)]
    ['healthy', 'mild', 'moderate', 'moderate', 'severe']
    """
    if ratio < MILD:
        return "healthy"
    if ratio < MODERATE:
        return "mild"
    return "moderate" if ratio <= SEVERE else "severe"


def training_window(points: int) -> int:
    """Training values to average for a comparable ratio, of `points` in all.

    Examples
    --------
    >>> [training_window(points) for points in (6, 30, 80, 300, 1000)]
    [1, 3, 5, 15, 50]
    """
    most = max(1, int(points * WINDOW_MOST_SHARE))
    return min(max(WINDOW_LEAST, int(points * WINDOW_SHARE)), most)


def loss_ratio(run: Run, curve: ValidationCurve | None = None) -> LossRatio | None:
    """Return validation over training loss at every evaluation.

    Parameters
    ----------
    run
        The run.
    curve
        The validation loss to use; `validation_curve(run)` when None.

    Returns
    -------
    LossRatio or None
        None when the run has no finite training loss or no finite validation loss.

    Examples
    --------
    >>> from curvewise.testing import make_run
    >>> ratio = loss_ratio(make_run(train_loss=[2.0, 1.0], full_valid_loss=[2.2, 1.5]))
    >>> ratio.naive, ratio.bands
    (array([1.1, 1.5]), ('healthy', 'moderate'))
    """
    curve = curve or validation_curve(run)
    return None if curve is None else _over_training_loss(run, curve)


@once_per_run
def _over_training_loss(run: Run, curve: ValidationCurve) -> LossRatio | None:
    train = finite_series(run, "train_loss")
    if not len(train):
        return None
    window = training_window(len(train))
    local = trailing_mean(train.value, window)
    denominator = _last_before(train.step, local, curve.series.step)
    return LossRatio(
        curve=curve,
        step=curve.series.step,
        valid=curve.series.value,
        train=denominator,
        naive_step=curve.raw.step,
        naive=_quotient(curve.raw.value, _last_before(train.step, train.value, curve.raw.step)),
        comparable=_quotient(curve.series.value, denominator),
        window=window,
    )


def _last_before(step: IntArray, value: FloatArray, at: IntArray) -> FloatArray:
    """Return the value at each step of `at`, or of the last step before it; NaN before the first."""
    index = step.searchsorted(at, side="right") - 1
    return np.where(index >= 0, value[np.maximum(index, 0)], np.nan)


def _quotient(valid: FloatArray, train: FloatArray) -> FloatArray:
    meaningful = (valid >= 0) & (train >= 0)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        return np.where(meaningful, (valid / train).round(9), np.nan)  # 2.0000000000000004 is 2
