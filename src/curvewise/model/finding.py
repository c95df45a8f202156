"""Finding: what one check says of one run, and the evidence it rests on."""

from __future__ import annotations

from typing import Literal

import msgspec
import numpy as np

from curvewise.errors import PluginError
from curvewise.model.series import Series

Status = Literal["ok", "warning", "problem", "unknown", "not_applicable", "crashed"]
STATUSES: tuple[Status, ...] = ("crashed", "problem", "warning", "unknown", "ok", "not_applicable")
"""Every status, the one to read first in front."""


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """One number that a finding rests on.

    Parameters
    ----------
    label
        What the number is, such as ``mean reward`` or ``validation / training loss at step 300``.
    value
        The number.
    metric
        Canonical name of the metric that it was taken from.
    limit
        The threshold that it was compared with.
    interval
        Lower and upper end of an interval for the value, when one can be stated.
    first_step, last_step
        The stretch of training that it speaks of.
    points
        How many values of the metric it rests on.
    """

    label: str
    value: float
    metric: str
    limit: float | None = None
    interval: tuple[float, float] | None = None
    first_step: int | None = None
    last_step: int | None = None
    points: int = 1

    @classmethod
    def of(
        cls,
        metric: str,
        label: str,
        value: float,
        series: Series,
        *,
        limit: float | None = None,
        interval: tuple[float, float] | None = None,
    ) -> Evidence:
        """Evidence whose steps and number of points are those of a series."""
        points = len(series)
        return cls(
            label=label,
            value=float(value),
            metric=metric,
            limit=limit,
            interval=interval,
            first_step=series.first_step if points else None,
            last_step=series.last_step if points else None,
            points=points,
        )

    @classmethod
    def mean(cls, metric: str, series: Series, *, limit: float | None = None) -> Evidence:
        """Return the mean of a series, NaN for an empty one."""
        value = float(np.add.reduce(series.value)) / len(series) if len(series) else float("nan")
        return cls.of(metric, "mean", value, series, limit=limit)

    @classmethod
    def at(
        cls, metric: str, label: str, value: float, step: int, *, limit: float | None = None, points: int = 1
    ) -> Evidence:
        """Evidence at a single step."""
        return cls(
            label=label,
            value=float(value),
            metric=metric,
            limit=limit,
            first_step=step,
            last_step=step,
            points=points,
        )


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """The verdict of one check. Use `ok`, `warning`, `problem`, `unknown` or `not_applicable`.

    Parameters
    ----------
    check
        Name of the check; filled in when the check runs.
    status
        ``ok``, ``warning``, ``problem``; ``unknown`` (wanted to judge, the data does not allow it);
        ``not_applicable`` (the question does not arise for this run); ``crashed`` (the check failed).
    summary
        One sentence with the numbers.
    evidence
        The numbers. A warning or a problem has at least one.
    advice
        What to do next. A warning or a problem has one.
    confidence
        Probability that the verdict is right, when it can be stated.
    reason
        Why there is no verdict, and what would allow one.
    """

    check: str = ""
    status: Status
    summary: str
    evidence: tuple[Evidence, ...] = ()
    advice: str = ""
    confidence: float | None = None
    reason: str = ""

    def __post_init__(self) -> None:
        if self.status in ("warning", "problem") and not (self.evidence and self.advice):
            raise PluginError(
                f"a finding with status {self.status!r} was made without evidence or without advice",
                hint="pass at least one Evidence and advice=...",
            )
        if self.status in ("unknown", "not_applicable", "crashed") and not self.reason:
            raise PluginError(
                f"a finding with status {self.status!r} was made without a reason", hint="pass a reason"
            )

    def of(self, check: str) -> Finding:
        """Return the finding as that of a check."""
        return self if self.check == check else msgspec.structs.replace(self, check=check)

    @classmethod
    def ok(cls, summary: str, *evidence: Evidence, confidence: float | None = None) -> Finding:
        """Say that nothing is wrong."""
        return cls(status="ok", summary=summary, evidence=evidence, confidence=confidence)

    @classmethod
    def warning(
        cls, summary: str, *evidence: Evidence, advice: str, confidence: float | None = None
    ) -> Finding:
        """Say that something is worth watching."""
        return cls(status="warning", summary=summary, evidence=evidence, advice=advice, confidence=confidence)

    @classmethod
    def problem(
        cls, summary: str, *evidence: Evidence, advice: str, confidence: float | None = None
    ) -> Finding:
        """Say that something is wrong."""
        return cls(status="problem", summary=summary, evidence=evidence, advice=advice, confidence=confidence)

    @classmethod
    def unknown(cls, reason: str, *evidence: Evidence, summary: str = "Cannot say.") -> Finding:
        """Say that the data does not allow a judgement, and what would."""
        return cls(status="unknown", summary=summary, evidence=evidence, reason=reason)

    @classmethod
    def not_applicable(cls, reason: str) -> Finding:
        """Say that the question does not arise for this run."""
        return cls(status="not_applicable", summary="Does not apply.", reason=reason)
