"""Measure how fast runs are judged, and where the time goes: ``python benchmarks/judging.py``.

Runs of 60 steps with 10 evaluations, as most of a sweep are, and of 1,000 steps with 50, each judged by every
check, with the choice of a checkpoint, beside plain numpy reductions over the same arrays.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from functools import partial

import numpy as np
from measure import call, compare, table

import curvewise as cw
from curvewise import plugin
from curvewise.derived.figures import figures_of

SIZES = ((60, 6), (1000, 20))
"""Steps of a run, and those between two evaluations."""
RUNS, ROUNDS = 20, 9
SHOWN = 12


def supervised(seed: int, steps: int, every: int) -> cw.Run:
    """Make a supervised run."""
    rng = np.random.default_rng(seed)
    step = np.arange(1, steps + 1)
    at, course = step[every - 1 :: every], 0.4 + np.exp(-5 * step / steps)
    return cw.Run.from_series(
        {
            "train_loss": (step, course * rng.lognormal(0.0, 0.1, steps)),
            "valid_loss": (step, course * rng.lognormal(0.0, 0.15, steps)),
            "full_valid_loss": (at, course[at - 1] * rng.lognormal(0.0, 0.02, len(at))),
            "train_mean_token_accuracy": (step, np.exp(-course)),
            "learning_rate": (step, 1e-5 * (1 - step / steps)),
        }
    )


def reinforced(seed: int, steps: int, every: int) -> cw.Run:
    """Make a reinforcement run."""
    rng = np.random.default_rng(seed)
    step = np.arange(1, steps + 1)
    at, course = step[every - 1 :: every], 0.8 - 0.6 * np.exp(-5 * step / steps)
    return cw.Run.from_series(
        {
            "train_mean_reward": (step, course + 0.05 * rng.standard_normal(steps)),
            "full_valid_mean_reward": (at, course[at - 1] + 0.02 * rng.standard_normal(len(at))),
            "completion_tokens_mean": (step, 500 + 30 * rng.standard_normal(steps)),
            "train_ungraded_rate": (step, np.full(steps, 0.02)),
        }
    )


def reductions(runs: list[cw.Run]) -> None:
    """Reduce the same arrays as a short script would: ends, extremes, means, medians and differences."""
    for run in runs:
        for series in run.metrics.values():
            value = series.value
            value.min(), value.max(), value.argmin(), value.mean(), value.std()
            np.median(value), np.abs(np.diff(value)).mean(), np.isfinite(value).all()


def where_time_goes(runs: list[cw.Run]) -> list[tuple[str, float]]:
    """Return milliseconds of processor time a run for each part of the work, the longest first.

    What several checks share counts for the first of them, in the order of their names.
    """
    parts: dict[str, Callable[[cw.Run], object]] = {
        name: partial(_judge, check) for name, check in plugin.checks().items()
    }
    parts |= {"choice of a checkpoint": _choose, "figures": figures_of}
    spent = dict.fromkeys(parts, 0.0)
    for run in runs:
        for name, work in parts.items():
            start = time.process_time()
            work(run)
            spent[name] += 1000 * (time.process_time() - start) / len(runs)
    return sorted(spent.items(), key=lambda part: -part[1])


def _judge(check: plugin.Check, run: cw.Run) -> cw.Finding:
    return check(run)


def _choose(run: cw.Run) -> cw.Selection:
    return next(selector for selector in plugin.selectors().values() if selector.serves(run))(run)


def _analyze(runs: list[cw.Run]) -> None:
    for run in runs:
        cw.analyze(run)


def main() -> None:
    """Print the figures of both kinds of run, of both sizes."""
    for (steps, every), make in itertools.product(SIZES, (supervised, reinforced)):
        runs = [make(seed, steps, every) for seed in range(RUNS)]
        result = compare(
            f"judge a {make.__name__} run of {steps:,} steps",
            call(partial(_analyze, runs)),
            "numpy reductions",
            call(partial(reductions, runs)),
            rounds=ROUNDS,
        )
        each = result._replace(
            subject_seconds=result.subject_seconds / RUNS,
            yardstick_seconds=result.yardstick_seconds / RUNS,
            rated=True,
        )
        print(table([each]))
        for name, spent in where_time_goes(runs)[:SHOWN]:
            print(f"    {name:32}{spent:7.3f} ms")


if __name__ == "__main__":
    main()
