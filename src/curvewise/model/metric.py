"""Metric: what one number of a training run means."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

Direction = Literal["lower", "higher"]
Split = Literal["train", "valid"]
Taken = Literal[
    "one minibatch", "a mean since the last log", "a full pass", "a mean over rollouts", "one number"
]


class Metric(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of the catalogue.

    Parameters
    ----------
    name
        Canonical name: the one that users of OpenAI and Azure know, where they have one.
    meaning
        One sentence.
    unit
        Unit of the values.
    better
        Which direction is better; None when neither is.
    split
        The data that it is measured on.
    taken
        How one value comes about.
    aliases
        What each source calls it, by source. A ``*`` stands for a member (a grader, a tool, an
        evaluation set), and the canonical name is then ``name/<member>``.
    """

    name: str
    meaning: str
    unit: str
    better: Direction | None = None
    split: Split | None = None
    taken: Taken = "one number"
    aliases: Mapping[str, tuple[str, ...]] = {}
