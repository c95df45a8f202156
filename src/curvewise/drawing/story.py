"""What charts show of a diagnosis: which comes first, and where the harm begins."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from curvewise.derived.figures import report_figures
from curvewise.model.figure import Figure
from curvewise.model.report import Report


class Onset(msgspec.Struct, frozen=True):
    """Where the harm begins."""

    step: int
    label: str  # such as "overfit from step 90"


def told_figures(report: Report) -> tuple[Figure, ...]:
    """Return the figures of a report, first the one that shows its diagnosis."""
    figures = report_figures(report)
    for metric in _metrics(report):
        for figure in figures:
            if _draws(figure, metric, report):
                return (figure, *(other for other in figures if other is not figure))
    return figures


def onset(report: Report, figure: Figure) -> Onset | None:
    """Return where the harm begins in a figure that the diagnosis rests on."""
    diagnosis = report.diagnosis
    if diagnosis.since is None or diagnosis.severity == "ok":
        return None
    if not any(_draws(figure, metric, report) for metric in _metrics(report)):
        return None
    step = diagnosis.since.step
    return Onset(step, f"{diagnosis.name.replace('_', ' ')} from step {step:,}")


def _metrics(report: Report) -> Iterator[str]:
    """Yield what a diagnosis rests on, the decisive first: where it harms, the first number of a finding."""
    diagnosis = report.diagnosis
    own = {finding.check: finding for finding in report.findings}
    rests = [own[name] for name in diagnosis.findings if name in own]
    if diagnosis.severity in ("problem", "warning"):
        yield from (evidence.metric for finding in rests[:1] for evidence in finding.evidence[:1])
    yield diagnosis.metric
    yield from (evidence.metric for finding in rests for evidence in finding.evidence)


def _draws(figure: Figure, metric: str, report: Report) -> bool:
    """Return whether a figure draws a metric, or a member of its family."""
    drawn = (line.curve for line in figure.lines if line.curve in report.curves)
    return any(metric in (curve, curve.partition("/")[0]) for curve in drawn)
