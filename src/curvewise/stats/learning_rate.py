"""The shape of a training curve that tells the learning rate: its speed, its roughness, how far it gets."""

from __future__ import annotations

import math

import msgspec
import numpy as np

from curvewise.model.series import FloatArray
from curvewise.stats.noise import noise_level
from curvewise.stats.smoothing import median

BLOCKS = 100
"""Means to which a longer curve is reduced, so that curves of any length are compared at one resolution."""
FEWEST = 5
"""Values below which nothing is measured."""
TOP = 3.0
"""Starting losses above the start at which values are cut, NaN and infinity among them."""


class CurveShape(msgspec.Struct, frozen=True):
    """What a training curve looks like, in units of its own fall from the start to its lowest level.

    Parameters
    ----------
    risen
        How far the end lies above the lowest level.
    late_quarter, late_half
        Fall over the last quarter and over the last half.
    taken
        The whole fall, as a share of the starting loss.
    wobble
        All rises from one level to the next together; sampling noise is taken off.
    ninety
        Share of the curve after which nine tenths of the fall were done.
    top
        Highest level, in units of the starting loss; `TOP` + 1 at most for a positive start.
    broken
        Whether the last value is NaN or infinite.
    noise
        Standard deviation of a level by the scatter of single values; infinite when they are too few to tell.
    """

    risen: float
    late_quarter: float
    late_half: float
    taken: float
    wobble: float
    ninety: float
    top: float
    broken: bool
    noise: float

    def features(self) -> FloatArray:
        """Return what the model of the learning rate is fitted on, shape (6,)."""
        return np.array(
            [
                math.log(self.risen + 0.02),
                math.log(min(max(self.late_quarter, 1e-3), 1.0)),
                math.log(min(max(self.late_half, 1e-3), 1.0)),
                self.taken,
                math.log(self.wobble + 1e-2),
                math.log(self.ninety),
            ]
        )


FEATURES = ("risen", "late_quarter", "late_half", "taken", "wobble", "ninety")
OUTCOMES = ("low", "ok", "high")


def curve_shape(values: FloatArray, *, sampled: bool) -> CurveShape | None:
    """Measure the shape of a training curve.

    Parameters
    ----------
    values
        Training losses in order, at about equal distances, shape (n,). NaN and infinity count as high;
        of a sampled curve only those at its end, because a single batch may overflow and be skipped.
    sampled
        Whether each value comes from a few minibatches: then the start is the median of the first
        three values, and the wobble that their scatter makes by itself is taken off.

    Returns
    -------
    CurveShape or None
        None with fewer than 5 values, or when no value is finite or the curve starts at zero.

    Examples
    --------
    >>> shape = curve_shape(2.0 * 0.9 ** np.arange(60.0), sampled=False)
    >>> round(shape.taken, 2), shape.wobble, round(shape.ninety, 2)
    (1.0, 0.0, 0.38)
    """
    finite = np.isfinite(values)
    if sampled and len(values) and finite[-1]:
        values, finite = values[finite], finite[finite]
    if len(values) < FEWEST or not finite.any():
        return None
    first = values[finite][: 3 if sampled else 1]
    start = median(first)
    unit = abs(start)
    if unit <= 1e-300 or unit >= 1e300:
        return None
    highest = start + TOP * unit
    heights = np.where(finite, values, highest).clip(-1e6 * unit, highest) / unit
    begin = start / unit
    levels = np.concatenate([[begin], _means(heights[1:], BLOCKS)])
    lowest = float(levels.min())
    fall = max(begin - lowest, 1e-6)
    above = np.minimum((levels - lowest) / fall, 4.0)
    n = len(above)
    width = max(1, n // 20)
    end = median(above[-width:])
    wobble = float(np.maximum(above[1:] - above[:-1], 0.0).sum())
    noise = _scatter(heights, n) / fall
    if sampled and math.isfinite(noise):
        wobble = max(0.0, wobble - (n - 1) * noise / math.sqrt(math.pi))
    return CurveShape(
        risen=end,
        late_quarter=_around(above, 0.75, width) - end,
        late_half=_around(above, 0.5, width) - end,
        taken=fall,
        wobble=wobble,
        ninety=(int((above <= 0.1).argmax()) + 0.5) / n,
        top=float(levels.max()),
        broken=not bool(finite[-1]),
        noise=noise,
    )


def _means(values: FloatArray, most: int) -> FloatArray:
    """Means over `most` stretches of about one length."""
    n = len(values)
    if n <= most:
        return values
    ends = np.round(np.linspace(0, n, most + 1)).astype(np.int64)
    return np.asarray(np.add.reduceat(values, ends[:-1]) / np.diff(ends))


def _around(levels: FloatArray, share: float, width: int) -> float:
    middle = round(share * (len(levels) - 1))
    return median(levels[max(0, middle - width // 2) : middle + width // 2 + 1])


def _scatter(heights: FloatArray, levels: int) -> float:
    """Return the standard deviation that the scatter of single values leaves in the mean of a stretch."""
    noise = noise_level(heights[len(heights) // 4 :])
    return math.inf if noise is None else noise / math.sqrt(max(1.0, len(heights) / levels))
