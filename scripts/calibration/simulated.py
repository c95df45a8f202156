"""Simulated curves whose truth is known: losses, minibatch values and rewards, with their noise."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from curvewise import Run

Array = NDArray[np.float64]


def run(**values: Array) -> Run:
    """Make a run from values at the steps 1, 2, 3, ..."""
    return Run.from_series({name: (np.arange(1, len(known) + 1), known) for name, known in values.items()})


def course(random: Generator, n: int) -> Array:
    """Smooth loss, shape (n,): flat, falling to a floor, by a power of the steps, or falling and rising."""
    time = np.linspace(0.0, 1.0, n)
    drop = random.uniform(0.1, 2.0)
    fall = np.exp(-random.uniform(1, 8) * time)
    kinds = [
        np.ones(n),
        1 + drop * fall,
        (1 + 9 * time) ** -random.uniform(0.05, 0.3),
        1 + drop * fall + random.uniform(0.1, 0.5) * time**2,
    ]
    return np.asarray(kinds[random.integers(len(kinds))])


def white(random: Generator, n: int, spread: float) -> Array:
    """Independent factors of a relative `spread`, shape (n,)."""
    return np.exp(spread * random.standard_normal(n))


def correlated(random: Generator, n: int, memory: float) -> Array:
    """First-order autoregressive noise of unit variance, shape (n,)."""
    noise = random.standard_normal(n)
    noise[1:] *= np.sqrt(1 - memory**2)
    for i in range(1, n):
        noise[i] += memory * noise[i - 1]
    return noise


def minibatches(random: Generator, n: int) -> Array:
    """Training loss of a fine-tuning run, shape (n,): log-normal minibatches about a falling course.

    The noise has a standard deviation of 5 to 40 % and a memory of up to 0.5 from step to step.
    """
    spread, memory = random.uniform(0.05, 0.4), random.uniform(0.0, 0.5)
    return course(random, n) * np.exp(spread * correlated(random, n, memory))


def rewards(random: Generator, n: int, spread: float) -> Array:
    """Reward that climbs to a plateau, or is there from the start, shape (n,), with white noise."""
    top = random.uniform(0.4, 0.9)
    climb = top - random.uniform(0.0, 0.4) * np.exp(-random.uniform(2, 10) * np.linspace(0.0, 1.0, n))
    return np.asarray(climb + spread * random.standard_normal(n))
