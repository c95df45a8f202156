"""Supervised fine-tuning of the tiny language model on the support desk's replies."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from train import support_desk
from train.network import Adam, Network, Pass, Tokens, backward, forward, log_likelihood, new_network, norm
from train.support_desk import Tokenized


class Settings(NamedTuple):
    """What to train on, and how.

    Parameters
    ----------
    train_examples, valid_examples
        Sizes of the two sets; their examples are drawn from the same grammar.
    epochs, batch
        Passes over the training set, and examples of a step.
    learning_rate, decay
        Step size of Adam, and whether it falls linearly to zero.
    """

    seed: int
    train_examples: int
    valid_examples: int
    epochs: int
    batch: int
    learning_rate: float
    decay: bool = False

    @property
    def steps_per_epoch(self) -> int:
        """Steps of one pass over the training set; a last partial batch is left out."""
        return self.train_examples // self.batch

    def rate_at(self, step: int) -> float:
        """Return the learning rate of a step, from 1."""
        left = 1.0 - (step - 1) / (self.epochs * self.steps_per_epoch)
        return self.learning_rate * (left if self.decay else 1.0)


class Score(NamedTuple):
    """Mean loss in nats and share of right predictions, both by token."""

    loss: float
    accuracy: float


class Step(NamedTuple):
    """What one training step leaves in the log."""

    step: int
    train: Score
    valid: Score
    full_valid: Score | None
    gradient_norm: float
    learning_rate: float
    tokens: int


def score(network: Network, data: Tokenized, examples: Tokens) -> Score:
    """Judge a network on some examples."""
    rows = data.rows(examples)
    return _score(forward(network, data.contexts[rows]), data.targets[rows])


def _score(seen: Pass, targets: Tokens) -> Score:
    right = seen.log_probabilities.argmax(axis=1) == targets
    return Score(-float(log_likelihood(seen, targets).mean()), float(right.mean()))


def draw(rng: np.random.Generator, size: int, *, own_desk: bool = True) -> Tokenized:
    """Draw a data set."""
    return support_desk.tokenize([support_desk.write_example(rng, own_desk=own_desk) for _ in range(size)])


def base_model() -> Network:
    """Train the base model, from random weights, on the replies of another desk."""
    rng = np.random.default_rng(0)
    data = draw(rng, 2000, own_desk=False)
    context = support_desk.PROMPT + support_desk.WINDOW
    size = len(support_desk.VOCABULARY)
    network = new_network(rng, vocabulary=size, outputs=size, context=context, width=16, units=128)
    adam = Adam(network)
    for _ in range(3):
        for chosen in rng.permutation(len(data))[:1984].reshape(-1, 32):
            rows = data.rows(chosen)
            contexts, targets = data.contexts[rows], data.targets[rows]
            weights = np.full(len(rows), 1.0 / len(rows))
            gradient = backward(network, contexts, targets, weights, forward(network, contexts))
            network = adam.step(network, gradient, 4e-3)
    return network


def train(network: Network, settings: Settings) -> list[Step]:
    """Fine-tune a network, and log every step.

    ``valid`` is taken on one minibatch of the validation set, in a fixed rotation; ``full_valid``
    on all of it, at the end of each epoch.
    """
    rng = np.random.default_rng(settings.seed)
    data, held_out = draw(rng, settings.train_examples), draw(rng, settings.valid_examples)
    adam = Adam(network)
    rotation = np.arange(len(held_out)).reshape(-1, settings.batch)
    log: list[Step] = []
    for _ in range(settings.epochs):
        order = rng.permutation(len(data))[: settings.steps_per_epoch * settings.batch]
        for chosen in order.reshape(-1, settings.batch):
            step = len(log) + 1
            rows = data.rows(chosen)
            contexts, targets = data.contexts[rows], data.targets[rows]
            seen = forward(network, contexts)
            before = _score(seen, targets)
            gradient = backward(network, contexts, targets, np.full(len(rows), 1.0 / len(rows)), seen)
            network = adam.step(network, gradient, settings.rate_at(step))
            full = step % settings.steps_per_epoch == 0
            log.append(
                Step(
                    step=step,
                    train=before,
                    valid=score(network, held_out, rotation[(step - 1) % len(rotation)]),
                    full_valid=score(network, held_out, np.arange(len(held_out))) if full else None,
                    gradient_norm=norm(gradient),
                    learning_rate=settings.rate_at(step),
                    tokens=len(rows),
                )
            )
    return log
