"""The runs with known truth that thresholds are chosen on, and what every topic measures with."""

from __future__ import annotations

import argparse
import importlib.util
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
from accuracy.predict import to_run
from numpy.typing import NDArray

from curvewise import Run

Index = NDArray[np.int64]


class Pair(NamedTuple):
    """One run and the truth about it.

    Parameters
    ----------
    run
        What may be judged.
    truth
        ``label``, or ``score`` by step for the choice of a checkpoint; ``cluster``.
    name
        Name of the run in its data set.
    """

    run: Run
    truth: dict[str, Any]
    name: str

    @property
    def cluster(self) -> str:
        """The group of runs that it belongs to: a workload, a problem, a model or an environment."""
        return str(self.truth["cluster"])


def pairs(data: Path, task: str, *, seed: int = 0, margin: float = 0.05) -> list[Pair]:
    """Return the runs of a task of ``score.py`` with their truth.

    Parameters
    ----------
    data
        Folder that holds ``score.py`` and its data files.
    task
        Such as ``overfit3``.
    seed
        Of the tasks that draw noise or splits.
    margin
        Of ``overfit3``: the rise that counts.
    """
    options = argparse.Namespace(split="dev", data=data, seed=seed, margin=margin)
    made = getattr(_score(data / "score.py"), task)(options)
    return [Pair(to_run(seen), truth, seen["run"]) for seen, truth in made]


@cache
def _score(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("score", path)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def folds(groups: Sequence[str]) -> Iterator[tuple[str, Index, Index]]:
    """Yield each group's name with the places of all others (to fit on) and its own (to test on)."""
    names = np.asarray(groups)
    for name in dict.fromkeys(groups):
        yield name, np.flatnonzero(names != name), np.flatnonzero(names == name)


def over_clusters(
    clusters: Sequence[str], statistic: Callable[[Index], float], *, draws: int = 500
) -> tuple[float, float]:
    """Return the 95 % bootstrap interval of a statistic, drawing whole clusters with replacement.

    Parameters
    ----------
    clusters
        Cluster of each run.
    statistic
        From the places of the drawn runs to a number.
    """
    places = [own for _, _, own in folds(clusters)]
    rng = np.random.default_rng(0)
    drawn = [
        statistic(np.concatenate([places[i] for i in rng.integers(0, len(places), len(places))]))
        for _ in range(draws)
    ]
    low, high = np.percentile(drawn, [2.5, 97.5])
    return float(low), float(high)


def macro_f1(truth: Sequence[str], said: Sequence[str]) -> float:
    """Return the mean over the true labels of their F1 scores."""
    true, claimed = np.asarray(truth), np.asarray(said)
    scores = []
    for label in np.unique(true):
        hits = int(((true == label) & (claimed == label)).sum())
        scores.append(2 * hits / int((true == label).sum() + (claimed == label).sum()))
    return float(np.mean(scores))


def f1_over_clusters(
    truth: Sequence[str], said: Sequence[str], clusters: Sequence[str]
) -> tuple[float, float]:
    """Return the interval of `macro_f1` by `over_clusters`."""
    both = np.array([truth, said])
    return over_clusters(clusters, lambda drawn: macro_f1(*both[:, drawn]))
