"""Fit and measure the diagnosis of the learning rate, whole problems left out.

``calibrate`` measures; ``PYTHONPATH=scripts:benchmarks python -m calibration.learning_rate`` fits on all runs
and writes src/curvewise/stats/learning_rate_table.py.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from calibration.bench import Pair, f1_over_clusters, folds, macro_f1, pairs
from calibration.figures import Figure, Figures
from calibration.fitting import Array, distance, fit_one_of, write_table
from curvewise.stats.learning_rate import FEATURES, OUTCOMES, curve_shape
from curvewise.stats.learning_rate_table import MODEL
from curvewise.stats.logistic import Logistic

ROOT = Path(__file__).resolve().parents[2]
TABLE = ROOT / "src" / "curvewise" / "stats" / "learning_rate_table.py"
RIDGE = 20.0
CITED = ("src/curvewise/checks/low_learning_rate.py", "src/curvewise/checks/high_learning_rate.py")
NOISE, VALUES = 0.1, 1000
"""Relative scatter and number of the single values that stand for minibatches."""


def features(runs: list[Pair]) -> Array:
    """Return the features of every run, shape (n, 6)."""
    shapes = [curve_shape(pair.run["train_loss"].value, sampled=False) for pair in runs]
    return np.array([shape.features() for shape in shapes if shape is not None])


def sampled(runs: list[Pair]) -> Array:
    """Return the features of the runs as if the loss were logged of single minibatches."""
    rng, found = np.random.default_rng(0), []
    for pair in runs:
        value = pair.run["train_loss"].value
        with np.errstate(invalid="ignore", over="ignore"):
            course = np.interp(np.linspace(0, len(value) - 1, VALUES), np.arange(len(value)), value)
            shape = curve_shape(course * np.exp(NOISE * rng.standard_normal(VALUES)), sampled=True)
        if shape is not None:
            found.append(shape.features())
    return np.array(found)


def fit(values: Array, labels: list[str]) -> Logistic:
    """Fit on runs with known labels."""
    outcome = np.array([OUTCOMES.index(label) for label in labels])
    return fit_one_of(values, outcome, FEATURES, OUTCOMES, RIDGE)


def calibrate(data: Path) -> Figures:
    """Measure the diagnosis on problems that it was not fitted on."""
    runs = pairs(data, "learning_rate")
    labels = [str(pair.truth["label"]) for pair in runs]
    values, noisy = features(runs), sampled(runs)
    chance, of_noisy = np.empty((len(runs), 3)), np.empty((len(runs), 3))
    for _, others, own in folds([pair.cluster.split("/")[0] for pair in runs]):
        model = fit(values[others], [labels[i] for i in others])
        chance[own], of_noisy[own] = model.one_of(values[own]), model.one_of(noisy[own])
    return (
        _score(runs, labels, chance, "macro-F1, losses of whole passes", CITED),
        _score(runs, labels, of_noisy, f"macro-F1, minibatches with {NOISE:.0%} scatter", CITED),
        *(_right(labels, chance, outcome) for outcome in ("low", "high")),
        Figure(
            name="difference of the stored table from a new fit",
            value=distance(MODEL, fit(values, labels)),
            n=len(runs),
            note="0 unless the data or the features changed",
            digits=2,
        ),
    )


def _said(chance: Array) -> list[str]:
    return [OUTCOMES[i] for i in chance.argmax(1)]


def _score(runs: list[Pair], labels: list[str], chance: Array, name: str, cited: tuple[str, ...]) -> Figure:
    said = _said(chance)
    return Figure(
        name=name,
        value=macro_f1(labels, said),
        interval=f1_over_clusters(labels, said, [pair.cluster for pair in runs]),
        n=len(runs),
        note="DeepOBS, problems left out; interval over problem and optimizer",
        digits=2,
        cited=cited,
    )


def _right(labels: list[str], chance: Array, outcome: str) -> Figure:
    said = np.array(_said(chance)) == outcome
    return Figure(
        name=f"runs called {outcome} that are, %",
        value=100 * float((np.array(labels)[said] == outcome).mean()),
        n=int(said.sum()),
        note="DeepOBS, problems left out",
        digits=0,
        cited=(f"src/curvewise/checks/{outcome}_learning_rate.py",),
    )


if __name__ == "__main__":
    bench = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT.parent / "shared" / "bench"
    known = pairs(bench, "learning_rate")
    write_table(
        TABLE,
        fit(features(known), [str(pair.truth["label"]) for pair in known]),
        "Chance that a learning rate was low, fine or high.",
        "scripts/calibration/learning_rate.py",
    )
