"""Shapes that training curves have, and the noise on them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Steps = NDArray[np.int64]


def steps(last: int, every: int = 1) -> Steps:
    """Return ``every, 2 * every, ...`` up to `last`."""
    return np.arange(every, last + 1, every, dtype=np.int64)


def fall(at: Floats | Steps, start: float, end: float, time: float) -> Floats:
    """Fall (or climb) from `start` towards `end`, exponentially; two thirds of the way by `time`."""
    return end + (start - end) * np.exp(-np.asarray(at, dtype=np.float64) / time)


def turn(at: Floats | Steps, begin: float, slope: float, power: float = 1.0) -> Floats:
    """Return a rise that begins at `begin`: 0 before, then ``slope * (at - begin) ** power``."""
    return slope * np.maximum(np.asarray(at, dtype=np.float64) - begin, 0.0) ** power


def climb(at: Floats | Steps, low: float, high: float, middle: float, width: float) -> Floats:
    """Climb from `low` to `high` along a logistic curve."""
    return low + (high - low) / (1 + np.exp(-(np.asarray(at, dtype=np.float64) - middle) / width))


def scattered(level: Floats, share: float, seed: int) -> Floats:
    """Scatter a level by a share of itself, log-normally, as losses of minibatches do."""
    random = np.random.default_rng(seed)
    return level * np.exp(share * random.standard_normal(len(level)) - share**2 / 2)


def shares(level: Floats, rollouts: int, seed: int) -> Floats:
    """Draw the share of `rollouts` that succeed when each does so with the probability `level`."""
    random = np.random.default_rng(seed)
    return random.binomial(rollouts, np.clip(level, 0.0, 1.0)) / rollouts


def wandering(level: Floats, width: float, seed: int) -> Floats:
    """Add noise of a standard deviation to a level."""
    return level + width * np.random.default_rng(seed).standard_normal(len(level))
