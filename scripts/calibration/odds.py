"""How often stated probabilities of being the best checkpoint, and ties, are right: curves of known truth."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.random import Generator

import curvewise as cw
from calibration.figures import Figure, Figures
from calibration.simulated import Array, correlated, course, run

RUNS = 1600
"""Curves a row: a share of 85 % of them has a standard error of 0.9 %."""
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


def calibrate(data: Path) -> Figures:
    """Return for each noise how many claim to be sure, how many of them are, and how good ties are."""
    del data  # everything here is simulated
    return tuple(figure for name, (n, noise) in ROWS.items() for figure in _row(name, n, noise))


def _row(name: str, n: int, noise: Callable[[Generator, int], Array]) -> list[Figure]:
    random = np.random.default_rng([n, len(name)])
    sure, held, regret, plain = [], [], [], []
    for _ in range(RUNS):
        truth = course(random, n)
        seen = np.maximum(truth * (1 + noise(random, n)), 1e-3)
        chosen = cw.choose(run(full_valid_loss=seen))
        if chosen.best is None:
            raise ValueError("a full pass supports a choice")
        best = truth == truth.min()
        place = chosen.best.step - 1
        if (chosen.best.probability or 0.0) >= SURE:
            sure.append(bool(best[place]))
        held.append(bool(best[[place, *(pick.step - 1 for pick in chosen.tied)]].any()))
        regret.append(100 * (truth[place] / truth.min() - 1))
        plain.append(100 * (truth[seen.argmin()] / truth.min() - 1))
    figures = [
        ("claims of 90 % or more", float(len(sure)), 0, "Loss curves without standard errors."),
        *([("of these right, %", 100 * float(np.mean(sure)), 1, "Of those claims.")] if sure else []),
        ("90 % ties that hold the best, %", 100 * float(np.mean(held)), 1, "The checkpoint and its ties."),
        ("loss above the best, %", float(np.mean(regret)), 2, f"By the lowest value: {np.mean(plain):.2f}."),
    ]
    return [
        Figure(name=f"{name}: {what}", value=value, n=RUNS, note=note, digits=digits)
        for what, value, digits, note in figures
    ]
