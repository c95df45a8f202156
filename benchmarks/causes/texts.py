"""The supervised tasks: what a tiny network, trained on something akin, is fine-tuned to predict."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import NamedTuple

import numpy as np
from train import support_desk
from train.network import Adam, Floats, Network, Tokens, backward, forward, log_likelihood, new_network


class Data(NamedTuple):
    """Examples as contexts and the token that follows each.

    Parameters
    ----------
    contexts, targets
        One row a predicted token, shapes (rows, context) and (rows,).
    start
        Where each example begins, and the end, shape (examples + 1,).
    """

    contexts: Tokens
    targets: Tokens
    start: Tokens

    def __len__(self) -> int:
        return len(self.start) - 1

    def take(self, examples: Tokens) -> Data:
        """Return some of the examples, in this order."""
        rows = np.concatenate([np.arange(self.start[i], self.start[i + 1]) for i in examples])
        lengths = self.start[examples + 1] - self.start[examples]
        return Data(self.contexts[rows], self.targets[rows], np.concatenate([[0], np.cumsum(lengths)]))

    def split(self, *sizes: int) -> list[Data]:
        """Return sets of so many examples, one after the other."""
        ends = np.cumsum(sizes)
        return [self.take(np.arange(end - size, end)) for size, end in zip(sizes, ends, strict=True)]

    def with_targets(self, targets: Tokens) -> Data:
        """Return the same contexts with other targets."""
        return Data(self.contexts, targets, self.start)


class Task(NamedTuple):
    """A task and the settings under which it trains well.

    Parameters
    ----------
    draw
        Draws examples: of the base model's own task when `own` is false.
    tokens, outputs, context, width, units
        Sizes of the network.
    rate, batch
        A learning rate that suits, and examples of a step.
    few, many
        Training examples that are learned by heart, and that are not.
    accurate
        Examples of the set that the truth is taken on.
    form
        Columns of the context that hold a form to answer; none when the text just goes on.
    """

    name: str
    draw: Callable[[np.random.Generator, int, bool], Data]
    tokens: int
    outputs: int
    context: int
    width: int
    units: int
    rate: float
    batch: int
    few: int
    many: int
    accurate: int
    form: int = 0

    def network(self, rng: np.random.Generator, *, width: int, units: int) -> Network:
        """Return a network with random weights."""
        return new_network(
            rng,
            vocabulary=self.tokens,
            outputs=self.outputs,
            context=self.context,
            width=width,
            units=units,
        )


class Score(NamedTuple):
    """Mean loss in nats and share of right predictions, both by token."""

    loss: float
    accuracy: float


def score(network: Network, data: Data) -> Score:
    """Judge a network on some examples."""
    seen = forward(network, data.contexts)
    right = seen.log_probabilities.argmax(axis=1) == data.targets
    return Score(-float(log_likelihood(seen, data.targets).mean()), float(right.mean()))


def gradient(network: Network, data: Data) -> tuple[Network, Score]:
    """Return the gradient of the mean loss, and the score before the step."""
    seen = forward(network, data.contexts)
    right = seen.log_probabilities.argmax(axis=1) == data.targets
    weights = np.full(len(data.targets), 1.0 / len(data.targets))
    loss = -float(log_likelihood(seen, data.targets).mean())
    slope = backward(network, data.contexts, data.targets, weights, seen)
    return slope, Score(loss, float(right.mean()))


@cache
def base_model(task: Task, *, small: bool = False) -> Network:
    """Train the base model from random weights; a small one has next to no hidden layer."""
    rng = np.random.default_rng(0)
    sizes = {"width": 2, "units": 2} if small else {"width": task.width, "units": task.units}
    network = task.network(rng, **sizes)
    data, adam = task.draw(rng, 2 * task.many, False), Adam(network)
    for _ in range(300):
        slope, _ = gradient(network, data.take(rng.integers(0, len(data), 2 * task.batch)))
        network = adam.step(network, slope, 4e-3)
    return network


@cache
def floor(task: Task) -> float:
    """Return the loss that a long training on plenty of examples comes down to."""
    rng = np.random.default_rng(1)
    network, adam = base_model(task), Adam(base_model(task))
    data, test = task.draw(rng, 3 * task.many, True), task.draw(rng, task.accurate, True)
    for step in range(400):
        slope, _ = gradient(network, data.take(rng.integers(0, len(data), 2 * task.batch)))
        network = adam.step(network, slope, task.rate * (1 - step / 400))
    return score(network, test).loss


LETTERS, LINE = 24, 18
"""Tokens of the made-up language, and of an example."""


def _language(own: bool) -> Floats:
    """Return the distribution of the next letter after each two: two languages that share a half."""
    rng = np.random.default_rng(7)
    last, second, pair = (
        rng.normal(0.0, size, shape)
        for size, shape in ((1.6, (1, LETTERS, LETTERS)), (1.0, (LETTERS, 1, LETTERS)), (0.7, (LETTERS,) * 3))
    )
    if own:
        changed = np.random.default_rng(8).permutation(LETTERS)[: LETTERS // 2]
        last[:, changed] = np.random.default_rng(9).normal(0.0, 1.6, (len(changed), LETTERS))
    scores = np.exp(last + second + pair)
    return np.asarray(scores / scores.sum(axis=2, keepdims=True))


_CUMULATED = {own: _language(own).cumsum(axis=2) for own in (False, True)}


def _letters(rng: np.random.Generator, size: int, own: bool) -> Data:
    """Draw lines of a language with a memory of two letters."""
    text = rng.integers(0, LETTERS, (size, LINE + 4))
    for position in range(2, LINE + 4):
        passed = _CUMULATED[own][text[:, position - 2], text[:, position - 1]] < rng.random((size, 1))
        text[:, position] = np.minimum(passed.sum(axis=1), LETTERS - 1)
    contexts = np.stack([text[:, position : position + LINE] for position in range(4)], axis=2)
    return Data(contexts.reshape(-1, 4), text[:, 4:].reshape(-1), np.arange(size + 1) * LINE)


FIELDS, VALUES, CLASSES = 6, 8, 6
"""Fields of a record, values of each, and classes to sort it into."""
WRONG = 0.08
"""Share of the records with a label drawn at random."""


def _records(rng: np.random.Generator, size: int, own: bool) -> Data:
    """Draw records and the class that each belongs to; two sets of rules that share the half."""
    rules = np.random.default_rng(17).normal(0.0, 1.3, (FIELDS, VALUES, CLASSES))
    if own:
        rules[FIELDS // 2 :] = np.random.default_rng(18).normal(0.0, 1.3, rules[FIELDS // 2 :].shape)
    values = rng.integers(0, VALUES, (size, FIELDS))
    labels = rules[np.arange(FIELDS), values].sum(axis=1).argmax(axis=1)
    labels = np.where(rng.random(size) < WRONG, rng.integers(0, CLASSES, size), labels)
    return Data(values + VALUES * np.arange(FIELDS), labels, np.arange(size + 1))


@cache
def _all_replies(own: bool) -> Data:
    rng = np.random.default_rng(27)
    written = [support_desk.write_example(rng, own_desk=own) for _ in range(2000)]
    return Data(*support_desk.tokenize(written))


def _replies(rng: np.random.Generator, size: int, own: bool) -> Data:
    """Draw forms and replies of the examples' support desk, each once."""
    written = _all_replies(own)
    return written.take(rng.permutation(len(written))[:size])


NOUNS, TOPICS, SAID = 80, 4, 14
"""Words that may stand in a review, topics of reviews, and words of one."""


def _reviews(rng: np.random.Generator, size: int, own: bool) -> Data:
    """Draw reviews, each of a topic, and whether it is friendly; two vocabularies that share the half."""
    worth = np.random.default_rng(47).normal(0.0, 1.0, NOUNS)
    if own:
        worth[NOUNS // 2 :] = np.random.default_rng(48).normal(0.0, 1.0, NOUNS - NOUNS // 2)
    liked = np.random.default_rng(49).dirichlet(np.full(NOUNS, 0.4), TOPICS).cumsum(axis=1)
    topic = rng.integers(0, TOPICS, (size, 1))
    words = (liked[topic[:, 0], None, :] < rng.random((size, SAID, 1))).sum(axis=2).clip(max=NOUNS - 1)
    usual = np.diff(liked, axis=1, prepend=0.0) @ worth
    score = worth[words].sum(axis=1) - SAID * usual[topic[:, 0]] + rng.logistic(0.0, 0.5, size)
    contexts = np.concatenate([NOUNS + topic, words], axis=1)
    return Data(contexts, (score > 0).astype(np.int64), np.arange(size + 1))


TERMS, PARTS, LENGTH = 60, 7, 9
"""Words of a sentence to be tagged, tags, and words of a sentence."""


def _tags(rng: np.random.Generator, size: int, own: bool) -> Data:
    """Draw sentences and the tag of each word, most often the first: by the word, and by its neighbours."""
    fixed, moved = np.random.default_rng(57), np.random.default_rng(58)
    common = fixed.dirichlet(np.full(TERMS, 0.5)).cumsum()
    by_word, by_before = (fixed.normal(0.0, spread, (TERMS, PARTS)) for spread in (2.2, 1.2))
    if own:
        by_word[3 * TERMS // 4 :] = moved.normal(0.0, 2.2, (TERMS // 4, PARTS))
        by_before[: TERMS // 2] = moved.normal(0.0, 1.2, (TERMS // 2, PARTS))
    by_word[:, 0] += 2.5
    text = np.searchsorted(common, rng.random((size, LENGTH + 2))).clip(max=TERMS - 1)
    contexts = np.stack([text[:, at : at + LENGTH] for at in range(3)], axis=2).reshape(-1, 3)
    luck = rng.gumbel(0.0, 0.7, (len(contexts), PARTS))
    scores = by_word[contexts[:, 1]] + by_before[contexts[:, 0]] + luck
    return Data(contexts, scores.argmax(axis=1), np.arange(size + 1) * LENGTH)


SIGNS, ROW = 40, 20
"""Signs of a script, and of an example."""


def _signs(rng: np.random.Generator, size: int, own: bool) -> Data:
    """Draw rows of signs of which a few are frequent: each follows the last one, and most of it is chance."""
    usual = -1.1 * np.log(np.arange(1, SIGNS + 1))
    scores = usual + np.random.default_rng(67).normal(0.0, 1.3, (SIGNS, SIGNS))
    if own:
        scores[:, SIGNS // 3 :] += np.random.default_rng(68).normal(0.0, 2.5, (SIGNS, SIGNS - SIGNS // 3))
    chances = np.exp(scores)
    passed = (chances / chances.sum(axis=1, keepdims=True)).cumsum(axis=1)
    text = rng.integers(0, SIGNS, (size, ROW + 1))
    for position in range(1, ROW + 1):
        drawn = (passed[text[:, position - 1]] < rng.random((size, 1))).sum(axis=1)
        text[:, position] = np.minimum(drawn, SIGNS - 1)
    return Data(text[:, :-1].reshape(-1, 1), text[:, 1:].reshape(-1), np.arange(size + 1) * ROW)


PIXELS, KINDS, SHAPES = 36, 8, 3
"""Pixels of a picture, kinds to sort it into, and shapes of each kind."""
FLIPPED = 0.12
"""Share of the pixels that are wrong."""


def _pictures(rng: np.random.Generator, size: int, own: bool) -> Data:
    """Draw black and white pictures with wrong pixels; two sets of shapes that share the half."""
    black = np.random.default_rng(77).random((KINDS, SHAPES, PIXELS)) < 0.4
    if own:
        black[: KINDS // 2] = np.random.default_rng(78).random((KINDS // 2, SHAPES, PIXELS)) < 0.4
    kind, shape = rng.integers(0, KINDS, size), rng.integers(0, SHAPES, size)
    pixels = black[kind, shape] ^ (rng.random((size, PIXELS)) < FLIPPED)
    return Data(2 * np.arange(PIXELS) + pixels, kind, np.arange(size + 1))


_WORDS = len(support_desk.VOCABULARY)
TASKS = (
    Task("letters", _letters, LETTERS, LETTERS, 4, 8, 48, 0.01, 8, 24, 500, 300),
    Task("records", _records, FIELDS * VALUES, CLASSES, FIELDS, 6, 48, 0.008, 16, 120, 2000, 2000),
    Task("replies", _replies, _WORDS, _WORDS, 11, 6, 48, 0.008, 8, 40, 450, 200, form=support_desk.PROMPT),
    Task("reviews", _reviews, NOUNS + TOPICS, 2, SAID + 1, 4, 32, 0.012, 16, 120, 3000, 2000),
    Task("signs", _signs, SIGNS, SIGNS, 1, 16, 48, 0.01, 8, 14, 350, 400),
    Task("pictures", _pictures, 2 * PIXELS, KINDS, PIXELS, 2, 48, 0.006, 16, 80, 1800, 2000),
    Task("tags", _tags, TERMS, PARTS, 3, 8, 64, 0.012, 8, 20, 700, 400),
)
"""A made-up language, records to be sorted, replies of a support desk, reviews, rows of signs, pictures, and
words to be tagged."""
