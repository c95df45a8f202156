"""How much of the fall of the losses was done halfway, by the sum of the learning rates."""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec
import numpy as np

from curvewise.derived.losses import finite_series
from curvewise.derived.memo import once_per_run
from curvewise.derived.validation import validation_curve
from curvewise.model.run import Run
from curvewise.model.series import NO_POINTS, FloatArray, Series
from curvewise.stats.moments import mean
from curvewise.stats.noise import noise_level

FEWEST = 12
"""Losses below which the shape of their fall is not seen."""
FEWEST_PASSES = 3
"""Full validation passes from which on their own fall is looked at."""
COVERED = 0.5
"""Share of the fall of the training loss that validation passes have to show to stand for the whole of it."""
SMALLEST_NOISE = 0.003
"""Share of its level that a loss is taken to scatter by at least, and where nothing tells."""
SAME = 1e-9
"""Share of a bulge that is no straight line below which the places on the way tell the two not apart, and
distance below which places are one."""


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
        The fall, as a share of where the loss starts.
    by_rate
        Whether the way is measured by the sum of the logged learning rates; else by steps.
    series
        The losses that tell: of validation where its passes show most of the fall, else of training.
    validation
        Whether they are those of validation.
    """

    share: float
    error: float
    fall: float
    by_rate: bool
    series: Series
    validation: bool


@once_per_run
def halfway(run: Run) -> Halfway | None:
    """Fit a parabola over the way to training and validation loss, which share its shape and not its level.

    Measured by the sum of the learning rates, a schedule that falls to zero does not make a loss look
    settled that is not. Passes over one validation set scatter little from one to the next: where they began
    so early that they show half of the fall of the training loss, their own parabola tells if it is surer.

    Returns
    -------
    Halfway or None
        None with too few losses, with fewer than two full validation passes, when they do not fall, or where
        their places on the way, such as two alone, fit any parabola.

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
    if len(train) < 2 or len(valid) < 2:
        return None
    last = max(train.last_step, valid.last_step)
    way, by_rate = _way(run, last)
    x = [np.interp(part.step, way.step, way.value) for part in (train, valid)]
    noise = _noise(train.value), _noise(valid.value)
    own = None
    if len(valid) >= FEWEST_PASSES and x[1][0] < 1:
        passed = (x[1] - x[1][0]) / (1 - x[1][0])
        own = _share([(passed, valid.value, noise[1])])
    both = None
    if len(train) >= 3 and len(train) + len(valid) >= FEWEST:
        least = float(np.sqrt(len(valid) / len(train))) * noise[0]
        both = _share([(x[0], train.value, noise[0]), (x[1], valid.value, max(noise[1], least))])
    tells = (
        own is not None
        and own.drop >= COVERED * (_drop(train.value) if both is None else both.drop)
        and (both is None or own.error <= both.error)
    )
    fit = own if tells else both
    if fit is None:
        return None
    return Halfway(
        share=fit.share,
        error=fit.error,
        fall=fit.fall if both is None else max(fit.fall, both.fall),
        by_rate=by_rate,
        series=valid if tells else train,
        validation=tells,
    )


class _Fit(msgspec.Struct, frozen=True):
    """What a parabola says: the share, its error, the fall, and the level where it begins."""

    share: float
    error: float
    drop: float
    start: float

    @property
    def fall(self) -> float:
        return self.drop / self.start


def _way(run: Run, last: int) -> tuple[Series, bool]:
    """Return the share of the way that is done at some steps from 0 to the last, to interpolate between."""
    rate = finite_series(run, "learning_rate")
    if len(rate) > 2 and rate.value.min() >= 0 and (highest := rate.value.max()) > 0:
        step = np.concatenate([[0], rate.step, [max(last, rate.last_step)]])
        value = np.concatenate([rate.value[:1], rate.value, rate.value[-1:]]) / highest
        summed = np.concatenate([[0.0], ((step[1:] - step[:-1]) * (value[1:] + value[:-1]) / 2).cumsum()])
        return Series(step, summed / max(summed[-1], 1e-12)), True
    return Series(np.array([0, max(last, 1)]), np.array([0.0, 1.0])), False


def _noise(values: FloatArray) -> float:
    least = SMALLEST_NOISE * mean(np.abs(values))
    return max(noise_level(values) or 0.0, least, 1e-12)


def _drop(values: FloatArray) -> float:
    return float(values[0] - values[-1])


def _share(parts: Sequence[tuple[FloatArray, FloatArray, float]]) -> _Fit | None:
    """Fit one parabola to losses of several levels, each with its places on the way and its noise.

    It is a straight line and a bulge beside it that is highest halfway, by least squares.
    """
    least, centres, moments = min(noise for _, _, noise in parts), [], np.zeros((3, 3))
    for x, values, noise in parts:
        columns = np.array([x, 4 * x * (1 - x), values])
        centres.append(columns.sum(axis=1) / len(x))
        apart = (columns - centres[-1][:, None]) * (least / noise)
        moments += apart @ apart.T
    (line, both, along), (_, bulge, beside), (_, _, square) = moments.tolist()
    if not line > SAME**2:
        return None
    lean = both / line
    alone = bulge - lean * both
    if not alone > SAME * bulge:
        return None
    bulges = (beside - lean * along) / alone
    whole = (along - both * bulges) / line
    start = float(centres[0] @ (-whole, -bulges, 1.0))
    if not whole < 0 or not start > 0:
        return None
    free = sum(len(x) - 1 for x, _, _ in parts) - 2
    spread = max(least**2, (square - whole * along - bulges * beside) / max(1, free))
    share = 0.5 + bulges / whole
    by_whole, by_bulge = (0.5 - share) / whole, 1 / whole  # how the share changes with either
    error = math.hypot(by_whole / line**0.5, (by_bulge - lean * by_whole) / alone**0.5) * spread**0.5
    return _Fit(share=share, error=error, drop=-whole, start=start)
