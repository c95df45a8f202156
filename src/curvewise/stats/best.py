"""Best: the true course of a noisy curve, and what to choose its lowest point by."""

from __future__ import annotations

from functools import cache

import msgspec
import numpy as np

from curvewise.model.series import LARGEST, FloatArray
from curvewise.stats.chances import Doubt
from curvewise.stats.counted import counted
from curvewise.stats.intervals import inflation, memory_of_bends
from curvewise.stats.noise import bend_free_scatter
from curvewise.stats.smoothing import running_median

WIDTHS = (1, 3, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129)
"""Windows that are tried, in values."""
SHARE = 3
"""A window wider than 3 values holds less than the curve's length over this. Of 3 to 6, the choice with
environments and workloads left out (``scripts/calibration/checkpoints.py``) was 3 each time."""
SURPLUS = 1.35
"""The noise of a curve over its scatter: the lesser of two medians, which misses what large values add."""
MEASURED_FREEDOM = 1.0
"""Degrees of freedom of a noise that is measured from the curve, however long: it may grow, cluster or have
heavy tails, and a sharp turn of the course hides in it."""
LUCK = 2.0
"""Noise by which a value may lie below the lowest course that its neighbours allow."""
STEADY = 6
"""Falls in a row that noise makes in one of 5,040 flat curves; one fewer where there are no more."""
OWN = 0.15
"""Share of its distance to the smooth course that a value keeps."""
CAUTION = 0.6
"""Standard errors that the choice among estimates adds to each, unless their noise is that of counting."""
NEIGHBOURS = 7
"""Values on each side whose squared standard errors are pooled with a value's own."""
PRIOR_FREEDOM = 8.0
"""Degrees of freedom that the neighbours' squared standard errors count for."""
ASSUMED_FREEDOM = 30.0
"""Degrees of freedom of a standard error when the number of examples behind it is not known."""
ALIKE = 4
"""Estimates nearer than a window over this share most of their noise: their correlation is over 0.7."""
LASTS = 12
"""Fewest values that tell whether their noise lasts from one to the next."""


class Smooth(msgspec.Struct, frozen=True, kw_only=True):
    """A curve freed of as much noise as there is.

    Parameters
    ----------
    value
        Estimates of the true values, shape (n,).
    error
        Their standard errors, shape (n,).
    width
        Values in the window; 1 leaves the curve as it was.
    doubt
        Of the standard errors.
    caution
        Standard errors that the choice adds.
    """

    value: FloatArray
    error: FloatArray
    width: int
    doubt: Doubt
    caution: float = CAUTION

    @property
    def merit(self) -> FloatArray:
        """What to choose by, lower is better: the estimate, and some of its standard errors.

        Of many estimates the lowest is one that luck helped, the more so the less sure they are.
        """
        return self.value + self.caution * self.error


def smooth(
    values: FloatArray,
    errors: FloatArray | None = None,
    freedom: float | None = None,
    *,
    share: int = SHARE,
    keep: float = OWN,
) -> Smooth:
    """Estimate the true course of a noisy curve; lower is better.

    Each value becomes a mean over its neighbours with triangular weights; towards the ends the window
    narrows and stays symmetric, since a mean over one side only would be wrong by the slope. The window is
    the one with the least estimated risk: the mean over the better half of the estimates of
    (y - f)^2 + 2 s^2 w, with y the value, f the estimate, s the standard error and w the weight that a
    value has in its own estimate. Where evaluations are precise that is a window of 1, which changes
    nothing; the noisier they are, the more neighbours count. Only the better half counts since the steep
    beginning of a curve says nothing about the window that suits its minimum. Of its distance to the course
    each value keeps a share: checkpoints differ by more than a smooth course shows. Shares that scatter as
    counting makes them (`curvewise.stats.counted`) keep nothing, and need no caution: their noise is known.
    Without standard errors a single value far below its neighbours counts as luck, and is cut to `LUCK` of
    the noise below.

    A standard error from few examples is itself uncertain, so its square is pooled with those of up to
    seven neighbours on each side, by degrees of freedom, and with the scatter of the curve where the number
    of examples is known. Without standard
    errors the scatter is all there is.

    Parameters
    ----------
    values
        Finite, in order, about equally spaced, shape (n,), n of at least 1.
    errors
        Standard errors, shape (n,); those that are not finite are taken from the neighbours. None when
        nothing tells them: then the curve tells its own, from 6 values on, and fewer stay as they are.
    freedom
        Degrees of freedom of each standard error: the examples behind a value, less one.
    share
        A window wider than 3 values holds less than n / share of them.
    keep
        Share of its distance to the course that a value keeps.

    Notes
    -----
    C. L. Mallows, "Some comments on Cp", 1973; C. Stein, "Estimation of the mean of a multivariate
    normal distribution", 1981. Values are taken to be independent: when every evaluation uses the same
    examples, differences between evaluations are surer than this says.

    Examples
    --------
    >>> falling = np.array([0.9, 0.5, 0.7, 0.4, 0.3, 0.5, 0.3, 0.4, 0.2, 0.3])
    >>> smooth(falling, np.full(10, 0.001)).width, smooth(falling, np.full(10, 0.1)).width
    (1, 3)
    """
    n, measured = len(values), bend_free_scatter(values)
    curve = None if measured is None else min(SURPLUS * measured, LARGEST) ** 2
    freely = 0.0 if curve is None else MEASURED_FREEDOM
    memory = memory_of_bends(values) if errors is None and n >= LASTS else 0.0
    keep, caution = (keep, CAUTION) if counted(values) is None else (0.0, 0.0)
    if errors is None:
        noise = np.full(n, curve or 0.0)
        values = _without_luck(values, SURPLUS * (measured or 0.0))
        noise = _of_steady_fall(values, noise)
    else:
        behind = ASSUMED_FREEDOM if freedom is None else freedom
        freely, noise = PRIOR_FREEDOM, _pooled(errors, behind, None if freedom is None else curve)
    widths = [width for width in WIDTHS if width <= min(n, max(3, (n - 1) // share))]
    windows = _Windows(values, noise, widths[-1] // 2)
    least, chosen = np.inf, None
    for width in widths:
        estimate, own, variance = windows.averaged(width // 2)
        better = estimate <= np.sort(estimate)[(n - 1) // 2]
        risk = _mean(((values - estimate) ** 2 + 2 * noise * own)[better])
        if risk < least:
            least, chosen = risk, (width, estimate, own, variance, better)
    if chosen is None:
        return Smooth(value=values, error=np.sqrt(noise), width=1, doubt=Doubt(freely), caution=caution)
    width, estimate, own, variance, better = chosen
    rough = max(0.0, least - _mean((noise + variance)[better]))
    shared = keep * (2 * (1 - keep) * own + keep) * noise
    return Smooth(
        value=estimate + keep * (values - estimate),
        error=np.sqrt((1 - keep) ** 2 * variance + shared + rough),
        width=width,
        doubt=Doubt(freely, _lasting(memory, width), width // ALIKE / n),
        caution=caution,
    )


def _mean(values: FloatArray) -> float:
    return float(values.sum()) / len(values)


def _lasting(memory: float, width: int) -> float:
    """Return how much larger the error of a mean is whose noise has a memory, and was measured as if not."""
    hidden = 1.5 / (1.5 - 2 * memory + memory**2 / 2)  # of its distance to the mean of two neighbours
    return float(np.sqrt(hidden * inflation(width, memory)))


def _pooled(errors: FloatArray, freedom: float, curve: float | None) -> FloatArray:
    square = np.square(np.where(np.isfinite(errors), np.minimum(np.abs(errors), LARGEST), np.nan))
    n, reach = len(square), min(NEIGHBOURS, len(square) - 1)
    known = np.isfinite(square)
    padded = np.pad(np.where(known, square, 0.0), reach, mode="edge")
    counted = np.pad(known.astype(np.float64), reach, mode="edge")
    window = np.ones(2 * reach + 1)
    count = np.convolve(counted, window, "valid")
    mean = np.convolve(padded, window, "valid") / np.maximum(count, 1.0)
    overall = float(square[known].mean()) if known.any() else 0.0
    mean = np.where(count > 0, mean, overall)[:n]
    weight = max(freedom, 1.0)
    own = np.where(known, square, mean)
    if curve is None:
        return np.asarray((weight * own + PRIOR_FREEDOM * mean) / (weight + PRIOR_FREEDOM))
    return np.asarray((weight * own + PRIOR_FREEDOM * (mean + curve)) / (weight + 2 * PRIOR_FREEDOM))


def _without_luck(values: FloatArray, noise: float) -> FloatArray:
    """Raise single values that lie far below the median of five and the lines through two neighbours."""
    if noise <= 0:
        return values
    lowest = running_median(values, 5)
    if len(values) > 2:
        on = 2 * values[1:-1]
        lowest[2:] = np.minimum(lowest[2:], on - values[:-2])
        lowest[:-2] = np.minimum(lowest[:-2], on - values[2:])
    return np.maximum(values, lowest - LUCK * noise)


def _of_steady_fall(values: FloatArray, noise: FloatArray) -> FloatArray:
    """Cut the noise to the steps of a fall that ends the curve, where noise would have turned one of them."""
    falls = values[:-1] - values[1:]
    turned = np.flatnonzero(falls <= 0)
    length = len(falls) - (int(turned[-1]) + 1 if len(turned) else 0)
    if length < min(STEADY, max(len(falls), STEADY - 1)):
        return noise
    cut = noise.copy()
    cut[-length:] = np.minimum(cut[-length:], np.minimum(falls[-length:], LARGEST) ** 2)
    return cut


class _Windows:
    """Means with symmetric triangular weights; those next to the ends are the same for every wider window."""

    def __init__(self, values: FloatArray, noise: FloatArray, half: int) -> None:
        self.values, self.noise, n = values, noise, len(values)
        place, both = np.arange(n), np.array([values, noise])
        self.to_the_end = np.minimum(place, place[::-1])
        reach = range(min(half, (n - 1) // 2))
        self.first = np.array([np.vecdot(_kernels(h), both[:, : 2 * h + 1]) for h in reach]).reshape(-1, 2)
        self.last = np.array([np.vecdot(_kernels(h), both[:, n - 1 - 2 * h :]) for h in reach]).reshape(-1, 2)

    def averaged(self, half: int) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return the means, the weight of each value in its own, and their variances."""
        if not half:
            return self.values, np.ones(len(self.values)), self.noise
        kernel, square = _kernels(half)
        inner = np.correlate(self.values, kernel, "valid"), np.correlate(self.noise, square, "valid")
        mean, variance = (
            np.concatenate([self.first[:half, row], inner[row], self.last[:half, row][::-1]])
            for row in (0, 1)
        )
        return mean, 1 / (1.0 + np.minimum(half, self.to_the_end)), variance


@cache
def _kernels(half: int) -> FloatArray:
    """Return the weights of a window, and their squares."""
    kernel = ((half + 1.0) - np.abs(np.arange(-half, half + 1))) / (half + 1.0) ** 2
    return np.array([kernel, kernel**2])
