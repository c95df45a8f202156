"""Report: everything that curvewise says of one run; each output format renders it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

from curvewise.config import Threshold
from curvewise.errors import UsageError
from curvewise.model.diagnosis import NOT_DIAGNOSED, Diagnosis
from curvewise.model.display import Displayable
from curvewise.model.figure import Figure
from curvewise.model.finding import Finding, Status
from curvewise.model.run import Kind, Note
from curvewise.model.selection import Selection

SCHEMA_VERSION = 2
"""Grows when a field changes its meaning or goes away; new fields do not change it."""

ADDED = {
    "Report": ("figures", "about", "diagnosis", "also"),
    "RunFacts": ("steps_per_epoch", "tokens", "hyperparameters", "logged_as"),
    "Selection": ("to_keep",),
    "Curve": ("standard_error", "noise"),
}
"""Fields that came after the first reports were written, which lack them."""


class RunFacts(msgspec.Struct, frozen=True, kw_only=True):
    """The facts of the run that a report is about; not its points.

    Parameters
    ----------
    metrics
        For each metric, the number of its points.
    checkpoints
        How many checkpoints exist; None when no list is known.
    steps_per_epoch
        None when nothing in the run tells.
    tokens
        Tokens trained on by the last step; None when nothing tells.
    hyperparameters
        As the source gives them.
    logged_as
        What the log calls a metric, by its name here, where the two differ.
    """

    id: str
    name: str
    kind: Kind
    source: str
    formats: tuple[str, ...]
    status: str | None
    base_model: str | None
    final_model: str | None
    first_step: int | None
    last_step: int | None
    planned_steps: int | None
    epochs: float | None
    validation_examples: int | None
    metrics: Mapping[str, int]
    checkpoints: int | None
    steps_per_epoch: float | None = None
    tokens: float | None = None
    hyperparameters: Mapping[str, str | float | bool | None] = {}
    logged_as: Mapping[str, str] = {}

    def called(self, metric: str) -> str:
        """Return what the log calls a metric."""
        return self.logged_as.get(metric, metric)


class Curve(msgspec.Struct, frozen=True, kw_only=True):
    """A metric to draw, thinned so that its peaks stay.

    Parameters
    ----------
    step, value
        The points that were kept.
    points
        How many there were.
    standard_error
        Of each value, where the run states it.
    noise
        Standard deviation of the values about a smooth course, where they are enough to tell.
    """

    step: tuple[int, ...]
    value: tuple[float, ...]
    points: int
    standard_error: tuple[float, ...] | None = None
    noise: float | None = None

    def __post_init__(self) -> None:
        held = [self.value] if self.standard_error is None else [self.value, self.standard_error]
        if any(len(values) != len(self.step) for values in held):
            raise ValueError("a curve has other numbers of steps, values and standard errors")


class About(msgspec.Struct, frozen=True, kw_only=True):
    """What a check looks for, from its page.

    Parameters
    ----------
    title
        The failing state, in one sentence.
    why
        Why it happens or matters, and what is judged.
    """

    title: str
    why: str


class Report(Displayable, msgspec.Struct, frozen=True, kw_only=True):
    """The answer to "which checkpoint, what went wrong, what next" for one run.

    Parameters
    ----------
    headline
        The diagnosis in one line, with the checkpoint to use where there is room for it.
    diagnosis
        What is the matter: the one story of the run.
    also
        What has another cause, the worst first.
    findings
        One for each check that was asked for, the most urgent first.
    curves
        What the figures draw, by metric or computed quantity.
    figures
        Which curves go together, in the order in which to show them.
    about
        What each check that has a finding looks for.
    profile
        The thresholds that were really used, by check.
    notes
        What the readers had to repair, drop or assume.
    """

    schema_version: int = SCHEMA_VERSION
    version: str
    headline: str
    run: RunFacts
    findings: tuple[Finding, ...]
    selection: Selection
    curves: Mapping[str, Curve]
    profile: Mapping[str, Mapping[str, Threshold]]
    notes: tuple[Note, ...]
    figures: tuple[Figure, ...] = ()
    about: Mapping[str, About] = {}
    diagnosis: Diagnosis = NOT_DIAGNOSED
    also: tuple[Diagnosis, ...] = ()

    def finding(self, check: str) -> Finding:
        """Return the finding of one check.

        Raises
        ------
        UsageError
            If that check did not run.
        """
        for finding in self.findings:
            if finding.check == check:
                return finding
        raise UsageError(
            f"the report holds no finding of a check {check!r}",
            hint=f"it ran {', '.join(finding.check for finding in self.findings)}",
        )

    def with_status(self, *statuses: Status) -> tuple[Finding, ...]:
        """Return the findings that have one of these statuses, in the report's order."""
        return tuple([finding for finding in self.findings if finding.status in statuses])

    @property
    def verdict(self) -> Literal["crashed", "problem", "warning", "ok", "unknown"]:
        """The most urgent verdict; ``ok`` when all that could judge are content, else ``unknown``."""
        held = {finding.status for finding in self.findings}
        return next((status for status in _VERDICTS if status in held), "unknown")


_VERDICTS: tuple[Literal["crashed", "problem", "warning", "ok"], ...] = (
    "crashed",
    "problem",
    "warning",
    "ok",
)
