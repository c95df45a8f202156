"""Supervised fine-tuning with one cause of trouble, or none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from train.network import Adam, Network, norm

from causes.texts import Data, Score, Task, base_model, floor, gradient, score


class Recipe(NamedTuple):
    """What one run trains on, and how.

    Parameters
    ----------
    examples, valid
        Sizes of the training and the validation set.
    epochs, evaluations
        How long the plan is, and how often it evaluates in that time.
    rate, schedule
        Learning rate, and ``constant``, ``linear`` or ``cosine``.
    azure
        Logged as the service does it: minibatches of the validation set by turns, a full pass an epoch.
    warmup, stop
        Shares of the plan: over which the rate rises, and after which the run ends.
    clip
        Largest norm of a gradient.
    """

    examples: int
    valid: int
    epochs: int
    evaluations: int
    rate: float
    schedule: str
    azure: bool
    warmup: float = 0.05
    stop: float = 1.0
    clip: float = 1.0
    copies: int = 1
    small: bool = False
    shuffled: bool = False
    elsewhere: bool = False
    leaked: float = 0.0


class Step(NamedTuple):
    """What a step leaves in the log."""

    step: int
    train: Score
    minibatch: Score | None
    gradient_norm: float
    rate: float


class Log(NamedTuple):
    """A training, and the truth about it.

    Parameters
    ----------
    steps, evaluations
        What was logged; evaluations are full passes over the validation set, by step.
    test
        Loss on a large test set before training (step 0) and at each evaluation.
    planned, per_epoch
        Steps of the whole plan, and of an epoch.
    """

    recipe: Recipe
    steps: list[Step]
    evaluations: dict[int, Score]
    test: dict[int, float]
    planned: int
    per_epoch: int
    task: Task

    @property
    def progress(self) -> float:
        """Share of the way from the base model to the floor that the last step has gone."""
        values = list(self.test.values())
        return (values[0] - values[-1]) / (values[0] - floor(self.task))

    @property
    def rise(self) -> float:
        """How far the last test loss lies above the lowest, as a share of that."""
        values = list(self.test.values())
        return values[-1] / min(values) - 1

    @property
    def gain(self) -> float:
        """Share of the start by which the test loss fell at best."""
        values = list(self.test.values())
        return 1 - min(values) / values[0]

    @property
    def early(self) -> float:
        """Share of the whole fall that is done shortly after the first epoch."""
        return self.progress_at(1.2 / self.recipe.epochs)

    @property
    def late(self) -> float:
        """Relative change of the test loss over the last three fifths of the run, either way."""
        steps, values = list(self.test), list(self.test.values())
        return abs(values[-1] / float(np.interp(0.4 * steps[-1], steps, values)) - 1)

    def progress_at(self, share: float) -> float:
        """Return the share of the whole fall to the lowest test loss that is done by a share of the steps."""
        steps, values = np.array(list(self.test)), np.array(list(self.test.values()))
        reached = float(np.interp(share * steps[-1], steps, values))
        return float((values[0] - reached) / max(values[0] - values.min(), 1e-9))


def healthy(rng: np.random.Generator, task: Task) -> Recipe:
    """Draw a recipe that works: enough examples, few epochs, a rate that suits and mostly falls."""
    epochs = int(rng.integers(2, 5))
    return Recipe(
        examples=int(task.many * rng.uniform(0.9, 1.3)),
        valid=int(rng.integers(60, 160)),
        epochs=epochs,
        evaluations=int(rng.choice([2, 3, 4, 5, 6, 8, 10, 15, 20, 30])),
        rate=task.rate * float(np.exp(rng.uniform(-0.3, 0.3))),
        schedule=str(rng.choice(["linear", "cosine", "linear", "constant"])),
        azure=bool(rng.random() < 0.4),
    )


def _changed(**changes: Callable[[np.random.Generator, Task, Recipe], Any]) -> Callable[..., Recipe]:
    """Return a function that draws a healthy recipe and changes some of it."""

    def draw(rng: np.random.Generator, task: Task) -> Recipe:
        recipe = healthy(rng, task)
        return recipe._replace(**{name: change(rng, task, recipe) for name, change in changes.items()})

    return draw


def _factor(low: float, high: float) -> Callable[[np.random.Generator, Task, Recipe], float]:
    return lambda rng, _, recipe: recipe.rate * float(np.exp(rng.uniform(np.log(low), np.log(high))))


def _between(low: int, high: int) -> Callable[[np.random.Generator, Task, Recipe], int]:
    return lambda rng, *_: int(rng.integers(low, high))


def _few(rng: np.random.Generator, task: Task, _: Recipe) -> int:
    return int(task.few * rng.uniform(1.0, 2.0))


def _plenty(rng: np.random.Generator, task: Task, _: Recipe) -> int:
    return int(1.5 * task.many * rng.uniform(0.9, 1.1))


def _half(rng: np.random.Generator, task: Task, _: Recipe) -> int:
    return int(0.5 * task.many * rng.uniform(0.9, 1.1))


def _constant(*_: object) -> str:
    return "constant"


_often = _between(4, 31)


RECIPES: dict[str, Callable[[np.random.Generator, Task], Recipe]] = {
    "healthy": healthy,
    "too_many_epochs": _changed(
        examples=_few, epochs=_between(10, 30), evaluations=_often, schedule=_constant
    ),
    "rate_too_low": _changed(rate=_factor(0.01, 0.03)),
    "rate_too_high": _changed(rate=_factor(12, 30), schedule=_constant),
    "diverged": _changed(
        rate=_factor(60, 2000), warmup=lambda rng, *_: rng.uniform(0.0, 0.6), clip=lambda *_: np.inf
    ),
    "shuffled_labels": _changed(shuffled=lambda *_: True),
    "validation_from_elsewhere": _changed(elsewhere=lambda *_: True),
    "model_too_small": _changed(small=lambda *_: True),
    "stopped_early": _changed(
        rate=_factor(0.1, 0.25),
        schedule=_constant,
        stop=lambda rng, *_: rng.uniform(0.2, 0.5),
        evaluations=_between(8, 60),
        epochs=_between(4, 9),
        examples=_half,
    ),
    "duplicates": _changed(examples=_few, copies=_between(10, 24), epochs=_between(1, 4)),
    "leakage": _changed(
        examples=_few,
        epochs=_between(12, 30),
        evaluations=_often,
        leaked=lambda rng, *_: rng.uniform(0.7, 1.0),
    ),
    "validation_of_8": _changed(valid=lambda *_: 8),
    "plateau_after_first_epoch": _changed(
        epochs=_between(4, 8),
        examples=_plenty,
        evaluations=_often,
        schedule=_constant,
        valid=_between(150, 300),
        rate=_factor(1.0, 2.0),
    ),
}
"""How each cause is injected."""

EFFECTS: dict[str, Callable[[Log], bool]] = {
    "healthy": lambda log: log.rise < 0.01 and log.progress > 0.75 and log.progress_at(0.7) > 0.95,
    "too_many_epochs": lambda log: log.rise > 0.08 and log.gain > 0.05,
    "rate_too_low": lambda log: log.progress < 0.4,
    "rate_too_high": lambda log: log.progress < 0.5,
    "diverged": lambda log: not list(log.test.values())[-1] < 1.2 * log.test[0],
    "stopped_early": lambda log: (
        len(log.evaluations) > 1 and log.progress < 0.85 and log.progress_at(0.7) < 0.9
    ),
    "model_too_small": lambda log: log.progress < 0.4,
    "duplicates": lambda log: log.rise > 0.05,
    "leakage": lambda log: log.rise > 0.03,
    "plateau_after_first_epoch": lambda log: log.early > 0.85 and log.late < 0.02,
}
"""Whether the cause had its effect, by the large test set; a run without it is drawn anew."""


def train(rng: np.random.Generator, task: Task, recipe: Recipe) -> Log:
    """Fine-tune the base model on sets of its own."""
    return fit(rng, task, recipe, *sets(rng, task, recipe))


def fit(rng: np.random.Generator, task: Task, recipe: Recipe, data: Data, held_out: Data, test: Data) -> Log:
    """Fine-tune the base model, with batches in an order of the generator's."""
    network: Network = base_model(task, small=recipe.small)
    per_epoch = max(1, len(data) // task.batch)
    planned = per_epoch * recipe.epochs
    last = max(4, round(planned * recipe.stop))
    every = per_epoch if recipe.azure else max(1, planned // recipe.evaluations)
    rotation = max(1, len(held_out) // task.batch)
    adam = Adam(network, clip=recipe.clip)
    log = Log(recipe, [], {}, {0: score(network, test).loss}, planned, per_epoch, task)
    with np.errstate(all="ignore"):
        for step in range(1, last + 1):
            place = (step - 1) % per_epoch
            if place == 0:
                order = rng.permutation(len(data))
            chosen = data.take(order[place * task.batch : (place + 1) * task.batch])
            slope, before = gradient(network, chosen)
            rate = recipe.rate * _schedule(recipe, step, planned)
            network = adam.step(network, slope, rate)
            minibatch = None
            if recipe.azure:
                turn = (step - 1) % rotation * task.batch + np.arange(min(task.batch, len(held_out)))
                minibatch = score(network, held_out.take(turn))
            log.steps.append(Step(step, before, minibatch, norm(slope), rate))
            if step % every == 0:
                log.evaluations[step] = score(network, held_out)
            if step % every == 0 or step == last:
                log.test[step] = score(network, test).loss
    return log


def sets(rng: np.random.Generator, task: Task, recipe: Recipe) -> tuple[Data, Data, Data]:
    """Return the sets for training, validation and test."""
    drawn = task.draw(rng, recipe.examples + recipe.valid + task.accurate, True)
    data, held_out, test = drawn.split(recipe.examples, recipe.valid, task.accurate)
    if recipe.shuffled:
        data, held_out = _shuffled(rng, task, data), _shuffled(rng, task, held_out)
    if recipe.elsewhere:
        renamed = np.arange(task.outputs)
        some = rng.permutation(task.outputs)[: max(3, task.outputs // 3)]
        renamed[some] = np.roll(some, 1)
        held_out = held_out.with_targets(renamed[held_out.targets])
    if recipe.leaked:
        known = rng.permutation(len(data))[: round(recipe.leaked * min(len(data), recipe.valid))]
        fresh = max(0, min(len(data), recipe.valid) - len(known))
        held_out = _joined(data.take(known), held_out.take(np.arange(fresh))) if fresh else data.take(known)
    if recipe.copies > 1:
        data = data.take(np.repeat(np.arange(len(data)), recipe.copies))
    return data, held_out, test


def _shuffled(rng: np.random.Generator, task: Task, data: Data) -> Data:
    """Give every example the form of another one; where there are no forms, every context another target."""
    if not task.form:
        return data.with_targets(rng.permutation(data.targets))
    other = rng.permutation(len(data))
    forms = data.contexts[data.start[other], : task.form]
    of = np.repeat(np.arange(len(data)), np.diff(data.start))
    contexts = np.concatenate([forms[of], data.contexts[:, task.form :]], axis=1)
    return Data(contexts, data.targets, data.start)


def _joined(one: Data, other: Data) -> Data:
    contexts, targets = (np.concatenate(pair) for pair in zip(one[:2], other[:2], strict=True))
    return Data(contexts, targets, np.concatenate([one.start, one.start[-1] + other.start[1:]]))


def _schedule(recipe: Recipe, step: int, planned: int) -> float:
    """Return the share of the peak rate at a step."""
    warm = min(1.0, step / max(1.0, recipe.warmup * planned))
    done = (step - 1) / planned
    left = {"constant": 1.0, "linear": 1 - done, "cosine": 0.5 + 0.5 * float(np.cos(np.pi * done))}
    return warm * left[recipe.schedule]
