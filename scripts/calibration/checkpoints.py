"""Measure the choice of checkpoints, and choose the widest window with whole clusters left out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

import curvewise as cw
from calibration.bench import Index, Pair, folds, over_clusters, pairs
from calibration.figures import Figure, Figures
from curvewise.stats.best import smooth

SEEDS = range(5)
"""Draws of the noise or of the halves, each with other examples, episodes or tasks."""
SHARES = (3, 4, 5, 6)
"""Candidates for the widest window: less than the length of the curve over this."""
TASKS = {
    "checkpoint_large": ("regret of the pick on the test set, % of the run's range", False),
    "checkpoint_small": ("accuracy points lost", False),
    "checkpoint_rl": ("gain over the last checkpoint, % of the run's span", True),
    "checkpoint_lm": ("points against the best possible pick", True),
}
"""What each task measures, and whether more is better."""


def calibrate(data: Path) -> Figures:
    """Measure all four tasks through the public names, and the probabilities that picks state."""
    runs = {task: _drawn(data, task) for task in TASKS}
    measured = [figure for task, own in runs.items() for figure in _task(task, own)]
    return (*measured, *_left_out(runs))


def _drawn(data: Path, task: str) -> list[Pair]:
    seeds = range(1) if task == "checkpoint_large" else SEEDS  # nothing is drawn for that task
    return [pair for seed in seeds for pair in pairs(data, task, seed=seed)]


def _task(task: str, runs: list[Pair]) -> list[Figure]:
    clusters = [pair.cluster for pair in runs]
    best = max if TASKS[task][1] else min
    scores, stated, right, held = [], [], [], []
    for pair in runs:
        selection, score = cw.choose(pair.run), pair.truth["score"]
        pick = selection.best
        if pick is None:
            raise ValueError(f"no checkpoint was chosen for {pair.name}")
        highest = best(score.values())
        scores.append(score[pick.step])
        stated.append(pick.probability or 0.0)
        right.append(score[pick.step] == highest)
        held.append(any(score[each.step] == highest for each in (pick, *selection.tied)))
    fitted = "Values are taken as they are: they have no standard errors."
    if task != "checkpoint_large":
        fitted = "The widest window was chosen on these clusters; below without each of them."
    found = [_figure(f"{task}: {TASKS[task][0]}", scores, clusters, fitted)]
    if task == "checkpoint_large":
        return found
    note = "The truth is measured on other examples and is noisy itself."
    return [
        *found,
        _figure(f"{task}: probability that picks state", stated, clusters, note),
        _figure(f"{task}: share of picks that are the best", right, clusters, note),
        _figure(f"{task}: share of ties, said to be 0.9, that hold the best", held, clusters, note),
    ]


def _left_out(runs: dict[str, list[Pair]]) -> list[Figure]:
    """Choose the widest window on all clusters but one, and measure it on that one."""
    found = []
    for task in ("checkpoint_small", "checkpoint_rl", "checkpoint_lm"):
        own, sign = runs[task], 1 if TASKS[task][1] else -1
        scores = np.array([[_score(pair, share) for pair in own] for share in SHARES])
        clusters = [pair.cluster for pair in own]
        picked, shares = np.empty(len(own)), []
        for _, others, places in folds(clusters):
            names = [clusters[place] for place in others]
            values = [_mean(row[others], names) * sign for row in scores]
            shares.append(SHARES[int(np.argmax(values))])
            picked[places] = scores[SHARES.index(shares[-1])][places]
        chosen = " or ".join(f"n / {share}" for share in sorted(set(shares)))
        note = f"Each cluster with the widest window that suits the others: less than {chosen}."
        found.append(_figure(f"{task}, clusters left out: {TASKS[task][0]}", picked, clusters, note))
    return found


def _score(pair: Pair, share: int) -> float:
    (series,) = pair.run.metrics.values()
    sign = -1.0 if pair.run.kind == "rft" else 1.0
    examples = pair.run.validation_examples
    errors = series.standard_error
    if errors is None:
        raise ValueError(f"{pair.name} has no standard errors")
    estimate = smooth(sign * series.value, errors, None if examples is None else examples - 1.0, share=share)
    return float(pair.truth["score"][int(series.step[np.argmin(estimate.value)])])


def _mean(values: NDArray[np.float64], clusters: list[str]) -> float:
    """Return the mean over clusters of their means."""
    return float(np.mean([values[own].mean() for _, _, own in folds(clusters)]))


def _figure(name: str, measured: ArrayLike, clusters: list[str], note: str) -> Figure:
    values = np.asarray(measured, dtype=np.float64)
    statistic: Callable[[Index], float] = _over_drawn(values, clusters)
    return Figure(
        name=name,
        value=_mean(values, clusters),
        interval=over_clusters(clusters, statistic),
        n=len(values),
        note=note,
    )


def _over_drawn(values: NDArray[np.float64], clusters: list[str]) -> Callable[[Index], float]:
    """Return the mean over drawn clusters; a cluster that is drawn twice counts twice."""
    size = {name: len(own) for name, _, own in folds(clusters)}
    weight = np.array([1 / size[name] for name in clusters])
    return lambda drawn: float(np.average(values[drawn], weights=weight[drawn]))
