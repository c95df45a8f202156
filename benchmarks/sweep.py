"""Measure what is said of a sweep of real trainings: ``python benchmarks/sweep.py [--task NAME]``.

One small network is fine-tuned 500 times on the same data: 5 learning rates, 4 numbers of epochs, 25 orders
of the batches. A large test set tells what each hyperparameter truly does, and what each setting is worth.
Two more hyperparameters do nothing; they are drawn anew for each of 200 smaller sweeps.
"""

from __future__ import annotations

import os

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # set before numpy loads

import argparse
import itertools
import json
import math
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "examples"))

import msgspec
import numpy as np
from causes import files, supervised, texts

import curvewise as cw
from curvewise.fleet.summary import summary
from curvewise.model.fleet import Fleet, FleetRow

RATES = (1 / 16, 1 / 4, 1.0, 4.0, 16.0)
"""Learning rates, over the one that suits the task."""
EPOCHS = (1, 2, 4, 8)
SEEDS = 25
EXAMPLES, VALID = 3, 150
"""Training examples, over those that are learned by heart; and validation examples."""
SWEEPS, RUNS, REPEATS = 200, 100, (1, 3, 5)
"""Smaller sweeps, and the runs, or the seeds of each setting, of one."""
REAL = ("lr", "epochs")

Truth = Mapping[str, Mapping[int, float]]
"""Test loss by step, by the name of the run."""


def trained(folder: Path, task: texts.Task) -> Truth:
    """Train what is not there yet, and return the truth about all."""
    base = supervised.Recipe(
        examples=EXAMPLES * task.few, valid=VALID, epochs=1, evaluations=8, rate=task.rate,
        schedule="cosine", azure=False,
    )  # fmt: skip
    sets = supervised.sets(np.random.default_rng(0), task, base)
    (folder / "truth").mkdir(parents=True, exist_ok=True)
    truth = {}
    for rate, epochs, seed in itertools.product(RATES, EPOCHS, range(SEEDS)):
        name = f"lr={rate * task.rate:.4g},epochs={epochs},seed={seed}"
        known = folder / "truth" / f"{name}.json"
        if not known.exists():
            recipe = base._replace(rate=rate * task.rate, epochs=epochs)
            log = supervised.fit(np.random.default_rng(seed), task, recipe, *sets)
            (folder / "runs" / name).mkdir(parents=True, exist_ok=True)
            files.trainer_sft(folder / "runs" / name, log, accuracy=False)
            known.write_text(json.dumps(log.test))
        truth[name] = {int(step): loss for step, loss in json.loads(known.read_text()).items()}
    return truth


class Sweep:
    """Runs that were judged, and the truth about what was picked of each."""

    def __init__(self, rows: Sequence[FleetRow], truth: Truth) -> None:
        self.rows = rows
        self.values = {row.address: _at(truth[Path(row.address).name], row.step) for row in rows}
        self.settings: dict[tuple[object, object], list[FleetRow]] = {}
        for row in rows:
            self.settings.setdefault(_setting(row), []).append(row)
        self.worth = {key: self._mean(runs) for key, runs in self.settings.items()}

    def _mean(self, runs: Sequence[FleetRow]) -> float:
        return float(np.mean([math.log(self.values[row.address]) for row in runs]))

    def at(self, name: str, level: str) -> float:
        """Return the true value at a level, as the mean over the other hyperparameter."""
        place = REAL.index(name)
        return float(np.mean([worth for key, worth in self.worth.items() if key[place] == float(level)]))

    def best(self) -> float:
        """Return what the best setting is truly worth."""
        return min(self.worth.values())


def _setting(row: FleetRow) -> tuple[object, object]:
    return row.hyperparameters["lr"], row.hyperparameters["epochs"]


def _at(losses: Mapping[int, float], step: int | None) -> float:
    return losses[max(losses) if step is None else min(losses, key=lambda each: abs(each - step))]


def drawn(sweep: Sweep, seed: int) -> Fleet:
    """Judge some of the runs, with two hyperparameters that do nothing."""
    random = np.random.default_rng([seed, 1])
    chosen = random.choice(len(sweep.rows), RUNS, replace=False)
    nulls = ({"num_workers": float(random.integers(0, 3)), "logging_share": random.random()} for _ in chosen)
    rows = [
        msgspec.structs.replace(
            sweep.rows[place], hyperparameters={**sweep.rows[place].hyperparameters, **null}
        )
        for place, null in zip(chosen.tolist(), nulls, strict=True)
    ]
    return summary(rows)


def effects(sweep: Sweep) -> Iterator[str]:
    """Tell how often effects are named, and how true they are."""
    found = [drawn(sweep, seed) for seed in range(SWEEPS)]
    null = sum(any(each.name not in REAL for each in fleet.effects) for fleet in found)
    yield f"{SWEEPS} sweeps of {RUNS} runs: a null hyperparameter is named in {100 * null / SWEEPS:.1f} %"
    for name in REAL:
        named = [each for fleet in found for each in fleet.effects if each.name == name]
        true = [sweep.at(name, each.worse) - sweep.at(name, each.better) for each in named]
        right = np.mean([size > 0 for size in true])
        inside = np.mean(
            [
                math.log(each.low) <= size <= math.log(each.high)
                for each, size in zip(named, true, strict=True)
            ]
        )
        said = np.median([each.effect for each in named])
        yield (
            f"  {name}: named in {100 * len(named) / SWEEPS:.0f} %, rightly directed {100 * right:.0f} %"
            f", factor {said:.3f} (truly {np.exp(np.median(true)):.3f}), interval holds {100 * inside:.0f} %"
        )


def choices(sweep: Sweep, seeds: int) -> str:
    """Tell what the chosen setting is worth beside that of the luckiest run."""
    regrets: dict[str, list[float]] = {"setting": [], "lucky run": []}
    held, tied = [], []
    best = sweep.best()
    for number in range(SWEEPS):
        random = np.random.default_rng([number, seeds, 2])
        rows = [
            runs[place]
            for runs in sweep.settings.values()
            for place in random.choice(len(runs), seeds, replace=False).tolist()
        ]
        fleet = summary(rows, group=["seed"])
        known = {row.address: row for row in rows}
        chosen = [_setting(known[each.address]) for each in fleet.leaders]
        lucky = min(rows, key=lambda row: row.best if row.best is not None else math.inf)
        regrets["setting"].append(math.expm1(sweep.worth[chosen[0]] - best))
        regrets["lucky run"].append(math.expm1(sweep.worth[_setting(lucky)] - best))
        held.append(any(sweep.worth[each] <= best for each in chosen))
        tied.append(fleet.tied)
    shown = ", ".join(f"{name} {100 * np.mean(lost):.2f} %" for name, lost in regrets.items())
    return (
        f"  {seeds} seeds of {len(sweep.settings)} settings: regret {shown}; "
        f"{np.mean(tied):.1f} tied, the best among those shown in {100 * np.mean(held):.0f} %"
    )


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--task", choices=[task.name for task in texts.TASKS], default="reviews")
    parser.add_argument(
        "--keep", type=Path, help="keep the runs in this folder, and train none that is there"
    )
    options = parser.parse_args()
    task = next(task for task in texts.TASKS if task.name == options.task)
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.keep or Path(scratch)
        truth = trained(folder, task)
        fleet = cw.analyze_all([folder / "runs"])
    sweep = Sweep(fleet.rows, truth)
    print(f"{fleet.judged} trainings of {task.name}, {fleet.compared} compared")
    print("\n".join(effects(sweep)))
    print("the setting that is chosen, and that of the lucky run:")
    for seeds in REPEATS:
        print(choices(sweep, seeds))


if __name__ == "__main__":
    main()
