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
    """What a harness needs to know."""

    contenders: tuple[Contender, ...]  # those to evaluate; every one has a model
    folder: EvaluationFolder
    earlier: Mapping[str, tuple[Sample, ...]]  # by contender, of earlier sessions
    budget: Budget  # for all sessions together
    retry_failures: bool
    lock: int  # handle of the folder's lock, for child processes to inherit
    addresses: Mapping[str, str] = {}  # names to call models by, where they differ from the model's

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
    """How a session ended."""

    spent: bool = False  # the budget ended the session
    broken: Mapping[str, str] = {}  # why a contender was not completed, by name


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
