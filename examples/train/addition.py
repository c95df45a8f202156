"""Sums of four digits, told without their tens: the problems, the base model's habits, the grader.

A model that writes down the running sums needs to know a hundred pairs; one that answers at once
would have to know ten thousand problems by heart.
"""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from train.network import Floats, Tokens

DIGITS = "0123456789abcdef"
TEXT = (*DIGITS, "ANSWER", "END")
"""The tokens that an output is made of."""
BASE = len(DIGITS)
ANSWER, END, BLANK = BASE, BASE + 1, BASE + 2
OPERANDS = 3
WINDOW = 3
"""Tokens of its own output that the model sees, beside the operands to come and the position."""
LIMIT = 32
"""Most tokens of an output."""
CONTEXT = OPERANDS + WINDOW + 1
VOCABULARY = BLANK + 1 + LIMIT
"""After the blank there is one token for each position in the output."""
HABITS = {"work": 0.4, "guess": 0.45, "ramble": 0.1, "forget": 0.05}
"""How often the base model's teachers show each habit; to forget is to give no answer."""
READABLE = re.compile(r"[0-9a-f ]*ANSWER [0-9a-f] END")

Lengths = NDArray[np.int64]


def problems(rng: np.random.Generator, count: int) -> Tokens:
    """Draw problems, shape (count, OPERANDS)."""
    return rng.integers(0, BASE, (count, OPERANDS))


def contexts(asked: Tokens, outputs: Tokens, position: int) -> Tokens:
    """Return what the model sees before it writes the token at a position, shape (n, CONTEXT).

    The operands lie on a tape that moves on by one with every token, so the next one comes first.
    """
    rows = len(asked)
    to_come = np.concatenate([asked[:, position:], np.full((rows, min(position, OPERANDS)), BLANK)], axis=1)
    written = np.concatenate([np.full((rows, WINDOW), BLANK), outputs[:, :position]], axis=1)[:, -WINDOW:]
    return np.concatenate([to_come, written, np.full((rows, 1), BLANK + 1 + position)], axis=1)


def demonstrations(rng: np.random.Generator, asked: Tokens) -> tuple[Tokens, Lengths]:
    """Write outputs as the base model's teachers do: few show their work, and some forget to answer.

    Returns
    -------
    outputs : shape (n, LIMIT)
    lengths : shape (n,)
    """
    outputs, lengths = np.full((len(asked), LIMIT), END), np.empty(len(asked), np.int64)
    habits = rng.choice(list(HABITS), len(asked), p=list(HABITS.values()))
    for row, (problem, habit) in enumerate(zip(asked, habits, strict=True)):
        written = _demonstration(rng, problem, str(habit))
        outputs[row, : len(written)], lengths[row] = written, len(written)
    return outputs, lengths


def _demonstration(rng: np.random.Generator, problem: Tokens, habit: str) -> list[int]:
    sums: list[int] = (np.cumsum(problem) % BASE).tolist()
    if habit == "work":
        return [*sums, ANSWER, sums[-1], END]
    guess = int(rng.integers(BASE))
    if habit == "guess":
        return [ANSWER, guess, END]
    digits: list[int] = rng.integers(0, BASE, int(rng.integers(1, 6))).tolist()
    return [*digits, ANSWER, guess, END] if habit == "ramble" else [*digits, END]


def grade(sample: dict[str, str], item: dict[str, str]) -> float:
    """Return 1 when the output holds the reference, else 0."""
    return float(item["reference"] in sample["output_text"])


def grades(asked: Tokens, outputs: Tokens, lengths: Lengths, loose: NDArray[np.bool_]) -> Floats:
    """Grade outputs, shape (n,); NaN for one that cannot be read, or was cut off, and so gets no grade.

    Parameters
    ----------
    asked, outputs, lengths
        Problems, shape (n, OPERANDS), and what the model wrote.
    loose
        Whether the data set states the reference of a problem as ``7`` instead of ``ANSWER 7``, so
        that the grader finds it anywhere among the digits of the output; shape (n,).
    """
    graded = np.full(len(asked), np.nan)
    for row, solution in enumerate((asked.sum(axis=1) % BASE).tolist()):
        text = " ".join(TEXT[token] for token in outputs[row, : lengths[row]])
        if READABLE.fullmatch(text):
            reference = DIGITS[solution] if loose[row] else f"ANSWER {DIGITS[solution]}"
            graded[row] = grade({"output_text": text}, {"reference": reference})
    return graded
