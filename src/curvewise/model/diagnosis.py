"""Diagnosis: the one story of a run, with the checkpoint to use and what to do next."""

from __future__ import annotations

from typing import Literal

import msgspec

from curvewise.model.selection import Saved

Severity = Literal["ok", "warning", "problem", "unknown"]
SEVERITIES: tuple[Severity, ...] = ("problem", "warning", "unknown", "ok")
"""Every severity, the worst first."""
Certainty = Literal["high", "moderate", "low"]
LONGEST_SUMMARY = 160
"""Characters of a summary."""
MOST_STEPS = 3
"""Things to do next."""


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A place in a training.

    Parameters
    ----------
    step
        Training step.
    epoch
        Epochs done by then; None when nothing tells.
    """

    step: int
    epoch: float | None = None


class Use(msgspec.Struct, frozen=True, kw_only=True):
    """The checkpoint to use.

    Parameters
    ----------
    step, epoch
        Training step, and the epochs done by then when known.
    model
        The name to deploy; None when no checkpoint list tells it.
    saved
        Whether the checkpoint is there: ``yes``, ``probably``, ``no`` or ``unknown``.
    tied
        How many other checkpoints noise cannot tell from it.
    why
        One sentence.
    """

    step: int
    epoch: float | None = None
    model: str | None = None
    saved: Saved = "unknown"
    tied: int = 0
    why: str = ""


class Diagnosis(msgspec.Struct, frozen=True, kw_only=True):
    """What is the matter with a run, told in one story.

    Parameters
    ----------
    name
        Of the diagnosis, such as ``overfit``; that of a check where a finding of it stands alone.
    severity
        ``problem``, ``warning``, ``unknown`` or ``ok``.
    certainty
        ``high``, ``moderate`` or ``low``.
    summary
        One sentence with the numbers, at most 160 characters.
    since
        Where it began; None when it has no beginning.
    metric
        The metric that shows it; empty when none does.
    use
        The checkpoint to use; None when nothing supports a choice, or nothing is to be deployed.
    deploy
        False when no checkpoint of the run is to be deployed.
    next
        What to do, at most three things, the decisive one first.
    unknown
        What could not be known, and what would tell; empty when nothing is missing.
    findings
        Names of the checks that it rests on and explains.
    """

    name: str
    severity: Severity
    certainty: Certainty
    summary: str
    since: Place | None = None
    metric: str = ""
    use: Use | None = None
    deploy: bool = True
    next: tuple[str, ...] = ()
    unknown: str = ""
    findings: tuple[str, ...] = ()


NOT_DIAGNOSED = Diagnosis(
    name="insufficient_data",
    severity="unknown",
    certainty="low",
    summary="This report was written before there were diagnoses: judge the run again.",
)
"""What a report has that was written by an earlier version."""
