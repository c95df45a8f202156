"""Evaluation: what the real task's harness measured of each contender, sample by sample."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

from curvewise.errors import UsageError
from curvewise.model.run import Kind, Note

SCHEMA_VERSION = 1

ContenderRole = Literal["peak", "final", "mid", "efficient", "best", "tied", "base", "production", "other"]
REFERENCES: tuple[ContenderRole, ...] = ("production", "base")
"""Roles of what one has already, the weightier first: candidates have to beat them."""
LARGEST = 1e6
"""Scores beyond this are a mistake."""


class Tokens(msgspec.Struct, frozen=True, kw_only=True):
    """Tokens that one sample took, over all its calls of the model.

    Parameters
    ----------
    input
        Read by the model, without those that came out of a cache.
    output
        Written by the model, reasoning included.
    reasoning
        The part of `output` that was reasoning.
    cached
        Read out of a cache.
    """

    input: int = 0
    output: int = 0
    reasoning: int = 0
    cached: int = 0

    @property
    def total(self) -> int:
        """All that was read and written; reasoning is counted once, as output."""
        return self.input + self.cached + self.output


class Price(msgspec.Struct, frozen=True, kw_only=True):
    """What a million tokens cost.

    Parameters
    ----------
    input, output
        Of those that are read and written.
    cached
        Of those that come out of a cache; as `input` when None.
    """

    input: float
    output: float
    cached: float | None = None

    def of(self, tokens: Tokens) -> float:
        """Return what these tokens cost.

        Examples
        --------
        >>> Price(input=1.0, output=4.0).of(Tokens(input=500_000, output=250_000))
        1.5
        """
        cached = self.input if self.cached is None else self.cached
        spent = tokens.input * self.input + tokens.cached * cached + tokens.output * self.output
        return spent / 1e6


class Sample(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One sample of the task as one contender did it.

    Parameters
    ----------
    id
        Of the sample; the same for every contender, since they are compared sample by sample.
    score
        From 0 to 1, more is better; None when it failed. A failure is never dropped: it counts as
        `Evaluation.failure` says, 0 unless told otherwise.
    epoch
        Which attempt at the sample, from 1.
    cluster
        The family of samples that it belongs to, such as the document that its question is about;
        None when it stands alone.
    tokens, cost, seconds
        What it took; None when that is not known.
    error
        Why it failed.
    """

    id: str
    score: float | None
    epoch: int = 1
    cluster: str | None = None
    tokens: Tokens | None = None
    cost: float | None = None
    seconds: float | None = None
    error: str | None = None


class Contender(msgspec.Struct, frozen=True, kw_only=True):
    """A model that was evaluated.

    Parameters
    ----------
    name
        Such as ``step 70``; unique in its evaluation.
    model
        The name to call or deploy.
    step
        Training step of a checkpoint.
    role
        As in `Pick`; ``base`` and ``production`` are references, which candidates have to beat.
    why
        One sentence: why it was taken.
    """

    name: str
    model: str | None
    step: int | None
    role: ContenderRole
    why: str = ""

    @property
    def is_reference(self) -> bool:
        """Whether it is what one has already."""
        return self.role in REFERENCES


class Evaluation(msgspec.Struct, frozen=True, kw_only=True):
    """Contenders on one task.

    Parameters
    ----------
    run
        Id of the job, or path of the run, that the contenders come from.
    kind
        Of that run; None when it is not known.
    task
        Name of the task, or the file that defines it.
    harness
        What ran the task, with its version.
    metric
        What `Sample.score` is.
    scale
        The scores that count as 0 and as 1; None where they stand as they were given.
    failure_score
        What a failed sample counts as, on that scale; None for the worst, or for 0 without a scale.
    contenders
        In the order in which to show them.
    samples
        By name of the contender.
    prices
        By name of the contender, in `currency`.
    currency
        Such as ``USD``.
    notes
        What had to be repaired, dropped or assumed.
    """

    schema_version: int = SCHEMA_VERSION
    run: str
    kind: Kind | None = None
    task: str
    harness: str
    metric: str
    scale: tuple[float, float] | None = None
    failure_score: float | None = None
    contenders: tuple[Contender, ...]
    samples: Mapping[str, tuple[Sample, ...]] = {}
    prices: Mapping[str, Price] = {}
    currency: str | None = None
    notes: tuple[Note, ...] = ()

    def failure(self, failure_score: float | None = None) -> float:
        """Return what a failed sample counts as, in units of `Sample.score`.

        Parameters
        ----------
        failure_score
            On the evaluation's scale; None for its own `failure_score`.

        Raises
        ------
        UsageError
            If it is not on the scale, or no score that can be counted with.

        Examples
        --------
        >>> graded = Evaluation(run="", task="t", harness="h", metric="m", contenders=(), scale=(-1.0, 1.0))
        >>> graded.failure(), graded.failure(0.0)
        (0.0, 0.5)
        """
        given = self.failure_score if failure_score is None else failure_score
        if given is None:
            return 0.0
        if self.scale is None:
            low, high, span = -LARGEST, LARGEST, f"within {LARGEST:,.0f} of 0"
        else:
            low, high = self.scale
            span = f"from {low:g} to {high:g}"
        if not min(low, high) <= given <= max(low, high):  # NaN is nowhere
            raise UsageError(
                f"a failed sample is to count as {given:g}; expected a score {span}",
                hint="pass a score that a sample can have, or leave it out for the default",
                field="failure_score",
            )
        return given if self.scale is None else (given - low) / (high - low)
