"""Preference tuning (DPO; Rafailov et al., 2023) with one cause of trouble, or none."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray
from train.network import Adam, Floats, Network, Tokens, backward, forward, log_likelihood, new_network, norm

BETA = 0.1
ACCURATE = 600
"""Pairs of the set that the truth is taken on."""


class Pairs(NamedTuple):
    """Prompts, each with a chosen and a rejected answer, as the task has them."""

    prompts: NDArray[np.int64]
    chosen: NDArray[np.int64]
    rejected: NDArray[np.int64]

    def take(self, rows: Tokens) -> Pairs:
        """Return some of the pairs."""
        return Pairs(*(part[rows] for part in self))


class Policy(Protocol):
    """What is trained: it gives answers log-probabilities, and can be moved."""

    def log_probability(self, prompts: Tokens, answers: Tokens) -> Floats:
        """Return the log-probability of each answer."""

    def step(self, prompts: Tokens, answers: Tokens, weights: Floats, rate: float) -> float:
        """Raise each answer's log-probability by its weight; returns the norm of the gradient."""


class Task(NamedTuple):
    """A task.

    Parameters
    ----------
    policy
        A new policy that is the base model.
    draw
        Draws pairs, the better answer first; answers that are alike differ in little.
    rate
        A learning rate that suits.
    few, many
        Pairs that are learned by heart, and that are not.
    """

    name: str
    policy: Callable[[], Policy]
    draw: Callable[[np.random.Generator, int, bool], Pairs]
    rate: float
    few: int
    many: int


WORDS, LENGTH, KINDS = 10, 8, 2
"""Words of the made-up language and of an answer, and kinds of prompts."""
_TASTE = np.random.default_rng(41).normal(0.0, 1.0, (KINDS, WORDS, WORDS))
"""How much a reader likes a word after another one, by the kind of prompt."""


class Writer:
    """A tiny language model that answers word by word."""

    def __init__(self, network: Network) -> None:
        self.network, self.adam = network, Adam(network)

    @staticmethod
    def contexts(prompts: Tokens, answers: Tokens) -> Tokens:
        """Return prompt and last two words for each word of each answer."""
        padded = np.concatenate([np.full((len(answers), 2), WORDS), answers], axis=1)
        pairs = np.stack([padded[:, :LENGTH], padded[:, 1 : LENGTH + 1]], axis=2)
        asked = np.broadcast_to(WORDS + 1 + prompts[:, None, None], (len(prompts), LENGTH, 1))
        return np.concatenate([asked, pairs], axis=2).reshape(-1, 3)

    def log_probability(self, prompts: Tokens, answers: Tokens) -> Floats:
        """Return the log-probability of each answer."""
        seen = forward(self.network, self.contexts(prompts, answers))
        return np.asarray(log_likelihood(seen, answers.reshape(-1)).reshape(-1, LENGTH).sum(axis=1))

    def step(self, prompts: Tokens, answers: Tokens, weights: Floats, rate: float) -> float:
        """Raise each answer's log-probability by its weight."""
        contexts = self.contexts(prompts, answers)
        seen = forward(self.network, contexts)
        gradient = backward(self.network, contexts, answers.reshape(-1), np.repeat(weights, LENGTH), seen)
        self.network = self.adam.step(self.network, gradient, rate)
        return norm(gradient)


@cache
def _writer() -> Network:
    """Train the base model on answers of no particular taste."""
    rng = np.random.default_rng(0)
    network = new_network(rng, vocabulary=WORDS + 1 + KINDS, outputs=WORDS, context=3, width=8, units=48)
    base = Writer(network)
    for _ in range(250):
        prompts = rng.integers(0, KINDS, 32)
        base.step(prompts, _plain(rng, prompts), np.full(32, 1 / 256), 5e-3)
    return base.network


_HABIT = np.exp(np.random.default_rng(42).normal(0.0, 1.2, (WORDS, WORDS)))
_HABIT_CUMULATED = (_HABIT / _HABIT.sum(axis=1, keepdims=True)).cumsum(axis=1)


def _plain(rng: np.random.Generator, prompts: Tokens) -> Tokens:
    answers = rng.integers(0, WORDS, (len(prompts), LENGTH))
    for position in range(1, LENGTH):
        passed = _HABIT_CUMULATED[answers[:, position - 1]] < rng.random((len(prompts), 1))
        answers[:, position] = np.minimum(passed.sum(axis=1), WORDS - 1)
    return answers


def _liked(prompts: Tokens, answers: Tokens) -> Floats:
    return np.asarray(_TASTE[prompts[:, None], answers[:, :-1], answers[:, 1:]].sum(axis=1))


def _answer_pairs(rng: np.random.Generator, size: int, alike: bool) -> Pairs:
    """Draw two answers to each prompt, and put the one that is liked more first."""
    prompts = rng.integers(0, KINDS, size)
    one, other = _plain(rng, prompts), _plain(rng, prompts)
    if alike:  # but for one word
        other = one.copy()
        where = rng.integers(1, LENGTH, size)
        other[np.arange(size), where] = (one[np.arange(size), where] + rng.integers(1, WORDS, size)) % WORDS
    better = (_liked(prompts, one) + rng.logistic(0, 0.6, size) > _liked(prompts, other))[:, None]
    return Pairs(prompts, np.where(better, one, other), np.where(better, other, one))


OFFERS, FEATURES = 40, 48
"""Answers that there are to a prompt, and what is known of each."""
_PROMPTS = 2000
_SEEN = np.random.default_rng(43).normal(0.0, 1.0, (_PROMPTS, OFFERS, FEATURES)) + np.random.default_rng(
    44
).normal(0.0, 1.5, (_PROMPTS, 1, FEATURES))
_WORTH = np.random.default_rng(45).normal(0.0, 0.35, FEATURES)
_HIDDEN = 32


class Layers:
    """Matrices of weights, and Adam's moments of each."""

    def __init__(self, *weights: Floats) -> None:
        self.weights = list(weights)
        self.moments = [(np.zeros_like(part), np.zeros_like(part)) for part in weights]
        self.steps = 0

    def step(self, gradients: list[Floats], rate: float) -> float:
        """Take a step of Adam, the gradient clipped to a norm of 1, and return that norm."""
        size = float(np.sqrt(sum(float((part**2).sum()) for part in gradients)))
        self.steps += 1
        for index, (part, (mean, square)) in enumerate(zip(gradients, self.moments, strict=True)):
            part = part * min(1.0, 1.0 / max(size, 1e-12))
            mean += 0.1 * (part - mean)
            square += 0.001 * (part**2 - square)
            ahead = (mean / (1 - 0.9**self.steps)) / (np.sqrt(square / (1 - 0.999**self.steps)) + 1e-8)
            self.weights[index] = self.weights[index] - rate * ahead
        return size


class Chooser:
    """A policy that offers one of a set of answers, by scores of a small network on their features."""

    def __init__(self) -> None:
        rng = np.random.default_rng(46)
        self.layers = Layers(
            rng.normal(0.0, FEATURES**-0.5, (FEATURES, _HIDDEN)),
            rng.normal(0.0, 0.8 * _HIDDEN**-0.5, (_HIDDEN, 1)),
        )

    def _scores(self, prompts: Tokens) -> tuple[Floats, Floats]:
        hidden = np.tanh(_SEEN[prompts] @ self.layers.weights[0])
        scores = (hidden @ self.layers.weights[1])[:, :, 0]
        scores -= scores.max(axis=1, keepdims=True)
        return hidden, scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))

    def log_probability(self, prompts: Tokens, answers: Tokens) -> Floats:
        """Return the log-probability of each answer."""
        return np.asarray(self._scores(prompts)[1][np.arange(len(prompts)), answers])

    def step(self, prompts: Tokens, answers: Tokens, weights: Floats, rate: float) -> float:
        """Raise each answer's log-probability by its weight, with Adam."""
        hidden, scores = self._scores(prompts)
        slope = np.exp(scores)
        slope[np.arange(len(prompts)), answers] -= 1.0
        slope *= weights[:, None]
        inner = slope[:, :, None] * self.layers.weights[1][:, 0] * (1 - hidden**2)
        gradients = [
            np.einsum("pof,poh->fh", _SEEN[prompts], inner),
            np.einsum("poh,po->h", hidden, slope)[:, None],
        ]
        return self.layers.step(gradients, rate)


def _offer_pairs(rng: np.random.Generator, size: int, alike: bool) -> Pairs:
    """Draw two of the answers to each prompt, and put the more useful one first."""
    prompts = rng.integers(0, _PROMPTS, size)
    one, other = rng.integers(0, OFFERS, size), rng.integers(0, OFFERS - 1, size)
    if alike:  # of the less likely half, and the closest there is
        order = np.argsort(np.linalg.norm(_SEEN[prompts] - _SEEN[prompts, one][:, None], axis=2), axis=1)
        other = order[:, 1]
    else:
        other = other + (other >= one)
    worth = _SEEN[prompts] @ _WORTH
    rows = np.arange(size)
    better = worth[rows, one] + rng.logistic(0, 1.2, size) > worth[rows, other]
    return Pairs(prompts, np.where(better, one, other), np.where(better, other, one))


TRAITS, ASKED = 24, 6
"""Traits that an answer has or has not, and numbers that describe a prompt."""
_CASES = np.random.default_rng(51).normal(0.0, 1.0, (_PROMPTS, ASKED))
_LIKING = np.random.default_rng(52).normal(0.0, 0.5, (ASKED, TRAITS))
_TOGETHER = np.triu(np.random.default_rng(53).normal(0.0, 0.35, (TRAITS, TRAITS)), 1)


class Stylist:
    """A policy that gives its answer each of some traits or not, by a small network on the prompt."""

    def __init__(self) -> None:
        rng = np.random.default_rng(54)
        self.layers = Layers(rng.normal(0.0, ASKED**-0.5, (ASKED, 40)), rng.normal(0.0, 0.15, (40, TRAITS)))

    def log_probability(self, prompts: Tokens, answers: Tokens) -> Floats:
        """Return the log-probability of each answer."""
        scores = np.tanh(_CASES[prompts] @ self.layers.weights[0]) @ self.layers.weights[1]
        return np.asarray(-np.logaddexp(0.0, np.where(answers == 1, -scores, scores)).sum(axis=1))

    def step(self, prompts: Tokens, answers: Tokens, weights: Floats, rate: float) -> float:
        """Raise each answer's log-probability by its weight, with Adam."""
        hidden = np.tanh(_CASES[prompts] @ self.layers.weights[0])
        slope = (1 / (1 + np.exp(-hidden @ self.layers.weights[1])) - answers) * weights[:, None]
        inner = (slope @ self.layers.weights[1].T) * (1 - hidden**2)
        return self.layers.step([_CASES[prompts].T @ inner, hidden.T @ slope], rate)


def _trait_pairs(rng: np.random.Generator, size: int, alike: bool) -> Pairs:
    """Draw two sets of traits to each prompt, and put the one that is liked more first."""
    prompts = rng.integers(0, _PROMPTS, size)
    one, other = rng.integers(0, 2, (2, size, TRAITS))
    if alike:  # but for one trait
        other = one.copy()
        other[np.arange(size), rng.integers(0, TRAITS, size)] ^= 1
    liked = [
        ((_CASES[prompts] @ _LIKING) * traits).sum(axis=1)
        + np.einsum("ni,ij,nj->n", traits, _TOGETHER, traits)
        for traits in (one, other)
    ]
    better = (liked[0] + rng.logistic(0, 0.5, size) > liked[1])[:, None]
    return Pairs(prompts, np.where(better, one, other), np.where(better, other, one))


TASKS = (
    Task("answers", lambda: Writer(_writer()), _answer_pairs, 0.005, 48, 1200),
    Task("offers", Chooser, _offer_pairs, 0.006, 48, 1000),
    Task("traits", Stylist, _trait_pairs, 0.006, 48, 1200),
)
"""Answers of eight words, answers picked from a set, and answers with traits or without."""


class Recipe(NamedTuple):
    """What one run trains on, and how.

    Parameters
    ----------
    sft
        Weight of the log-likelihood of the chosen answers, by word (``rpo_alpha`` of TRL).
    """

    pairs: int
    valid: int
    epochs: int
    evaluations: int
    rate: float
    decay: bool
    sft: float = 0.0
    alike: bool = False
    random: bool = False


class Step(NamedTuple):
    """What TRL logs of a batch or of an evaluation, by its names there."""

    step: int
    metrics: dict[str, float]
    gradient_norm: float
    rate: float


class Log(NamedTuple):
    """A training, and the truth: mean loss on many pairs that are labelled right, by step."""

    recipe: Recipe
    steps: list[Step]
    evaluations: list[Step]
    truth: dict[int, float]
    planned: int
    per_epoch: int

    def last(self, metric: str) -> float:
        """Return the mean of a training metric over the last tenth of the steps."""
        return float(np.mean([step.metrics[metric] for step in self.steps[-max(3, len(self.steps) // 10) :]]))


BATCH = 16


def healthy(rng: np.random.Generator, task: Task) -> Recipe:
    """Draw a recipe that works; a third of them with an SFT term."""
    return Recipe(
        pairs=int(task.many * rng.uniform(0.9, 1.3)),
        valid=int(rng.integers(60, 200)),
        epochs=int(rng.integers(1, 4)),
        evaluations=int(rng.choice([2, 3, 4, 5, 6, 8, 10, 15, 20])),
        rate=task.rate * float(np.exp(rng.uniform(-0.3, 0.3))),
        decay=bool(rng.random() < 0.7),
        sft=0.3 if rng.random() < 0.35 else 0.0,
    )


def _displaced(rng: np.random.Generator, task: Task) -> Recipe:
    recipe = healthy(rng, task)
    return recipe._replace(alike=True, rate=3 * recipe.rate, epochs=int(rng.integers(2, 5)), sft=0.0)


def _random(rng: np.random.Generator, task: Task) -> Recipe:
    return healthy(rng, task)._replace(random=True, epochs=int(rng.integers(1, 3)))


def _overfit(rng: np.random.Generator, task: Task) -> Recipe:
    recipe = healthy(rng, task)
    pairs, epochs = int(task.few * rng.uniform(1, 2)), int(rng.integers(30, 60))
    evaluations, rate = int(rng.integers(4, 21)), 4 * recipe.rate
    return recipe._replace(
        pairs=pairs, epochs=epochs, evaluations=evaluations, decay=False, rate=rate, sft=0.0
    )


RECIPES: dict[str, Callable[[np.random.Generator, Task], Recipe]] = {
    "preferences_healthy": healthy,
    "displaced": _displaced,
    "random_pairs": _random,
    "preferences_overfit": _overfit,
}
"""How each cause is injected."""


def _rise(log: Log) -> float:
    values = list(log.truth.values())
    return values[-1] / min(values) - 1


EFFECTS: dict[str, Callable[[Log], bool]] = {
    "preferences_healthy": lambda log: _rise(log) < 0.02 and log.last("rewards/chosen") > -0.3,
    "displaced": lambda log: log.last("rewards/chosen") < -0.6 and log.last("rewards/margins") > 0.2,
    "preferences_overfit": lambda log: _rise(log) > 0.08 and log.last("rewards/accuracies") > 0.9,
}
"""Whether the cause had its effect; a run without it is drawn anew."""


def train(rng: np.random.Generator, task: Task, recipe: Recipe) -> Log:
    """Tune the base model on pairs."""
    policy, base = task.policy(), task.policy()
    pairs, held_out = (task.draw(rng, size, recipe.alike) for size in (recipe.pairs, recipe.valid))
    test = task.draw(rng, ACCURATE, recipe.alike)
    if recipe.random:
        pairs, held_out = _flipped(rng, pairs), _flipped(rng, held_out)

    def judge(seen: Pairs) -> tuple[dict[str, float], Floats]:
        values = [
            (policy.log_probability(seen.prompts, answers), base.log_probability(seen.prompts, answers))
            for answers in (seen.chosen, seen.rejected)
        ]
        chosen, rejected = (BETA * (now - before) for now, before in values)
        margin = chosen - rejected
        likelihood = -float(values[0][0].mean()) / LENGTH
        loss = float(np.logaddexp(0, -margin).mean())
        metrics = {
            "loss": loss + recipe.sft * likelihood,
            "rewards/chosen": float(chosen.mean()),
            "rewards/rejected": float(rejected.mean()),
            "rewards/accuracies": float((margin > 0).mean()),
            "rewards/margins": float(margin.mean()),
            "logps/chosen": float(values[0][0].mean()),
            "logps/rejected": float(values[1][0].mean()),
        }
        return metrics | ({"nll_loss": likelihood} if recipe.sft else {}), margin

    def truth() -> float:
        return float(np.logaddexp(0, -judge(test)[1]).mean())

    per_epoch = len(pairs.prompts) // BATCH
    planned = per_epoch * recipe.epochs
    every = max(1, planned // recipe.evaluations)
    log = Log(recipe, [], [], {0: truth()}, planned, per_epoch)
    for step in range(1, planned + 1):
        place = (step - 1) % per_epoch
        if place == 0:
            order = rng.permutation(len(pairs.prompts))
        batch = pairs.take(order[place * BATCH : (place + 1) * BATCH])
        metrics, margin = judge(batch)
        pull = BETA / (1 + np.exp(margin)) / BATCH
        rate = recipe.rate * min(1.0, 10 * step / planned) * (1 - (step - 1) / planned if recipe.decay else 1)
        size = policy.step(
            np.concatenate([batch.prompts, batch.prompts]),
            np.concatenate([batch.chosen, batch.rejected]),
            np.concatenate([pull + recipe.sft / LENGTH / BATCH, -pull]),
            rate,
        )
        log.steps.append(Step(step, metrics, size, rate))
        if step % every == 0:
            log.evaluations.append(Step(step, judge(held_out)[0], size, rate))
        if step % every == 0 or step == planned:
            log.truth[step] = truth()
    return log


def _flipped(rng: np.random.Generator, pairs: Pairs) -> Pairs:
    """Label every pair by a coin."""
    coin = rng.random(len(pairs.prompts)) < 0.5
    where = coin if pairs.chosen.ndim == 1 else coin[:, None]
    return Pairs(
        pairs.prompts,
        np.where(where, pairs.chosen, pairs.rejected),
        np.where(where, pairs.rejected, pairs.chosen),
    )
