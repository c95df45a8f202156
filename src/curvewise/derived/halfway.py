"""How much of the fall of the losses was done halfway, by the sum of the learning rates."""

from __future__ import annotations

import msgspec
import numpy as np

from curvewise.derived.losses import finite_series
from curvewise.derived.memo import once_per_run
from curvewise.derived.validation import validation_curve
from curvewise.model.run import Run
from curvewise.model.series import NO_POINTS, FloatArray, Series
from curvewise.stats.noise import noise_level

FEWEST = 12
"""Losses below which the shape of their fall is not seen."""
SMALLEST_NOISE = 0.003
"""Share of its level that a loss is taken to scatter by at least, and where nothing tells."""


class Halfway(msgspec.Struct, frozen=True, kw_only=True):
    """The share of the fall that was done halfway.

    A loss that nears its end exponentially has done ``1 / (1 + exp(-k / 2))`` of its fall by half of the way,
    k being how many of its time constants the way holds: 0.5 where it falls along a straight line, 0.62 where
    it has gone 63 % of the way to where it tends, 0.82 where it has gone 95 %.

    Parameters
    ----------
    share, error
        The share, and its standard error.
    fall
        The fall of the training loss, as a share of where it starts.
    by_rate
        Whether the way is measured by the sum of the logged learning rates; else by steps.
    """

    share: float
    error: float
    fall: float
    by_rate: bool


@once_per_run
def halfway(run: Run) -> Halfway | None:
    """Fit a parabola over the way to training and validation loss, which share its shape and not its level.

    Measured by the sum of the learning rates, a schedule that falls to zero does not make a loss look
    settled that is not.

    Returns
    -------
    Halfway or None
        None with fewer than two full validation passes or 12 losses in all, or when they do not fall.

    Examples
    --------
    >>> from curvewise.testing import make_run
    >>> fall = [2.0 - 0.01 * step for step in range(60)]
    >>> straight = halfway(make_run(train_loss=fall, full_valid_loss=fall))
    >>> round(straight.share, 2), straight.by_rate
    (0.5, False)
    """
    train, curve = finite_series(run, "train_loss"), validation_curve(run)
    valid = NO_POINTS if curve is None or curve.weak else curve.series
    if len(train) < 3 or len(valid) < 2 or len(train) + len(valid) < FEWEST:
        return None
    last = max(train.last_step, valid.last_step)
    way, by_rate = _way(run, last)
    parts = (train, valid)
    rows, values, weights, least = [], [], [], 0.0
    for column, part in enumerate(parts):
        x = np.interp(part.step, way.step, way.value)
        level = np.zeros((len(part), len(parts)))
        level[:, column] = 1.0
        rows.append(np.column_stack([level, x, x**2]))
        values.append(part.value)
        weights.append(np.full(len(part), 1.0 / max(_noise(part.value), least)))
        least = float(np.sqrt(len(valid) / len(train))) * _noise(train.value)
    weight = np.concatenate(weights)
    return _share(np.concatenate(rows), np.concatenate(values), weight, by_rate)


def _way(run: Run, last: int) -> tuple[Series, bool]:
    """Return the share of the way that is done at some steps from 0 to the last, to interpolate between."""
    rate = finite_series(run, "learning_rate")
    if len(rate) > 2 and rate.value.min() >= 0 and rate.value.max() > 0:
        step = np.concatenate([[0], rate.step, [max(last, rate.last_step)]])
        value = np.concatenate([rate.value[:1], rate.value, rate.value[-1:]]) / rate.value.max()
        summed = np.concatenate([[0.0], np.cumsum(np.diff(step) * (value[1:] + value[:-1]) / 2)])
        return Series(step, summed / max(summed[-1], 1e-12)), True
    return Series.from_points([0, max(last, 1)], [0.0, 1.0]), False


def _noise(values: FloatArray) -> float:
    least = SMALLEST_NOISE * float(np.abs(values).mean())
    return max(noise_level(values) or 0.0, least, 1e-12)


def _share(rows: FloatArray, values: FloatArray, weight: FloatArray, by_rate: bool) -> Halfway | None:
    scaled = rows * weight[:, None]
    fitted, *_ = np.linalg.lstsq(scaled, values * weight, rcond=None)
    residual = values * weight - scaled @ fitted
    spread = max(1.0, float(residual @ residual) / max(1, len(values) - len(fitted)))
    covariance = np.linalg.pinv(scaled.T @ scaled) * spread
    slope, bend = fitted[-2:]
    whole, half = slope + bend, slope / 2 + bend / 4
    if not whole < 0 or not fitted[0] > 0:
        return None
    gradient = np.zeros(len(fitted))
    gradient[-2:] = (0.5 - half / whole) / whole, (0.25 - half / whole) / whole
    error = max(0.0, float(gradient @ covariance @ gradient)) ** 0.5
    return Halfway(share=float(half / whole), error=error, fall=float(-whole / fitted[0]), by_rate=by_rate)
