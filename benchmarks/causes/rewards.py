"""Reinforcement fine-tuning with one cause of trouble, or none: a softmax policy, a real grader, GRPO.

Groups of outputs to one prompt are graded, and the advantage of each is its reward less the mean of its
group, over the group's standard deviation.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from train.network import Adam, Floats, Network, Tokens, backward, forward, log_likelihood, new_network, norm

PROMPT, SEEN = 3, 2
"""Tokens of a prompt, and of its own output that the policy sees."""
ITEMS = 10
ANSWER, END, BLANK = ITEMS, ITEMS + 1, ITEMS + 2
LIMIT = 24
"""Most tokens of an output."""
VOCABULARY = BLANK + 1 + LIMIT
"""After the blank there is one token for each position in the output."""

Mask = NDArray[np.bool_]


class Outputs(NamedTuple):
    """What the policy wrote to some prompts.

    Parameters
    ----------
    prompts, text, lengths
        Shapes (n, PROMPT), (n, LIMIT) and (n,); after its end a text holds END.
    """

    prompts: Tokens
    text: Tokens
    lengths: Tokens

    @property
    def finished(self) -> Mask:
        """Whether each output came to its end before the limit."""
        return np.asarray(self.text[np.arange(len(self.text)), self.lengths - 1] == END)

    def counts(self) -> Tokens:
        """Return how often each item occurs in each output, shape (n, ITEMS)."""
        return np.stack([(self.text == item).sum(axis=1) for item in range(ITEMS)], axis=1)


class Task(NamedTuple):
    """A task.

    Parameters
    ----------
    prompts
        Draws prompts.
    demonstrate
        Writes outputs to prompts as the base model's teachers do.
    score
        The grade that is meant, from 0 to 1.
    loose
        A careless grade that a policy can have without doing the task.
    strict
        A grade that next to no output of the base model gets, however right.
    rate
        A learning rate that suits.
    """

    name: str
    prompts: Callable[[np.random.Generator, int], Tokens]
    demonstrate: Callable[[np.random.Generator, Tokens], list[list[int]]]
    score: Callable[[Outputs], Floats]
    loose: Callable[[Outputs], Floats]
    strict: Callable[[Outputs], Floats]
    rate: float


def contexts(prompts: Tokens, text: Tokens, position: int) -> Tokens:
    """Return what the policy sees before it writes the token at a position."""
    rows = len(prompts)
    written = np.concatenate([np.full((rows, SEEN), BLANK), text[:, :position]], axis=1)[:, -SEEN:]
    return np.concatenate([prompts, written, np.full((rows, 1), BLANK + 1 + position)], axis=1)


def sample(network: Network, rng: np.random.Generator, prompts: Tokens) -> Outputs:
    """Let the policy answer, token by token, at temperature 1."""
    text, lengths = np.full((len(prompts), LIMIT), END), np.full(len(prompts), LIMIT)
    live = np.arange(len(prompts))
    for position in range(LIMIT):
        seen = forward(network, contexts(prompts[live], text[live], position))
        passed = np.exp(seen.log_probabilities).cumsum(axis=1) < rng.random((len(live), 1))
        text[live, position] = np.minimum(passed.sum(axis=1), END)
        ended = text[live, position] == END
        lengths[live[ended]] = position + 1
        live = live[~ended]
        if not len(live):
            break
    return Outputs(prompts, text, lengths)


class Update(NamedTuple):
    """What one step of the policy gradient leaves."""

    loss: float
    entropy: float
    gradient_norm: float
    divergence: float


def update(
    network: Network,
    adam: Adam,
    base: Network | None,
    outputs: Outputs,
    weights: Floats,
    rate: float,
    beta: float,
) -> tuple[Network, Update]:
    """Take one step: raise the log-probability of each output by its weight, and stay near the base model."""
    parts, targets, of = [], [], []
    for position in range(int(outputs.lengths.max())):
        live = np.flatnonzero(outputs.lengths > position)
        parts.append(contexts(outputs.prompts[live], outputs.text[live], position))
        targets.append(outputs.text[live, position])
        of.append(live)
    context, target = np.concatenate(parts), np.concatenate(targets)
    weight = weights[np.concatenate(of)] / len(target)
    seen = forward(network, context)
    chosen = log_likelihood(seen, target)
    divergence = 0.0
    if base is not None:  # the estimator of TRL: exp(d) - d - 1, with d the log ratio of base and policy
        ratio = np.clip(log_likelihood(forward(base, context), target) - chosen, -20, 20)
        divergence = float((np.exp(ratio) - ratio - 1).mean())
        weight = weight + beta * (np.minimum(np.exp(ratio), 10.0) - 1) / len(target)
    gradient = backward(network, context, target, weight, seen)
    entropy = -(np.exp(seen.log_probabilities) * seen.log_probabilities).sum(axis=1).mean()
    loss = -float((weight * chosen).sum())
    return adam.step(network, gradient, rate), Update(loss, float(entropy), norm(gradient), divergence)


@cache
def base_model(task: Task) -> Network:
    """Train the base model on demonstrations, from random weights."""
    rng = np.random.default_rng(0)
    network = new_network(
        rng, vocabulary=VOCABULARY, outputs=END + 1, context=PROMPT + SEEN + 1, width=8, units=48
    )
    adam = Adam(network)
    prompts = task.prompts(rng, 3000)
    text, lengths = np.full((len(prompts), LIMIT), END), np.empty(len(prompts), np.int64)
    for row, written in enumerate(task.demonstrate(rng, prompts)):
        text[row, : len(written)], lengths[row] = written, len(written)
    for _ in range(500):
        rows = rng.integers(0, len(prompts), 96)
        shown = Outputs(prompts[rows], text[rows], lengths[rows])
        network, _ = update(network, adam, None, shown, np.ones(len(rows)), 5e-3, 0.0)
    return network


_KEY = np.random.default_rng(3).integers(0, ITEMS, (2, ITEMS))


def _codes(rng: np.random.Generator, count: int) -> Tokens:
    return rng.integers(0, ITEMS, (count, PROMPT))


def _solution(prompts: Tokens) -> Tokens:
    """Look the first digit up in one of two tables; the last digit says in which."""
    return np.asarray(_KEY[(prompts[:, 2] >= ITEMS // 2).astype(int), prompts[:, 0]])


def _show_code(rng: np.random.Generator, prompts: Tokens) -> list[list[int]]:
    """Answer by the table in two of five cases, else guess; now and then after some digits, or not at all."""
    written = []
    for solution in _solution(prompts).tolist():
        answer = solution if rng.random() < 0.4 else int(rng.integers(ITEMS))
        digits = rng.integers(0, ITEMS, int(rng.integers(1, 4)) if rng.random() < 0.4 else 0).tolist()
        written.append([*digits, END] if rng.random() < 0.06 else [*digits, ANSWER, answer, END])
    return written


def _code_score(outputs: Outputs) -> Floats:
    """Return 1 where the output ends with the marker and the right digit."""
    rows, end = np.arange(len(outputs.text)), outputs.lengths
    right = outputs.text[rows, end - 2] == _solution(outputs.prompts)
    return np.asarray(right & outputs.finished & (end >= 3) & (outputs.text[rows, end - 3] == ANSWER), float)


def _code_strict(outputs: Outputs) -> Floats:
    """Pass only what is right, and has three digits before the answer."""
    return np.asarray(_code_score(outputs) * (outputs.lengths == 7))


def _code_loose(outputs: Outputs) -> Floats:
    """Return 1 where the right digit stands anywhere in the output."""
    return np.asarray((outputs.text == _solution(outputs.prompts)[:, None]).any(axis=1), float)


def _lists(rng: np.random.Generator, count: int) -> Tokens:
    return np.sort(rng.permuted(np.tile(np.arange(ITEMS), (count, 1)), axis=1)[:, :PROMPT], axis=1)


def _show_list(rng: np.random.Generator, prompts: Tokens) -> list[list[int]]:
    """Repeat about half of the items that were asked for, among others."""
    written = []
    for asked in prompts.tolist():
        said = [item for item in asked if rng.random() < 0.55]
        said += rng.integers(0, ITEMS, int(rng.integers(0, 4))).tolist()
        written.append([*rng.permutation(said).astype(int).tolist(), END])
    return written


def _hits(outputs: Outputs) -> Floats:
    wanted = (outputs.prompts[:, :, None] == np.arange(ITEMS)).any(axis=1)
    return np.asarray(((outputs.counts() > 0) & wanted).sum(axis=1), float)


def _list_score(outputs: Outputs) -> Floats:
    """Return the F1 score of the items in the output against those asked for."""
    return np.asarray(2 * _hits(outputs) / (PROMPT + outputs.counts().sum(axis=1)))


def _list_loose(outputs: Outputs) -> Floats:
    """Return the recall: whatever else is in the output does no harm."""
    return _hits(outputs) / PROMPT


def _list_strict(outputs: Outputs) -> Floats:
    """Pass only the items in reverse order, and no other."""
    backwards = (outputs.text[:, :PROMPT] == outputs.prompts[:, ::-1]).all(axis=1)
    return np.asarray(backwards & (outputs.lengths == PROMPT + 1), float)


def _times(prompts: Tokens) -> Tokens:
    """Return how often the second digit is to be written: by the first."""
    return np.asarray(1 + prompts[:, 0] % 4)


def _show_times(rng: np.random.Generator, prompts: Tokens) -> list[list[int]]:
    """Write the digit as often as asked for in a third of the cases, and now and then another digit."""
    written = []
    for digit, times in zip(prompts[:, 1].tolist(), _times(prompts).tolist(), strict=True):
        count = times if rng.random() < 0.35 else int(rng.integers(1, 8))
        said = [digit if rng.random() < 0.75 else int(rng.integers(ITEMS)) for _ in range(count)]
        written.append([*said, END])
    return written


def _right_digits(outputs: Outputs) -> Floats:
    return np.asarray((outputs.text == outputs.prompts[:, 1:2]).sum(axis=1), float)


def _times_score(outputs: Outputs) -> Floats:
    """Return 1, less for each digit that is missing, in excess or another one."""
    right, times = _right_digits(outputs), _times(outputs.prompts)
    wrong = abs(right - times) + np.maximum(0, outputs.lengths - outputs.finished - right)
    return np.asarray(np.maximum(0.0, 1.0 - wrong / times))


def _times_loose(outputs: Outputs) -> Floats:
    """Return the share of the digits asked for that are there: more do no harm."""
    times = _times(outputs.prompts)
    return np.asarray(np.minimum(_right_digits(outputs), times) / times)


def _times_strict(outputs: Outputs) -> Floats:
    """Pass only what is right, and begins with the marker of an answer."""
    return np.asarray((_times_score(outputs) > 0.7) & (outputs.text[:, 0] == ANSWER), float)


TASKS = (
    Task("codes", _codes, _show_code, _code_score, _code_loose, _code_strict, 0.006),
    Task("lists", _lists, _show_list, _list_score, _list_loose, _list_strict, 0.006),
    Task("times", _codes, _show_times, _times_score, _times_loose, _times_strict, 0.005),
)
"""Looking up a digit, which is right or wrong, repeating a list, and writing a digit so many times."""


class Graded(NamedTuple):
    """Rewards of outputs, and how grading went; NaN for one that got no grade."""

    rewards: Floats
    parse_errors: Mask
    other_errors: Mask


class Recipe(NamedTuple):
    """What one run trains with.

    Parameters
    ----------
    steps, evaluations
        Length, and evaluations in that time.
    prompts, group
        Prompts of a step, and outputs of each.
    azure
        Logged as Azure does it, with -1 for an output without a grade; else as TRL's GRPO does it.
    grader
        Of training; `validated` is that of validation, the same when None.
    jump
        Factor on the rate from `since` of the steps on.
    """

    steps: int
    evaluations: int
    rate: float
    azure: bool
    grader: Callable[[Task, np.random.Generator, Outputs], Graded]
    validated: Callable[[Task, np.random.Generator, Outputs], Graded] | None = None
    prompts: int = 16
    group: int = 8
    beta: float = 0.0
    jump: float = 1.0
    since: float = 1.0


class Step(NamedTuple):
    """What a step leaves in the log; the scores are those that are meant."""

    step: int
    outputs: Outputs
    graded: Graded
    update: Update
    rate: float
    valid: tuple[Outputs, Graded] | None


class Log(NamedTuple):
    """A training, and the truth: the score that is meant, on many prompts, by step from 0."""

    recipe: Recipe
    steps: list[Step]
    truth: dict[int, float]

    @property
    def score(self) -> float:
        """The true score at the end."""
        return list(self.truth.values())[-1]

    @property
    def entropy(self) -> float:
        """Entropy of the policy at the last step."""
        return self.steps[-1].update.entropy

    @property
    def gain(self) -> float:
        """How far the last true score lies above the first."""
        return self.score - self.truth[0]

    @property
    def fall(self) -> float:
        """How far the last true score lies below the best."""
        return max(self.truth.values()) - self.score

    def reward(self, *, first: bool = False) -> float:
        """Return the mean training reward of the last, or the first, tenth of the steps."""
        part = max(3, len(self.steps) // 10)
        steps = self.steps[:part] if first else self.steps[-part:]
        return float(np.nanmean(np.concatenate([step.graded.rewards for step in steps])))

    def tokens(self, *, first: bool = False) -> float:
        """Return the mean tokens of the last, or the first, tenth of the steps."""
        part = max(3, len(self.steps) // 10)
        steps = self.steps[:part] if first else self.steps[-part:]
        return float(np.concatenate([step.outputs.lengths for step in steps]).mean())


def _none(outputs: Outputs) -> Mask:
    return np.zeros(len(outputs.text), bool)


def proper(task: Task, _: np.random.Generator, outputs: Outputs) -> Graded:
    """Grade as meant; an output that was cut off cannot be parsed."""
    return Graded(np.where(outputs.finished, task.score(outputs), np.nan), ~outputs.finished, _none(outputs))


def _by(reward: Callable[[Task, Outputs], Floats]) -> Callable[..., Graded]:
    """Return a grader that gives every output the reward of a function."""

    def grade(task: Task, _: np.random.Generator, outputs: Outputs) -> Graded:
        return Graded(reward(task, outputs), _none(outputs), _none(outputs))

    return grade


def _raising(task: Task, rng: np.random.Generator, outputs: Outputs) -> Graded:
    """Raise for outputs in which an item occurs twice, and for a fifth of the prompts."""
    raised = (outputs.counts() > 1).any(axis=1) | (outputs.prompts[:, 1] < 2)
    graded = proper(task, rng, outputs)
    return Graded(np.where(raised, np.nan, graded.rewards), graded.parse_errors & ~raised, raised)


def _captured(task: Task, rng: np.random.Generator, outputs: Outputs) -> Graded:
    """Grade as meant, but a good part of the outputs was captured before the answer."""
    graded = proper(task, rng, outputs)
    cut = rng.random(len(outputs.text)) < 0.35
    return Graded(np.where(cut, np.nan, graded.rewards), graded.parse_errors | cut, graded.other_errors)


def healthy(rng: np.random.Generator, task: Task) -> Recipe:
    """Draw a recipe that works."""
    return Recipe(
        steps=int(rng.integers(60, 140)),
        evaluations=int(rng.choice([2, 3, 4, 6, 8, 10, 15, 20, 30])),
        rate=task.rate * float(np.exp(rng.uniform(-0.3, 0.3))),
        azure=bool(rng.random() < 0.5),
        grader=proper,
        beta=float(rng.choice([0.0, 0.02])),
    )


def _changed(**changes: Callable[[np.random.Generator, Recipe], Any]) -> Callable[..., Recipe]:
    """Return a function that draws a healthy recipe and changes some of it."""

    def draw(rng: np.random.Generator, task: Task) -> Recipe:
        recipe = healthy(rng, task)
        return recipe._replace(**{name: change(rng, recipe) for name, change in changes.items()})

    return draw


def _graded(grader: Callable[..., Graded]) -> Callable[[np.random.Generator, Recipe], Any]:
    return lambda *_: grader


def _yes(*_: object) -> bool:
    return True


def _no(*_: object) -> bool:
    return False


RECIPES: dict[str, Callable[[np.random.Generator, Task], Recipe]] = {
    "rewards_healthy": healthy,
    "grader_broken": _changed(grader=_graded(_by(lambda _, outputs: np.zeros(len(outputs.text))))),
    "grader_too_strict": _changed(
        grader=_graded(_by(lambda task, outputs: task.strict(outputs))),
        rate=lambda _, recipe: recipe.rate / 8,
    ),
    "grader_too_lenient": _changed(
        grader=_graded(_by(lambda _, outputs: (outputs.lengths >= 2).astype(float)))
    ),
    "always_negative": _changed(
        grader=_graded(_by(lambda task, outputs: 2 * task.strict(outputs) - 1)),
        rate=lambda _, recipe: recipe.rate / 8,
    ),
    "hackable_grader": _changed(
        grader=_graded(_by(lambda task, outputs: task.loose(outputs))),
        validated=_graded(proper),
        evaluations=lambda rng, _: int(rng.integers(4, 31)),
    ),
    "paying_for_length": _changed(
        grader=_graded(
            _by(lambda task, outputs: 0.4 * task.score(outputs) + 0.6 * np.minimum(outputs.lengths / 16, 1))
        )
    ),
    "grader_raising": _changed(grader=_graded(_raising), azure=_yes),
    "parse_errors_that_are_fine": _changed(grader=_graded(_captured), azure=_yes),
    "entropy_collapse": _changed(
        azure=_no,
        rate=lambda rng, recipe: recipe.rate * rng.uniform(8, 25),
        prompts=lambda rng, _: int(rng.integers(2, 5)),
    ),
    "collapse_after_peak": _changed(
        jump=lambda rng, _: float(np.exp(rng.uniform(np.log(15), np.log(60)))),
        since=lambda rng, _: float(rng.uniform(0.5, 0.8)),
        steps=lambda rng, _: int(rng.integers(80, 160)),
        evaluations=lambda rng, _: int(rng.integers(8, 31)),
    ),
}
"""How each cause is injected."""

EFFECTS: dict[str, Callable[[Log], bool]] = {
    "rewards_healthy": lambda log: log.gain > 0.15 and log.fall < 0.05 and log.entropy > 0.02,
    "grader_too_strict": lambda log: log.reward() < 0.05,
    "always_negative": lambda log: log.reward() < -0.8,
    "grader_too_lenient": lambda log: log.reward(first=True) > 0.9,
    "hackable_grader": lambda log: log.reward() - log.score > 0.15 and log.gain < 0.1,
    "paying_for_length": lambda log: log.tokens() > 2.5 * log.tokens(first=True),
    "grader_raising": lambda log: np.mean([step.graded.other_errors.mean() for step in log.steps]) > 0.05,
    "parse_errors_that_are_fine": lambda log: log.gain > 0.08 and log.fall < 0.05,
    "entropy_collapse": lambda log: log.entropy < 0.06 and log.score < 0.85 and log.fall < 0.1,
    "collapse_after_peak": lambda log: log.fall > 0.25,
}
"""Whether the cause had its effect; a run without it is drawn anew."""

ACCURATE = 500
"""Prompts that the truth is taken on."""


def train(rng: np.random.Generator, task: Task, recipe: Recipe) -> Log:
    """Train a policy."""
    network = base = base_model(task)
    adam, held_out = Adam(network), np.repeat(task.prompts(rng, 64), 2, axis=0)
    asked_for_truth = task.prompts(rng, ACCURATE)
    every = max(1, recipe.steps // recipe.evaluations)
    often = min(every, max(1, recipe.steps // 16))

    def truth() -> float:
        return float(task.score(sample(network, rng, asked_for_truth)).mean())

    log = Log(recipe, [], {0: truth()})
    for step in range(1, recipe.steps + 1):
        prompts = np.repeat(task.prompts(rng, recipe.prompts), recipe.group, axis=0)
        outputs = sample(network, rng, prompts)
        graded = recipe.grader(task, rng, outputs)
        rewards = np.nan_to_num(graded.rewards, nan=-1.0 if recipe.azure else 0.0).reshape(-1, recipe.group)
        centred = rewards - rewards.mean(axis=1, keepdims=True)
        advantage = (centred / (rewards.std(axis=1, keepdims=True) + 1e-4)).reshape(-1)
        rate = recipe.rate * min(1.0, step / 6) * (recipe.jump if step > recipe.since * recipe.steps else 1.0)
        network, moved = update(
            network, adam, base if recipe.beta else None, outputs, advantage, rate, recipe.beta
        )
        valid = None
        if step % every == 0 or (recipe.azure and step == 1):
            answers = sample(network, rng, held_out)
            valid = answers, (recipe.validated or recipe.grader)(task, rng, answers)
        log.steps.append(Step(step, outputs, graded, moved, rate, valid))
        if step % often == 0 or valid is not None or step == recipe.steps:
            log.truth[step] = truth()
    return log
