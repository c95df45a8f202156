"""Comparison: several runs side by side, and which of them to take."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

from curvewise.model.diagnosis import Severity
from curvewise.model.display import Displayable
from curvewise.model.figure import Figure
from curvewise.model.report import Curve
from curvewise.model.run import Kind, Note
from curvewise.model.selection import Existence

SCHEMA_VERSION = 1


class ComparedRun(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the comparison.

    Parameters
    ----------
    name
        Of the run; unique among those that are compared.
    source
        Where it was read from.
    kind, status, base_model
        As in `RunFacts`.
    verdict
        The most urgent verdict of its report.
    headline
        Its report in one sentence.
    diagnosis, severity
        The name of its main diagnosis and how bad it is; empty and None in comparisons of earlier versions.
    deploy
        False when its diagnosis says that no checkpoint is to be deployed: such a run never wins.
    metric
        What its checkpoints are judged by; None when nothing supports a choice.
    best_value, best_error, best_step, best_epoch, best_model, best_existence
        Of its best checkpoint; the error is the standard error of the value.
    final_value, final_step
        The last value of the same metric.
    ratio, band
        Validation over training loss at the end, like for like, and the guide's reading of it.
    overfit
        ``yes``, ``no``, or ``cannot say``; None when the question does not arise.
    steps, epochs, tokens
        What it was trained for.
    tokens_per_rollout
        Of the best checkpoint; only of runs with a reward.
    score, score_error
        Of an evaluation on the real task, when given; higher is better. The error is its standard error.
    probability
        Of really being the best of those that are compared; None when nothing tells.
    steps_per_epoch
        None when not known.
    curves
        What the curves of the runs laid over each other show, by metric.
    """

    name: str
    source: str
    kind: Kind
    status: str | None
    base_model: str | None
    verdict: Literal["crashed", "problem", "warning", "ok", "unknown"]
    headline: str
    metric: str | None
    best_value: float | None
    best_error: float | None
    best_step: int | None
    best_epoch: float | None
    best_model: str | None
    best_existence: Existence | None
    final_value: float | None
    final_step: int | None
    ratio: float | None
    band: str | None
    overfit: Literal["yes", "no", "cannot say"] | None
    steps: int | None
    epochs: float | None
    tokens: float | None
    tokens_per_rollout: float | None
    score: float | None
    steps_per_epoch: float | None
    curves: Mapping[str, Curve]
    diagnosis: str = ""
    severity: Severity | None = None
    deploy: bool = True
    score_error: float | None = None
    probability: float | None = None

    @property
    def measure(self) -> str:
        """What its best value is, in a word: a reward, a loss, or the value of a metric of the task."""
        if self.kind == "rft":
            return "reward"
        return "loss" if "loss" in (self.metric or "loss") else "value"


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """A setting in which the runs differ.

    Parameters
    ----------
    name
        Of the hyperparameter, or ``base model``.
    values
        One for each run, in their order; None where a run does not say.
    """

    name: str
    values: tuple[str | None, ...]


class Comparison(Displayable, msgspec.Struct, frozen=True, kw_only=True):
    """Several runs side by side.

    Parameters
    ----------
    headline
        One sentence: the winner, or the tie.
    runs
        Sorted by `sorted_by`.
    winner
        Index of the run to take; None when they tie or cannot be compared.
    tied
        Indices of the runs that the noise cannot tell from the best, it among them; empty with a winner.
    by
        What decided: a metric, or ``score``.
    better
        Which direction of it is better.
    reason
        Why this one, why a tie, or why none.
    differences
        Settings in which the runs differ.
    sorted_by
        The column that the runs are sorted by, the best first; ``given`` when they stand as they were given.
    figures
        The curves to lay over each other: those that two runs or more have.
    notes
        What limits the comparison: scores in another order than losses, other data, another kind.
    """

    schema_version: int = SCHEMA_VERSION
    version: str
    headline: str
    runs: tuple[ComparedRun, ...]
    winner: int | None
    tied: tuple[int, ...]
    by: str | None
    better: Literal["lower", "higher"] | None
    reason: str
    differences: tuple[Difference, ...]
    sorted_by: str
    figures: tuple[Figure, ...]
    notes: tuple[Note, ...]

    @property
    def further_notes(self) -> tuple[Note, ...]:
        """The notes that the reason does not say already."""
        return tuple(note for note in self.notes if note.text not in self.reason)
