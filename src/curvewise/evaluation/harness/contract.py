"""Contract: what every harness offers, so that one verb can run them all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

import msgspec

from curvewise.evaluation.results_folder import EvaluationFolder
from curvewise.model.evaluation import Contender, Sample
from curvewise.model.plan import Budget, Task

Tell = Callable[[str, Sample], None]
"""Told of every sample once it is stored: name of the contender, and the sample."""


class Work(msgspec.Struct, frozen=True, kw_only=True):
    """What a harness needs to know.

    Parameters
    ----------
    contenders
        Those to evaluate; every one has a model.
    folder
        Where samples are stored.
    earlier
        Samples of earlier sessions, by contender.
    budget
        What may be taken, earlier sessions included.
    retry_failures
        Whether samples that failed are done again.
    lock
        Handle of the claim on the folder, for processes of the harness to hold on to.
    addresses
        What to call models by, where that is not their name.
    """

    contenders: tuple[Contender, ...]
    folder: EvaluationFolder
    earlier: Mapping[str, tuple[Sample, ...]]
    budget: Budget
    retry_failures: bool
    lock: int
    addresses: Mapping[str, str] = {}

    def address(self, contender: Contender) -> str:
        """Return what to call the model of a contender by."""
        return self.addresses.get(contender.name, contender.model or "")

    def done(self, contender: str) -> tuple[tuple[str, int], ...]:
        """Return id and attempt of the samples that need not be done again."""
        kept = self.earlier.get(contender, ())
        if self.retry_failures:
            kept = tuple(sample for sample in kept if sample.score is not None)
        return tuple((sample.id, sample.epoch) for sample in kept)


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """How a session ended.

    Parameters
    ----------
    spent
        Whether the budget ended it.
    broken
        Contenders whose samples did not come to their end, with the reason.
    """

    spent: bool = False
    broken: Mapping[str, str] = {}


class Session(Protocol):
    """A harness that is ready to run."""

    task: Task

    def run(self, tell: Tell) -> Outcome:
        """Do what is left to do; every sample is stored before it is told of."""

    def close(self) -> None:
        """Begin nothing more; keep what was paid for; end all processes. May be called again."""


class Harness(Protocol):
    """Something that runs a task with a model."""

    def prepare(self, work: Work) -> Session:
        """Load the task; begins no sample and costs nothing."""
