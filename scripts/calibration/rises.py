"""Verdicts on a rise, in families of noise and of courses: false alarms, and rises that are seen.

The library of courses holds none of these families as such. Thresholds were chosen on other draws from them.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.random import Generator

from calibration.figures import Figure, Figures
from calibration.simulated import Array, correlated, run, white
from curvewise.checks.overfitting import overfitting
from curvewise.checks.reward_collapse import reward_collapse

RUNS = 200
COUNTS = (2, 3, 4, 8, 16, 40)
RISES = (0.0, 0.1, 0.4)
SPARSE, LASTING, LARGE = "sparse rewards", "lasting noise of 4 %", "noise 10 %"
MEMORY = 0.8
KNOWN = {LASTING: (0.04, MEMORY), LARGE: (0.1, 0.0)}
"""Size and memory of the noise of families in which the most that can be seen is measured."""
ALARMS = 0.05
"""Share of false alarms of the best possible tests."""
SHARES = np.linspace(0.02, 0.3, 50)[:, None]
"""Rewards, before they fall, that the best possible test of sparse ones tries."""
Noise = Callable[[Generator, int], Array]
Course = Callable[[Generator, Array], Array]


def falling(random: Generator, x: Array) -> Array:
    """Return a course that falls to 1, or is flat once in four times."""
    height = random.uniform(0.05, 0.8) * (random.random() > 0.25)
    return np.asarray(1 + height * np.exp(-random.uniform(2, 10) * x))


def stepped(random: Generator, x: Array) -> Array:
    """Return a course that falls in three steps."""
    drops = (x[:, None] > random.uniform(0.1, 0.9, 3)).sum(axis=1)
    return np.asarray(1 + random.uniform(0.05, 0.8) * np.exp(-1.0 * drops))


def restarted(random: Generator, x: Array) -> Array:
    """Return a course whose learning rate is restarted three times."""
    part = 4 * x % 1
    return falling(random, x) * (1 + 0.2 * np.exp(-5 * part) * ((part > 0) & (x > 0.25)))


def descending_twice(random: Generator, x: Array) -> Array:
    """Return a course of double descent."""
    bump = 0.3 * np.exp(-(((x - 0.4) / 0.12) ** 2))
    return falling(random, x) + bump + 0.5 - 0.5 * np.clip((x - 0.45) / 0.3, 0, 1)


def growing(random: Generator, n: int) -> Array:
    """Return noise that grows to 4 % over the run."""
    return np.exp(0.04 * np.arange(1, n + 1) / n * random.standard_normal(n))


def heavy(random: Generator, n: int) -> Array:
    """Return noise of 2 % by Student's t with 2 degrees of freedom."""
    return np.exp(0.02 * np.clip(random.standard_t(2, n), -12, 12))


def lasting(random: Generator, n: int) -> Array:
    """Return noise of 4 % with a memory of 0.8 from evaluation to evaluation."""
    return np.exp(0.04 * correlated(random, n, MEMORY))


def of(spread: float) -> Noise:
    """Return independent noise of one size."""
    return lambda random, n: white(random, n, spread)


FAMILIES: dict[str, tuple[Course, Noise, tuple[float, float]]] = {
    "noise growing to 4 %": (falling, growing, (0.3, 0.7)),
    "t(2) noise of 2 %": (falling, heavy, (0.3, 0.7)),
    LASTING: (falling, lasting, (0.3, 0.7)),
    "steps, noise 2 %": (stepped, of(0.02), (0.3, 0.7)),
    "restarts, noise 2 %": (restarted, of(0.02), (0.3, 0.7)),
    "double descent, noise 2 %": (descending_twice, of(0.02), (0.75, 0.85)),
    "late rise, noise 4 %": (falling, of(0.04), (0.75, 0.9)),
    LARGE: (falling, of(0.1), (0.3, 0.7)),
    "loss of 0.001, noise 4 %": (lambda random, x: 1e-3 * falling(random, x), of(0.04), (0.3, 0.7)),
    "noise 1 %": (falling, of(0.01), (0.3, 0.7)),
}
"""Course, noise, and where a rise sets in, by name."""


def truth(random: Generator, family: str, n: int, rise: float) -> Array:
    """Return a course that ends above its lowest point by a share, shape (n,)."""
    course, _, onsets = FAMILIES[family]
    x = np.arange(1, n + 1) / n
    loss, onset = course(random, x), random.uniform(*onsets)
    bend = np.clip((x - onset) / (1 - onset), 0, 1)
    low, high = 0.0, 5.0 * (rise > 0)
    for _ in range(40):  # the rise is of the course, so what it falls meanwhile is made up for
        middle = (low + high) / 2
        risen = loss * (1 + middle * bend)
        low, high = (middle, high) if risen[-1] < (1 + rise) * risen.min() else (low, middle)
    return np.asarray(loss * (1 + high * bend))


def curve(random: Generator, family: str, n: int, rise: float) -> Array:
    """Return one noisy curve that ends above its lowest point by a share, shape (n,)."""
    return np.asarray(truth(random, family, n, rise) * FAMILIES[family][1](random, n))


def sparse(random: Generator, n: int, fall: float) -> tuple[Array, int]:
    """Return how many of 1 to 64 rollouts earn it: 2 to 30 %, and a share less in the second half."""
    earned = random.uniform(SHARES[0, 0], SHARES[-1, 0]) * _kept(n, fall)
    rollouts = int(random.choice([1, 4, 8, 32, 64]))
    return random.binomial(rollouts, earned).astype(np.float64), rollouts


def _kept(n: int, fall: float) -> Array:
    return np.where(np.arange(n) < n // 2, 1.0, 1 / (1 + fall))


def reward(random: Generator, n: int, fall: float) -> Array:
    """Return a sparse reward, shape (n,)."""
    earning, rollouts = sparse(random, n, fall)
    return earning / rollouts


def seen(family: str, n: int, rise: float) -> float:
    """Return the share of curves that are said to overfit, or of sparse rewards to collapse, in per cent."""
    random = np.random.default_rng(zlib.crc32(f"{family}/{n}/{rise}".encode()))
    if family == SPARSE:
        found = [reward_collapse(run(train_mean_reward=reward(random, n, rise))) for _ in range(RUNS)]
    else:
        found = [overfitting(run(full_valid_loss=curve(random, family, n, rise))) for _ in range(RUNS)]
    return 100 * float(np.mean([finding.status in ("warning", "problem") for finding in found]))


def best_possible(family: str, n: int, rise: float) -> float:
    """Return the share of rises that the best possible test of a family sees, in per cent.

    It knows the noise and from where the courses are drawn, all but the level, and has 5 % false alarms:
    by J. Neyman and E. S. Pearson, "On the problem of the most efficient tests", 1933, none sees more.
    """
    random = np.random.default_rng(n)
    odds = _odds_of_rewards(random, n, rise) if family == SPARSE else _odds_of_losses(random, family, n, rise)
    limit = np.quantile([odds(0.0) for _ in range(1000)], 1 - ALARMS)
    return 100 * float(np.mean([odds(rise) > limit for _ in range(1000)]))


def _odds_of_losses(random: Generator, family: str, n: int, rise: float) -> Callable[[float], float]:
    known = np.log([[truth(random, family, n, amount) for _ in range(2000)] for amount in (0.0, rise)])
    apart = np.abs(np.subtract.outer(np.arange(n), np.arange(n)))
    size, memory = KNOWN[family]
    precision = np.linalg.inv(size**2 * memory**apart)
    ones = precision.sum(axis=1)
    white = np.linalg.cholesky(precision - np.outer(ones, ones) / ones.sum() + 1e-9 * np.eye(n))

    def odds(amount: float) -> float:
        off = np.log(curve(random, family, n, amount)) - known
        falling, rising = np.logaddexp.reduce(-((off @ white) ** 2).sum(axis=2) / 2, axis=1)
        return float(rising - falling)

    return odds


def _odds_of_rewards(random: Generator, n: int, fall: float) -> Callable[[float], float]:
    def odds(amount: float) -> float:
        earning, rollouts = sparse(random, n, amount)
        chances = [SHARES * _kept(n, each) for each in (0.0, fall)]
        logs = [np.log(chance) @ earning + np.log1p(-chance) @ (rollouts - earning) for chance in chances]
        level, fallen = np.logaddexp.reduce(logs, axis=1)
        return float(fallen - level)

    return odds


def calibrate(data: Path) -> Figures:
    """Return the shares of all families, rises and numbers of evaluations, and the most that can be seen."""
    del data  # everything here is simulated
    most = tuple(
        Figure(
            name=f"{family}, the best possible test: +{rise:.0%}, {n} evaluations, %",
            value=best_possible(family, n, rise),
            n=1000,
            note="knows the noise and the courses, 5 % false alarms",
            digits=1,
        )
        for family, rise in ((LASTING, 0.1), (LARGE, 0.1), (SPARSE, 0.4))
        for n in COUNTS
    )
    return most + tuple(
        Figure(
            name=f"{family}: +{rise:.0%}, {n} evaluations, %",
            value=seen(family, n, rise),
            n=RUNS,
            note="said to overfit, without training loss" if family != SPARSE else "said to collapse",
            digits=1,
        )
        for family in (*FAMILIES, SPARSE)
        for rise in RISES
        for n in COUNTS
    )
