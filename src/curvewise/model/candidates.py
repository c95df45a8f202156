"""Candidates: which checkpoints to evaluate on the real task, and what that could show."""

from __future__ import annotations

import msgspec

from curvewise.model.evaluation import Contender
from curvewise.model.run import Kind, Note

SCHEMA_VERSION = 1


class Power(msgspec.Struct, frozen=True, kw_only=True):
    """What a number of samples could show.

    Parameters
    ----------
    samples
        Of each contender.
    discordance
        Share of the samples that one of two contenders does and the other does not.
    difference
        Smallest true difference of accuracy that would be shown with a probability of 80 %.
    """

    samples: int
    discordance: float
    difference: float


class Candidates(msgspec.Struct, frozen=True, kw_only=True):
    """Which models to evaluate.

    Parameters
    ----------
    run
        Id of the job, or path of the run.
    kind
        Of the run.
    contenders
        The checkpoints, the most promising first, then the references.
    reason
        Why these, or why none.
    power
        What numbers of samples could show, all contenders compared with each other.
    notes
        What is not known, such as whether a checkpoint exists.
    """

    schema_version: int = SCHEMA_VERSION
    run: str
    kind: Kind
    contenders: tuple[Contender, ...]
    reason: str
    power: tuple[Power, ...]
    notes: tuple[Note, ...] = ()
