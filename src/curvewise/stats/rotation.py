"""Rotation: the period with which a fixed cycle of minibatches comes round, and means over whole cycles."""

from __future__ import annotations

import numpy as np

from curvewise.model.series import FloatArray
from curvewise.stats.quantiles import highest_of
from curvewise.stats.ranks import ranks
from curvewise.stats.smoothing import row_medians, stretches

LONGEST = 250
"""Longest period looked for; it bounds the cost on very long logs."""
MIN_CYCLES = 3
"""Whole cycles that must have been seen: with two, a chance likeness of the halves looks like one."""
MIN_CORRELATION = 0.5
"""Least autocorrelation at the period: half of the variation must come from which batch it is."""
MIN_CONTRAST = 0.3
"""Least excess over the lags beside the period: a slow wave correlates at neighbouring lags as well."""
CHANCE = 0.01
"""Chance that an autocorrelation of white noise is as high at any of the lags tried."""


def rotation_length(values: FloatArray) -> int | None:
    """Period of a series of minibatch values taken in a fixed rotation.

    The trend is divided out by a running median, values are replaced by their ranks (one batch that
    is always bad must not decide alone), and the autocorrelation has to stand out at one lag.

    Parameters
    ----------
    values
        Finite values in order of evaluation, equally spaced, shape (n,).

    Returns
    -------
    int or None
        Evaluations in one rotation, from 2; None when no period shows, which is no proof of its absence.

    Notes
    -----
    Of 1,000 simulated courses of white noise 0.0 % show a period; of rotations of 5 to 25 batches that are 10
    to 50 % apart, seen 4 to 12 times under noise of 5 %, 98.4 % show theirs (scripts/calibration/shapes.py).

    Cost is O(n log n) for the autocorrelation and O(n) for the medians.

    Examples
    --------
    >>> batches = np.array([0.9, 0.2, 0.5, 0.3, 0.8])
    >>> rotation_length(np.tile(batches, 6))
    5
    >>> rotation_length(np.linspace(1.0, 0.5, 30))
    """
    n = len(values)
    longest = min(n // MIN_CYCLES, LONGEST)
    if longest < 2:
        return None
    trend = _trend(values, longest)
    with np.errstate(over="ignore"):  # only ranks of it are used, and infinity ranks last
        relative = values / trend if trend.min() > 0 else values - trend
    correlation = autocorrelation(ranks(relative), longest + 1)
    lags = np.arange(2, longest + 1)
    here, beside = correlation[lags], np.maximum(correlation[lags - 1], correlation[lags + 1])
    needed = np.maximum(MIN_CORRELATION, highest_of(len(lags), CHANCE) / np.sqrt(n - lags))
    found = lags[(here >= needed) & (here - beside >= MIN_CONTRAST)]
    if not len(found):
        return None
    strongest = correlation[found].max()
    return int(found[correlation[found] >= 0.8 * strongest][0])  # the period, and none of its multiples


def _trend(values: FloatArray, width: int) -> FloatArray:
    """Medians over windows an eighth of their width apart, with straight lines between."""
    stride = max(1, width // 8)
    medians = row_medians(stretches(values, width)[::stride])
    centres = np.arange(len(medians)) * stride + (width - 1) / 2
    return np.interp(np.arange(len(values)), centres, medians)


def autocorrelation(values: FloatArray, longest: int) -> FloatArray:
    """Autocorrelation at the lags 0 to `longest`, each over the pairs that it has.

    Parameters
    ----------
    values
        Finite, shape (n,).
    longest
        Largest lag, below n.

    Returns
    -------
    float64, shape (longest + 1,)
        1 at lag 0; all zero for values without variation.
    """
    n = len(values)
    centred = values - values.mean()
    variance = float(np.mean(centred**2))
    if variance <= 0:
        return np.zeros(longest + 1)
    size = 1 << (2 * n - 1).bit_length()
    spectrum = np.fft.rfft(centred, size)
    products = np.fft.irfft(spectrum * spectrum.conj(), size)[: longest + 1]
    return np.asarray(products / (variance * (n - np.arange(longest + 1))), dtype=np.float64)


def rotation_ends(n: int, rotation: int) -> tuple[int, ...]:
    """Return the indices at which a whole rotation ends, counted back from the last value.

    Examples
    --------
    >>> rotation_ends(11, 3)
    (4, 7, 10)
    """
    return tuple(range(n - 1 - (n // rotation - 1) * rotation, n, rotation))


def rotation_means(values: FloatArray, rotation: int) -> FloatArray:
    """Means over whole, non-overlapping rotations, counted back from the last value.

    Returns
    -------
    float64, shape (n // rotation,)

    Examples
    --------
    >>> rotation_means(np.array([9.0, 1.0, 3.0, 2.0, 4.0]), 2)
    array([2., 3.])
    """
    whole = len(values) // rotation * rotation
    return np.asarray(values[len(values) - whole :].reshape(-1, rotation).mean(axis=1), dtype=np.float64)
