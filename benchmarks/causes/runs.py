"""Every training of the benchmark: made, written as users have it, and what is true of it."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from causes import files, preferences, rewards, supervised, texts

MOST_DRAWS = 8
"""Trainings after which a cause is given up that had no effect."""

LEAST_GAIN = 0.02
"""Rise of the score, or relative fall of the loss, from which on training helped."""


class Family(NamedTuple):
    """A kind of training: its causes, its tasks, and how a run is made and logged."""

    module: Any
    tasks: tuple[Any, ...]
    write: Callable[[Path, Any, np.random.Generator], Path]
    truth: Callable[[Any], dict[int, float]]
    higher: bool


FAMILIES = {
    "supervised": Family(supervised, texts.TASKS, files.write_supervised, lambda log: log.test, higher=False),
    "rewards": Family(rewards, rewards.TASKS, files.write_rewards, lambda log: log.truth, higher=True),
    "preferences": Family(
        preferences, preferences.TASKS, files.write_preferences, lambda log: log.truth, higher=False
    ),
}


class Made(NamedTuple):
    """A training with its cause.

    Parameters
    ----------
    path
        The file that curvewise reads.
    truth
        By step, what was measured on a large test set; the base model is step 0.
    logged
        By step, what the log holds of it: validation where there is some, else training.
    higher
        Whether higher is better.
    """

    cause: str
    family: str
    task: str
    seed: int
    path: Path
    truth: dict[int, float]
    logged: dict[int, float]
    higher: bool

    @property
    def label(self) -> str:
        """Name of the run."""
        return f"{self.cause}-{self.task}-{self.seed}"

    def lost(self, step: int) -> float:
        """Return the share of the span of true values that is lost by a step; 0 is the base model."""
        steps, values = np.array(list(self.truth)), np.array(list(self.truth.values()))
        values = values if self.higher else -values
        values = np.nan_to_num(values, nan=values[0])
        # what diverged would make every other difference vanish, so the span is that from the base model
        span = max(values.max() - values[0], 0.25 * (values.max() - values.min()))
        taken = float(np.interp(step, steps, values))
        return min(1.0, (float(values.max()) - taken) / max(float(span), 1e-9))

    @property
    def helped(self) -> bool:
        """Whether some checkpoint is better than the base model, so that there is something to choose."""
        values = np.nan_to_num(list(self.truth.values()), nan=np.inf)
        gain = max(values) - values[0] if self.higher else 1 - min(values) / values[0]
        return bool(gain > LEAST_GAIN)

    @property
    def last(self) -> int:
        """The last step."""
        return max(self.truth)

    def plain(self) -> int:
        """Return the step of the best logged value, the last where there is none."""
        finite = {step: value for step, value in self.logged.items() if np.isfinite(value)}
        if not finite:
            return self.last
        return (max if self.higher else min)(finite, key=lambda step: finite[step])


def make(folder: Path, seeds: Iterable[int], only: Iterable[str] = ("",)) -> Iterator[Made]:
    """Train every run whose name holds one of some texts, and write it below a folder."""
    for family, kind in FAMILIES.items():
        for cause in kind.module.RECIPES:
            for task in kind.tasks:
                for seed in seeds:
                    name = f"{family}/{cause}-{task.name}-{seed}"
                    if any(text in name for text in only):
                        yield from _one(folder, family, cause, task, seed)


def _one(folder: Path, family: str, cause: str, task: Any, seed: int) -> Iterator[Made]:
    kind = FAMILIES[family]
    own = [seed, zlib.crc32(f"{cause}/{task.name}".encode())]
    rng, trainer = np.random.default_rng(own), np.random.default_rng([*own, 1])
    worked = kind.module.EFFECTS.get(cause, lambda _: True)
    for _ in range(MOST_DRAWS):
        log = kind.module.train(rng, task, kind.module.RECIPES[cause](rng, task))
        if worked(log):
            place = folder / f"{cause}-{task.name}-{seed}"
            place.mkdir(parents=True)
            path = kind.write(place, log, trainer)
            yield Made(cause, family, task.name, seed, path, kind.truth(log), _logged(log), kind.higher)
            return


def _logged(log: Any) -> dict[int, float]:
    """Return what a plain rule looks at: the validation loss or reward, else the training reward."""
    if isinstance(log, supervised.Log):
        return {step: score.loss for step, score in log.evaluations.items()}
    if isinstance(log, preferences.Log):
        return {step.step: step.metrics["loss"] for step in log.evaluations}
    taken = np.nanmean if log.recipe.azure else lambda rewards: np.nan_to_num(rewards).mean()
    with np.errstate(all="ignore"):
        measured = {step.step: float(taken(step.valid[1].rewards)) for step in log.steps if step.valid}
    return measured or {step.step: float(np.nan_to_num(step.graded.rewards).mean()) for step in log.steps}
