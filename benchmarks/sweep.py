"""Measure what is said of a sweep of real trainings: ``python benchmarks/sweep.py [--task NAME]``.

One small network is fine-tuned 200 times on the same data: 5 learning rates, 4 numbers of epochs, 10 orders
of the batches; and so for 10 draws of the data, as the runs of one draw share their validation set. A large
test set tells what each hyperparameter truly does, and what each setting is worth. Two more hyperparameters
do nothing; they are drawn anew for each of 200 smaller sweeps.
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
from curvewise.model.fleet import Effect, Fleet, FleetRow

RATES = (1 / 16, 1 / 4, 1.0, 4.0, 16.0)
"""Learning rates, over the one that suits the task."""
EPOCHS = (1, 2, 4, 8)
SEEDS, DRAWS = 10, 10
"""Orders of the batches, and draws of the data."""
EXAMPLES, VALID = 3, 150
"""Training examples, over those that are learned by heart; and validation examples."""
SWEEPS, RUNS, REPEATS = 20, 100, (1, 3, 5)
"""Smaller sweeps of a draw, and the runs, or the seeds of each setting, of one."""
REAL = ("lr", "epochs")

Truth = Mapping[str, Mapping[int, float]]
"""Test loss by step, by the name of the run."""


def trained(folder: Path, task: texts.Task, draw: int) -> Truth:
    """Train on a draw of the data what is not there yet, and return the truth about all."""
    base = supervised.Recipe(
        examples=EXAMPLES * task.few, valid=VALID, epochs=1, evaluations=8, rate=task.rate,
        schedule="cosine", azure=False,
    )  # fmt: skip
    sets = supervised.sets(np.random.default_rng(draw), task, base)
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
        logged = {row.address: row.best or math.nan for row in rows}
        self.worth, self.shown = (
            {key: _mean([values[row.address] for row in runs]) for key, runs in self.settings.items()}
            for values in (self.values, logged)
        )

    def effect(self, said: Effect, *, of_test: bool) -> float:
        """Return what the test, or the validation set tells of all runs, the other hyperparameter held."""
        place, worth = REAL.index(said.name), self.worth if of_test else self.shown
        worse, better = (
            np.mean([value for key, value in worth.items() if key[place] == float(level)])
            for level in (said.worse, said.better)
        )
        return float(worse - better)

    def best(self) -> float:
        """Return what the best setting is truly worth."""
        return min(self.worth.values())


def _mean(losses: Sequence[float]) -> float:
    return float(np.mean(np.log(losses)))


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


def effects(sweeps: Sequence[Sweep]) -> Iterator[str]:
    """Tell how often effects are named, and how true they are."""
    found = [(sweep, drawn(sweep, seed)) for sweep in sweeps for seed in range(SWEEPS)]
    null = np.mean([any(each.name not in REAL for each in fleet.effects) for _, fleet in found])
    yield f"{len(found)} sweeps of {RUNS} runs: a null hyperparameter is named in {100 * null:.1f} %"
    for name in REAL:
        named = [(sweep, each) for sweep, fleet in found for each in fleet.effects if each.name == name]
        sizes = np.log([[each.effect, each.low, each.high] for _, each in named])
        true = np.array([sweep.effect(each, of_test=True) for sweep, each in named])
        shown = np.array([sweep.effect(each, of_test=False) for sweep, each in named])
        held, held_here = (np.mean((sizes[:, 1] <= size) & (size <= sizes[:, 2])) for size in (true, shown))
        said, low, high, truly = np.exp([*np.median(sizes, axis=0), np.median(true)])
        yield (
            f"  {name}: named in {100 * len(named) / len(found):.0f} %, rightly directed "
            f"{100 * np.mean(true > 0):.0f} %, factor {said:.3f}, {low:.3f} to {high:.3f} (truly {truly:.3f})"
            f", interval holds {100 * held:.0f} %, what all runs show {100 * held_here:.0f} %"
        )


def choices(sweeps: Sequence[Sweep], seeds: int) -> str:
    """Tell what the chosen setting is worth beside that of the luckiest run."""
    regrets: dict[str, list[float]] = {"setting": [], "lucky run": []}
    held, tied = [], []
    for sweep, number in itertools.product(sweeps, range(SWEEPS)):
        best = sweep.best()
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
        f"  {seeds} seeds of {len(sweeps[0].settings)} settings: regret {shown}; "
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
        sweeps = []
        for draw in range(DRAWS):
            folder = (options.keep or Path(scratch)) / f"draw={draw}"
            truth = trained(folder, task, draw)
            sweeps.append(Sweep(cw.analyze_all([folder / "runs"]).rows, truth))
    print(f"{sum(len(sweep.rows) for sweep in sweeps)} trainings of {task.name}")
    print("\n".join(effects(sweeps)))
    print("the setting that is chosen, and that of the lucky run:")
    for seeds in REPEATS:
        print(choices(sweeps, seeds))


if __name__ == "__main__":
    main()
