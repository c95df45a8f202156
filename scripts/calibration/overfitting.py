"""Measure how well a rising validation loss is told, and overfitting from divergence.

``calibrate`` measures on AlgoPerf training runs and on curves of known truth. Nothing is fitted on either:
the library of courses and its thresholds rest on curves that are simulated otherwise, see ``rises``.
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np

from calibration.bench import Pair, f1_over_clusters, macro_f1, pairs
from calibration.figures import Figure, Figures
from curvewise import Run
from curvewise.checks.divergence import divergence
from curvewise.checks.overfitting import overfitting
from curvewise.model.finding import Finding

FAILING = ("warning", "problem")
SEEDS = range(101, 109)
"""Of the noise that the curves of known truth are drawn with."""
DOCSTRING = ("src/curvewise/checks/overfitting.py",)
BINS = (0.0, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0)


def judge(run: Run) -> tuple[str, Finding]:
    """Return the label that the two checks give, and the finding `overfitting`."""
    found = overfitting(run)
    if divergence(run).status in FAILING:
        return "diverged", found
    return ("overfit" if found.status in FAILING else "ok"), found


def calibrate(data: Path) -> Figures:
    """Measure on training runs, and on curves of known truth."""
    return (*_three_labels(data), *_known_truth(data))


def _three_labels(data: Path) -> Figures:
    strict, loose = (pairs(data, "overfit3", margin=margin) for margin in (0.05, 0.02))
    said = [judge(pair.run)[0] for pair in strict]
    return tuple(_f1(known, said, margin) for margin, known in (("5", strict), ("2", loose)))


def _f1(known: list[Pair], said: list[str], margin: str) -> Figure:
    truth = [str(pair.truth["label"]) for pair in known]
    return Figure(
        name=f"macro-F1, a rise of {margin} % counts",
        value=macro_f1(truth, said),
        interval=f1_over_clusters(truth, said, [pair.cluster for pair in known]),
        n=len(known),
        note="ok, overfitting or divergence by a held-out test curve, AlgoPerf training runs",
        cited=DOCSTRING,
    )


def _known_truth(data: Path) -> Figures:
    said: dict[str, list[bool]] = {}
    claims: list[tuple[float, bool]] = []
    for seed in SEEDS:
        for pair in pairs(data, "false_alarm", seed=seed):
            label, found = judge(pair.run)
            said.setdefault(pair.cluster, []).append(label == "overfit")
            if found.confidence is not None:
                right = (found.status in FAILING) == (pair.truth["label"] == "overfit")
                claims.append((found.confidence, right))
    _print_reliability(claims)
    calm = {cell: 100 * float(np.mean(alarms)) for cell, alarms in said.items() if "rise" not in cell}
    n = sum(map(len, said.values()))
    note = (
        f"curves of known truth with 3 to 16 evaluations and 1 to 4 % noise, seeds {SEEDS[0]} to {SEEDS[-1]}"
    )
    rates = [
        ("false alarms, %", float(np.mean(list(calm.values())))),
        ("false alarms in the worst cell, %", max(calm.values())),
    ]
    for shape, counts in (("rise_40", (16, 8, 5, 3)), ("rise_10", (16, 8, 5))):
        for count in counts:
            name = f"a rise of {shape[-2:]} % seen with {count} evaluations, %"
            rates.append((name, 100 * float(np.mean(said[f"{shape}/{count}"]))))
    sure = [right for confidence, right in claims if confidence >= 0.9]
    rates.append(("verdicts that claim 90 % and are right, %", 100 * float(np.mean(sure))))
    return tuple(
        Figure(name=name, value=value, n=n, note=note, digits=1, cited=DOCSTRING) for name, value in rates
    )


def _print_reliability(claims: list[tuple[float, bool]]) -> None:
    print("  confidence    verdicts  claimed  right")
    for low, high in pairwise(BINS):
        own = [claim for claim in claims if low <= claim[0] < high or high == claim[0] == BINS[-1]]
        if own:
            claimed, right = np.mean([one[0] for one in own]), np.mean([one[1] for one in own])
            print(f"  {low:.2f} to {high:.2f} {len(own):10,} {100 * claimed:7.1f}% {100 * right:5.1f}%")
