"""Contract: what every harness implements."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

import msgspec

from curvewise.evaluation.results_folder import EvaluationFolder
from curvewise.model.evaluation import Contender, Sample
from curvewise.model.plan import Budget, Task

OnSample = Callable[[str, Sample], None]
"""Called with the name of the contender and each sample, once stored."""


class Work(msgspec.Struct, frozen=True, kw_only=True):
    """The input of a harness."""

    contenders: tuple[Contender, ...]  # those to evaluate; every one has a model
    folder: EvaluationFolder
    earlier: Mapping[str, tuple[Sample, ...]]  # by contender, of earlier sessions
    budget: Budget  # for all sessions together
    retry_failures: bool
    lock: int  # handle of the folder's lock, for child processes to inherit
    addresses: Mapping[str, str] = {}  # names to call models by, where they differ from the model's

    def address(self, contender: Contender) -> str:
        """Return the name to call the model of a contender by."""
        return self.addresses.get(contender.name, contender.model or "")

    def done(self, contender: str) -> tuple[tuple[str, int], ...]:
        """Return id and attempt of the samples to skip."""
        kept = self.earlier.get(contender, ())
        if self.retry_failures:
            kept = tuple(sample for sample in kept if sample.score is not None)
        return tuple((sample.id, sample.epoch) for sample in kept)


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """The result of a session."""

    spent: bool = False  # the budget ended the session
    broken: Mapping[str, str] = {}  # why a contender was not completed, by name


class Session(Protocol):
    """A harness that is ready to run."""

    task: Task

    def run(self, tell: OnSample) -> Outcome:
        """Run the remaining samples; each is stored before `tell` is called."""

    def close(self) -> None:
        """Begin nothing more, keep what was paid for, and end all processes; may be called again."""


class Harness(Protocol):
    """A harness that runs a task with a model."""

    def prepare(self, work: Work) -> Session:
        """Load the task, without running a sample."""
