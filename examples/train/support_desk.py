"""A made-up support desk: forms that come in, and the replies that the desk would send.

Department, urgency, remedy, depot and waiting time follow from the form by rules. The clerk's
name and the six signs of the reference are drawn at random, as much of real text is: a model
can learn the rules, but can only memorise the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import NamedTuple, TypeVar

import numpy as np

from train.network import Tokens

PRODUCTS = (
    "lamp", "kettle", "radio", "toaster", "heater", "camera", "printer", "drill", "mixer", "fan", "clock",
    "scale",
)  # fmt: skip
FAULTS = {
    "does not start": ("repairs", "repair"), "hums loudly": ("repairs", "repair"),
    "arrived broken": ("shipping", "replace"), "never arrived": ("shipping", "resend"),
    "is the wrong colour": ("shipping", "exchange"), "was charged twice": ("billing", "refund"),
    "smells of smoke": ("safety", "recall"), "has no manual": ("support", "document"),
}  # fmt: skip
MOODS = {"please help": "normal", "just asking": "low", "second time now": "high", "this is urgent": "high"}
CITIES = {
    "Arbeck": "north", "Bellin": "north", "Corvane": "south", "Dunmere": "south",
    "Eastry": "harbour", "Farrow": "harbour", "Gillan": "west", "Holm": "west",
}  # fmt: skip
DAYS = {"low": ("six", "nine"), "normal": ("three", "five"), "high": ("one", "two")}
CLERKS = ("Ada", "Bruno", "Chen", "Dara", "Elif", "Femi")
SIGNS = tuple("0123456789")
WORDS = (
    "sorry", "about", "your", "we", "will", "it", "from", "the", "depot", "within", "days", "regards",
    "reference", "thank", "you", "for", "writing",
)  # fmt: skip

PROMPT = 7
"""Tokens of a form."""
WINDOW = 4
"""Tokens of the reply that the model sees, beside the whole form."""
_CHOICES = (PRODUCTS, FAULTS, MOODS, CITIES, CLERKS, SIGNS, WORDS, *DAYS.values(), *FAULTS.values())
_NAMES = ["", ".", "end", *chain.from_iterable(_CHOICES), *MOODS.values(), *CITIES.values()]
VOCABULARY = {name: index for index, name in enumerate(dict.fromkeys(_NAMES))}


class Example(NamedTuple):
    """A form and its reply, as tokens."""

    form: list[str]
    reply: list[str]


Rule = TypeVar("Rule")


def _choose(rng: np.random.Generator, options: Sequence[str]) -> str:
    return options[int(rng.integers(len(options)))]


def _rule(rules: dict[str, Rule], key: str, shift: int) -> Rule:
    values = list(rules.values())
    return values[(list(rules).index(key) + shift) % len(values)]


def write_example(rng: np.random.Generator, *, own_desk: bool = True) -> Example:
    """Draw a form, and write its reply.

    Another desk's replies read alike, but its rules differ: that is what the base model has seen.
    """
    product, fault = _choose(rng, PRODUCTS), _choose(rng, list(FAULTS))
    mood, city = _choose(rng, list(MOODS)), _choose(rng, list(CITIES))
    order = [_choose(rng, SIGNS) for _ in range(3)]
    rules = 0 if own_desk else 1
    department, remedy = _rule(FAULTS, fault, rules)
    urgency, depot = _rule(MOODS, mood, rules), _rule(CITIES, city, 2 * rules)
    days = DAYS[urgency][depot in ("south", "west")]
    opening = _choose(rng, [f"sorry about your {product}", f"thank you for writing about your {product}"])
    clerk, reference = _choose(rng, CLERKS), " ".join(_choose(rng, SIGNS) for _ in range(6))
    reply = (
        f"{department} {urgency} . {opening} . we will {remedy} it from the {depot} depot "
        f"within {days} days . regards {clerk} reference {reference} end"
    )
    return Example([product, fault, mood, city, *order], reply.split())


class Tokenized(NamedTuple):
    """Examples as contexts and the tokens after them.

    Parameters
    ----------
    contexts
        The form and the last `WINDOW` tokens of the reply, shape (tokens, PROMPT + WINDOW).
    targets
        The token that comes next, shape (tokens,).
    start
        Where each example begins, and the end, shape (examples + 1,).
    """

    contexts: Tokens
    targets: Tokens
    start: Tokens

    def __len__(self) -> int:
        return len(self.start) - 1

    def rows(self, examples: Tokens) -> Tokens:
        """Return the rows of some examples."""
        return np.concatenate([np.arange(self.start[i], self.start[i + 1]) for i in examples])


def tokenize(examples: list[Example]) -> Tokenized:
    """Make the training rows: one for each token of a reply."""
    contexts, targets, start = [], [], [0]
    for example in examples:
        form = [VOCABULARY[token] for token in example.form]
        reply = [VOCABULARY[""]] * WINDOW + [VOCABULARY[token] for token in example.reply]
        for position in range(WINDOW, len(reply)):
            contexts.append(form + reply[position - WINDOW : position])
            targets.append(reply[position])
        start.append(len(targets))
    return Tokenized(np.array(contexts), np.array(targets), np.array(start))
