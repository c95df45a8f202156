"""Fit and measure the probability that a validation loss rises, and tell overfitting from divergence.

``calibrate`` measures, with whole submissions and whole workloads left out where weights were fitted on them;
``PYTHONPATH=scripts:benchmarks python -m calibration.overfitting`` fits and prints the weights of
src/curvewise/stats/rising.py. The weights for few values rest on simulated curves alone, those for many
on simulated curves and on AlgoPerf training runs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from calibration.bench import Index, Pair, f1_over_clusters, folds, macro_f1, pairs
from calibration.figures import Figure, Figures
from calibration.fitting import fit_one_of
from curvewise import Run
from curvewise.checks.divergence import divergence
from curvewise.checks.overfitting import overfitting
from curvewise.model.finding import Finding
from curvewise.stats import rising as model
from curvewise.stats.courses import compare_courses
from curvewise.stats.noise import noise_level

Array = NDArray[np.float64]
Weights = tuple[float, ...]
FAILING = ("warning", "problem")
SEEDS = range(101, 109)
"""Of the noise that the curves of known truth are drawn with. The library of courses and the thresholds were
chosen on other draws from the same shapes, so the noise is new to them and the shapes are not."""
SIMULATED_FEW, SIMULATED_MANY = 4000, 2500
FEW_COUNTS, MANY_COUNTS = (3, 4, 5, 6, 8, 10, 12, 16, 20), (24, 32, 48, 64, 100, 200)
SMALLEST = 0.03
"""Rise of the true course from which it counts as one; smaller ones are not simulated."""
RIDGE = 0.5
DOCSTRING = ("src/curvewise/checks/overfitting.py",)
BINS = (0.0, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0)


class Rows(NamedTuple):
    """Features of curves, and whether each rises."""

    features: Array
    rises: NDArray[np.int64]


def simulated(random: np.random.Generator, counts: Sequence[int]) -> tuple[Array, bool]:
    """Return one noisy curve of logarithms, shape (n,), and whether its course ends above its lowest point.

    The course falls exponentially, by a power or in a line to a floor; half of the courses rise from an
    onset on. The noise has a median of 2 %.
    """
    n = int(random.choice(counts))
    x = np.arange(1, n + 1) / n
    height, rate = _between(random, 0.05, 1.5), _between(random, 1.5, 15)
    falls = [np.exp(-rate * x), (1 + rate * x) ** -random.uniform(0.5, 2), 1 - x * random.uniform(1, 5)]
    course = 1 + height * np.maximum(falls[random.integers(3)], 0)
    noise = np.exp(random.normal(np.log(0.02), 0.7)) * random.standard_normal(n)
    if random.random() < 0.5:
        return np.log(course) + noise, False
    onset = random.uniform(0.1, 0.8)
    bend = np.clip((x - onset) / (1 - onset), 0, 1) ** random.uniform(0.7, 2)
    course += _between(random, SMALLEST, 0.8) * bend
    if course[-1] / course.min() <= 1 + SMALLEST:
        return simulated(random, counts)
    return np.log(course) + noise, True


def _between(random: np.random.Generator, low: float, high: float) -> float:
    return float(np.exp(random.uniform(np.log(low), np.log(high))))


def few_rows() -> Rows:
    """Return simulated curves of few values."""
    random = np.random.default_rng(1)
    curves = [simulated(random, FEW_COUNTS) for _ in range(SIMULATED_FEW)]
    features = [model.few_features(logs, compare_courses(logs)) for logs, _ in curves]
    return Rows(np.array(features), np.array([rises for _, rises in curves], np.int64))


def many_rows() -> Rows:
    """Return simulated curves of many values."""
    random = np.random.default_rng(2)
    curves = [simulated(random, MANY_COUNTS) for _ in range(SIMULATED_MANY)]
    features = [_many_features(logs, noise_level(logs)) for logs, _ in curves]
    return Rows(np.array(features), np.array([rises for _, rises in curves], np.int64))


def real_rows(strict: Sequence[Pair], loose: Sequence[Pair]) -> tuple[Rows, Index]:
    """Return training runs of many evaluations, once with each of two margins, and the place of each."""
    features, rises, places = [], [], []
    for place, (one, other) in enumerate(zip(strict, loose, strict=True)):
        logs = model.logarithms(one.run["full_valid_loss"].value)
        noise = noise_level(logs)
        if not model.is_few(logs, noise):
            features += [_many_features(logs, noise)] * 2
            rises += [one.truth["label"] != "ok", other.truth["label"] != "ok"]
            places += [place] * 2
    return Rows(np.array(features), np.array(rises, np.int64)), np.array(places)


def _many_features(logs: Array, noise: float | None) -> Weights:
    return model.many_features(logs, max(noise or 0.0, model.LEAST_NOISE))


def joined(first: Rows, second: Rows) -> Rows:
    """Return the rows of both."""
    return Rows(*(np.concatenate(parts) for parts in zip(first, second, strict=True)))


def fit(rows: Rows) -> Weights:
    """Fit a logistic regression; the intercept comes first, for features as they are."""
    names = tuple(str(index) for index in range(rows.features.shape[1]))
    found = fit_one_of(rows.features, rows.rises, names, ("no", "yes"), RIDGE)
    slope = np.subtract(found.weight[1], found.weight[0]) / np.asarray(found.scale)
    start = found.intercept[1] - found.intercept[0] - float(slope @ np.asarray(found.centre))
    return (round(start, 3), *(round(float(one), 3) for one in slope))


@contextmanager
def many_weights(weights: Weights) -> Iterator[None]:
    """Judge with other weights for a while."""
    kept, model.MANY_WEIGHTS = model.MANY_WEIGHTS, weights
    try:
        yield
    finally:
        model.MANY_WEIGHTS = kept


def judge(run: Run) -> tuple[str, Finding]:
    """Return the label that the two checks give, and the finding `overfitting`."""
    found = overfitting(run)
    if divergence(run).status in FAILING:
        return "diverged", found
    return ("overfit" if found.status in FAILING else "ok"), found


def calibrate(data: Path) -> Figures:
    """Measure on training runs with groups left out, and on curves of known truth."""
    strict, loose = pairs(data, "overfit3", margin=0.05), pairs(data, "overfit3", margin=0.02)
    return (*_three_labels(strict, loose), *_known_truth(data))


def _three_labels(strict: list[Pair], loose: list[Pair]) -> Figures:
    figures = []
    simulations, (real, places) = many_rows(), real_rows(strict, loose)
    for part, name in enumerate(("workloads", "submissions")):
        groups = [pair.cluster.split("/")[part] for pair in strict]
        said = [""] * len(strict)
        for _, others, own in folds(groups):
            kept = np.isin(places, others)
            rows = joined(simulations, Rows(real.features[kept], real.rises[kept]))
            with many_weights(fit(rows)):
                for i in own:
                    said[i] = judge(strict[i].run)[0]
        for margin, known in (("5", strict), ("2", loose)):
            truth = [pair.truth["label"] for pair in known]
            figures.append(
                Figure(
                    name=f"macro-F1, a rise of {margin} % counts, {name} left out",
                    value=macro_f1(truth, said),
                    interval=f1_over_clusters(truth, said, [pair.cluster for pair in known]),
                    n=len(known),
                    note="ok, overfitting or divergence by a held-out test curve, AlgoPerf training runs",
                    cited=DOCSTRING if name == "workloads" else (),
                )
            )
    return tuple(figures)


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


def main() -> None:
    """Fit on everything and print the weights."""
    data = Path(__file__).resolve().parents[3] / "shared" / "bench"
    real, _ = real_rows(pairs(data, "overfit3", margin=0.05), pairs(data, "overfit3", margin=0.02))
    print(f"FEW_WEIGHTS = {fit(few_rows())}")
    print(f"MANY_WEIGHTS = {fit(joined(many_rows(), real))}")


if __name__ == "__main__":
    main()
