"""Levers: what an advice asks to turn, and which way, so that no two of a report contradict each other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

Lever = Literal[
    "learning_rate", "training_length", "data", "batch_size", "beta", "temperature", "model_size",
    "difficulty", "grader_strictness", "completion_limit",
]  # fmt: skip
"""What can be turned: ``beta`` holds a policy to its reference, ``difficulty`` is that of the prompts."""
Turn = Literal["up", "down", "either"]
"""Which way: ``either`` where that depends on the run."""
Turns = Mapping[Lever, Turn]
"""The levers that a plug-in's advice may ask to turn."""


def contradict(these: Turns, those: Turns) -> bool:
    """Whether following both could turn a lever two ways.

    Examples
    --------
    >>> contradict({"learning_rate": "up"}, {"learning_rate": "down"})
    True
    >>> contradict({"learning_rate": "up"}, {"learning_rate": "up", "data": "up"})
    False
    """
    shared = ((turn, those[lever]) for lever, turn in these.items() if lever in those)
    return any(this != that or this == "either" for this, that in shared)
