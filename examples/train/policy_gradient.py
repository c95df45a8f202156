"""Reinforcement fine-tuning of the tiny model on sums: groups of rollouts, graded, and a policy gradient.

The gradient is that of GRPO (Shao et al., 2024) with one update a step: the advantage of a rollout
is its reward less the mean of its group, over the group's standard deviation.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from train import addition
from train.addition import Lengths
from train.network import Adam, Floats, Network, Tokens, backward, forward, log_likelihood, new_network, norm


class Settings(NamedTuple):
    """What to train on, and how.

    Parameters
    ----------
    prompts, group
        Problems of a step, and rollouts of each problem.
    loose
        Share of the training problems whose reference is stated loosely; see `addition.grades`.
    objective
        The rewards to learn from, for grades in which NaN means that there is none.
    eval_interval
        Steps between evaluations, beside the one at step 1; None for no evaluation at all.
    """

    seed: int
    steps: int
    learning_rate: float
    objective: Callable[[Floats], Floats]
    prompts: int = 96
    group: int = 8
    loose: float = 0.0
    eval_interval: int | None = 5
    valid_prompts: int = 190
    valid_samples: int = 3
    warmup: int = 10

    def rate_at(self, step: int) -> float:
        """Return the learning rate of a step, from 1: it rises linearly over the warm-up, then stays."""
        return self.learning_rate * min(1.0, step / self.warmup)


class Rollouts(NamedTuple):
    """Outputs of the model with their grades; everything has the shape (n,).

    Parameters
    ----------
    grades
        NaN for a rollout that got none.
    lengths
        Tokens of each output.
    finished
        Whether the output came to its end before the limit.
    """

    grades: Floats
    lengths: Lengths
    finished: NDArray[np.bool_]

    @property
    def work(self) -> Floats:
        """Tokens before the answer; all of them where there is no answer."""
        return np.where(np.isnan(self.grades), self.lengths, self.lengths - 3).astype(np.float64)


class Step(NamedTuple):
    """What one training step leaves in the log."""

    step: int
    train: Rollouts
    valid: Rollouts | None
    rewards: Floats
    loss: float
    entropy: float
    gradient_norm: float


def penalise_ungraded(grades: Floats) -> Floats:
    """Return the grades, and -1 for a rollout that got none: the reward of the managed services."""
    return np.where(np.isnan(grades), -1.0, grades)


def add_format_reward(grades: Floats) -> Floats:
    """Return the grades plus a half for an output that can be read: a sum of two reward functions."""
    return np.nan_to_num(grades) + 0.5 * ~np.isnan(grades)


def base_model() -> Network:
    """Train the base model on demonstrations, from random weights."""
    rng = np.random.default_rng(0)
    network = new_network(
        rng,
        vocabulary=addition.VOCABULARY,
        outputs=len(addition.TEXT),
        context=addition.CONTEXT,
        width=16,
        units=96,
    )
    adam = Adam(network)
    asked = addition.problems(rng, 6000)
    outputs, lengths = addition.demonstrations(rng, asked)
    for _ in range(900):
        rows = rng.integers(0, len(asked), 128)
        network = _update(network, adam, asked[rows], outputs[rows], lengths[rows], np.ones(128), 4e-3)[0]
    return network


def train(network: Network, settings: Settings) -> list[Step]:
    """Train a policy, and log every step."""
    rng = np.random.default_rng(settings.seed)
    held_out = np.repeat(addition.problems(rng, settings.valid_prompts), settings.valid_samples, axis=0)
    adam = Adam(network)
    log: list[Step] = []
    for step in range(1, settings.steps + 1):
        asked = addition.problems(rng, settings.prompts)
        loose = rng.random(settings.prompts) < settings.loose
        asked, loose = np.repeat(asked, settings.group, axis=0), np.repeat(loose, settings.group)
        outputs, lengths = sample(network, rng, asked)
        grades = addition.grades(asked, outputs, lengths, loose)
        rewards = settings.objective(grades)
        groups = rewards.reshape(-1, settings.group)
        centred = groups - groups.mean(axis=1, keepdims=True)
        advantage = (centred / (groups.std(axis=1, keepdims=True) + 1e-4)).reshape(-1)
        valid = None
        if settings.eval_interval and (step == 1 or step % settings.eval_interval == 0):
            valid = _roll_out(network, rng, held_out)
        network, loss, entropy, gradient_norm = _update(
            network, adam, asked, outputs, lengths, advantage, settings.rate_at(step)
        )
        finished = outputs[np.arange(len(asked)), lengths - 1] == addition.END
        rollouts = Rollouts(grades, lengths, finished)
        log.append(Step(step, rollouts, valid, rewards, loss, entropy, gradient_norm))
    return log


def sample(network: Network, rng: np.random.Generator, asked: Tokens) -> tuple[Tokens, Lengths]:
    """Let the model answer, token by token, at temperature 1; outputs of shape (n, LIMIT), and lengths."""
    outputs = np.full((len(asked), addition.LIMIT), addition.END)
    lengths = np.full(len(asked), addition.LIMIT)
    live = np.arange(len(asked))
    for position in range(addition.LIMIT):
        seen = forward(network, addition.contexts(asked[live], outputs[live], position))
        passed = np.exp(seen.log_probabilities).cumsum(axis=1) < rng.random((len(live), 1))
        outputs[live, position] = np.minimum(passed.sum(axis=1), addition.END)
        ended = outputs[live, position] == addition.END
        lengths[live[ended]] = position + 1
        live = live[~ended]
        if not len(live):
            break
    return outputs, lengths


def _roll_out(network: Network, rng: np.random.Generator, asked: Tokens) -> Rollouts:
    outputs, lengths = sample(network, rng, asked)
    grades = addition.grades(asked, outputs, lengths, np.zeros(len(asked), bool))
    return Rollouts(grades, lengths, outputs[np.arange(len(asked)), lengths - 1] == addition.END)


def _update(
    network: Network,
    adam: Adam,
    asked: Tokens,
    outputs: Tokens,
    lengths: Lengths,
    advantage: Floats,
    learning_rate: float,
) -> tuple[Network, float, float, float]:
    """Take one step; returns the network, the loss, the mean entropy and the norm of the gradient."""
    contexts, targets, weights = [], [], []
    for position in range(int(lengths.max())):
        live = lengths > position
        contexts.append(addition.contexts(asked[live], outputs[live], position))
        targets.append(outputs[live, position])
        weights.append(advantage[live])
    context, target = np.concatenate(contexts), np.concatenate(targets)
    weight = np.concatenate(weights) / len(target)
    seen = forward(network, context)
    gradient = backward(network, context, target, weight, seen)
    entropy = -(np.exp(seen.log_probabilities) * seen.log_probabilities).sum(axis=1).mean()
    loss = -float((weight * log_likelihood(seen, target)).sum())
    return adam.step(network, gradient, learning_rate), loss, float(entropy), norm(gradient)
