"""How often stated probabilities of being the best checkpoint, and ties, are right: curves of known truth."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from numpy.random import Generator

from calibration.figures import Figure, Figures
from calibration.rises import COUNTS, FAMILIES, RISES, truth
from calibration.simulated import Array, correlated, course, run, white
from curvewise.selection.lowest_loss import lowest_loss

RUNS = 1600
"""Curves a row: a share of 85 % of them has a standard error of 0.9 %."""
OF_A_FAMILY = 67
"""Curves of a family for each number of evaluations and each rise."""
SURE = 0.9
ROWS: dict[str, tuple[int, Callable[[Generator, int], Array]]] = {
    "4 % noise, 8 evaluations": (8, lambda random, n: 0.04 * random.standard_normal(n)),
    "10 % noise, 8 evaluations": (8, lambda random, n: 0.10 * random.standard_normal(n)),
    "10 % noise, 16 evaluations": (16, lambda random, n: 0.10 * random.standard_normal(n)),
    "noise growing from 1 to 8 %, 16 evaluations": (
        16,
        lambda random, n: np.linspace(0.01, 0.08, n) * random.standard_normal(n),
    ),
    "t with 2 degrees of freedom, 40 evaluations": (40, lambda random, n: 0.03 * random.standard_t(2, n)),
    "4 % noise of memory 0.8, 16 evaluations": (16, lambda random, n: 0.04 * correlated(random, n, 0.8)),
}
"""Noise on a full validation pass that no standard error states, by what it is."""

Curves = Iterator[tuple[Array, Array]]


def calibrate(data: Path) -> Figures:
    """Return how many choices from each kind of curve claim to be sure, and how good claims and ties are."""
    del data  # everything here is simulated
    rows: dict[str, Curves] = {name: _row(name, *known) for name, known in ROWS.items()}
    rows |= {f"checkpoints 2 % apart, noise 4 %, {n} evaluations": _apart(n) for n in (40, 100, 400)}
    rows |= {f"{family}, {n} evaluations": _family(family, n) for family in FAMILIES for n in COUNTS}
    return tuple(figure for name, curves in rows.items() for figure in _judged(name, curves))


def _row(name: str, n: int, noise: Callable[[Generator, int], Array]) -> Curves:
    random = np.random.default_rng([n, len(name)])
    for _ in range(RUNS):
        true = course(random, n)
        yield true, np.maximum(true * (1 + noise(random, n)), 1e-3)


def _apart(n: int) -> Curves:
    """Yield plateaus on which each checkpoint has a quirk of its own, as those of real runs have."""
    random = np.random.default_rng(n)
    for _ in range(len(RISES) * OF_A_FAMILY):
        true = (1 + np.exp(-20 * np.linspace(0, 1, n))) * white(random, n, 0.02)
        yield true, true * white(random, n, 0.04)


def _family(family: str, n: int) -> Curves:
    random = np.random.default_rng(zlib.crc32(f"{family}/{n}".encode()))
    for rise in RISES * OF_A_FAMILY:
        true = truth(random, family, n, rise)
        yield true, true * FAMILIES[family][1](random, n)


def _judged(name: str, curves: Curves) -> list[Figure]:
    sure, held, regret, plain = [], [], [], []
    for true, seen in curves:
        chosen = lowest_loss(run(full_valid_loss=seen))
        if chosen.best is None:
            raise ValueError("a full pass supports a choice")
        best = true <= true.min() * (1 + 1e-9)
        place = chosen.best.step - 1
        if (chosen.best.probability or 0.0) >= SURE:
            sure.append(bool(best[place]))
        held.append(bool(best[[place, *(pick.step - 1 for pick in chosen.tied)]].any()))
        regret.append(100 * (true[place] / true.min() - 1))
        plain.append(100 * (true[seen.argmin()] / true.min() - 1))
    figures = [
        ("claims of 90 % or more", float(len(sure)), 0, "Loss curves without standard errors."),
        *([("of these right, %", 100 * float(np.mean(sure)), 1, "Of those claims.")] if sure else []),
        ("90 % ties that hold the best, %", 100 * float(np.mean(held)), 1, "The checkpoint and its ties."),
        ("loss above the best, %", float(np.mean(regret)), 2, f"By the lowest value: {np.mean(plain):.2f}."),
    ]
    return [
        Figure(name=f"{name}: {what}", value=value, n=len(held), note=note, digits=digits)
        for what, value, digits, note in figures
    ]
