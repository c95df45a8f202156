"""Measure the choice of checkpoints as logged, and choose its constants with whole clusters left out."""

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
KEPT = (0.0, 0.15, 0.3)
"""Candidates for the share of its distance to the course that a value keeps."""
CAUTIONS = (0.0, 0.3, 0.6, 1.0)
"""Candidates for the standard errors that the choice adds."""
TASKS = {
    "checkpoint_large": ("regret of the pick on the test set, % of the run's range", False),
    "checkpoint_small": ("accuracy points lost", False),
    "checkpoint_rl": ("gain over the last checkpoint, % of the run's span", True),
    "checkpoint_lm": ("points against the best possible pick", True),
}
"""What each task measures, and whether more is better."""


def calibrate(data: Path) -> Figures:
    """Measure all four tasks as logged through the public names, and the probabilities that picks state."""
    runs = {task: _drawn(data, task) for task in TASKS}
    measured = [figure for task, own in runs.items() for figure in _task(task, own)]
    return (*measured, *_left_out(runs))


def _drawn(data: Path, task: str) -> list[Pair]:
    seeds = range(1) if task == "checkpoint_large" else SEEDS  # nothing is drawn for that task
    return [_as_logged(pair) for seed in seeds for pair in pairs(data, task, seed=seed)]


def _as_logged(pair: Pair) -> Pair:
    """Take off what most files do not hold: standard errors, and the number of validation examples."""
    metrics = {name: (series.step, series.value) for name, series in pair.run.metrics.items()}
    return pair._replace(run=cw.Run.from_series(metrics, kind=pair.run.kind, name=pair.run.name))


def _task(task: str, runs: list[Pair]) -> list[Figure]:
    clusters = [pair.cluster for pair in runs]
    best = max if TASKS[task][1] else min
    scores, stated, right, held = [], [], [], []
    for pair in runs:
        selection, score = cw.choose(pair.run), pair.truth["score"]
        highest, last = best(score.values()), pair.truth["last"]
        step = last if selection.best is None else selection.best.step
        steps = (step, *(each.step for each in selection.tied))
        scores.append(score[step])
        stated.append((selection.best and selection.best.probability) or 0.0)
        right.append(score[step] == highest)
        held.append(any(score[each] == highest for each in steps))
    fitted = "As logged. The constants were chosen on these clusters; below without each of them."
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
    """Choose the constants on all clusters but one, and measure them on that one."""
    found = []
    for task, own in runs.items():
        sign = 1 if TASKS[task][1] else -1
        scores = np.array([_scores(pair) for pair in own]).T
        clusters = [pair.cluster for pair in own]
        picked, chosen = np.empty(len(own)), set()
        for _, others, places in folds(clusters):
            names = [clusters[place] for place in others]
            best = int(np.argmax([_mean(row[others], names) * sign for row in scores]))
            chosen.add(SETTINGS[best])
            picked[places] = scores[best][places]
        used = " or ".join(f"{kept} and {caution}" for kept, caution in sorted(chosen))
        note = (
            "Each cluster with the share kept and the caution that suit this task's others "
            f"(shipped is one rule for all tasks): {used}."
        )
        found.append(_figure(f"{task}, clusters left out: {TASKS[task][0]}", picked, clusters, note))
    return found


SETTINGS = [(kept, caution) for kept in KEPT for caution in CAUTIONS]


def _scores(pair: Pair) -> list[float]:
    """Return what each setting's pick is worth."""
    (series,) = pair.run.metrics.values()
    sign = -1.0 if pair.run.kind == "rft" else 1.0
    scores = []
    for kept in KEPT:
        found = smooth(sign * series.value, keep=kept)
        for caution in CAUTIONS:
            place = int(np.argmin(found.value + caution * found.error))
            scores.append(float(pair.truth["score"][int(series.step[place])]))
    return scores


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
