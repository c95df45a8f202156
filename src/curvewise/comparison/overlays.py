"""The curves of several runs that are worth laying over each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import msgspec

from curvewise.derived.figures import report_figures, thinned, with_axis
from curvewise.model.figure import Figure, Line
from curvewise.model.report import Curve, Report

SHOWN = frozenset(("loss", "ratio", "reward", "gap", "tokens", "margin", "accuracy"))
"""Figures by which runs are compared; the others are in the report of each run."""


def overlays(reports: Sequence[Report]) -> tuple[tuple[Figure, ...], list[dict[str, Curve]]]:
    """Return the figures of the curves that two runs or more have, and for each run those curves, thinned."""
    drawn = [report_figures(report) for report in reports]
    held = Counter(
        name
        for own, report in zip(drawn, reports, strict=True)
        for name in {line.curve for figure in own for line in figure.lines if line.curve in report.curves}
    )
    merged: dict[str, Figure] = {}
    for figure in (figure for own in drawn for figure in own if figure.name in SHOWN):
        before = merged.get(figure.name)
        lines: dict[str, Line] = {line.curve: line for line in (before or figure).lines}
        for line in figure.lines:
            lines.setdefault(line.curve, line)
        shared = tuple(line for line in lines.values() if held[line.curve] > 1)
        merged[figure.name] = msgspec.structs.replace(before or figure, lines=shared)
    figures = tuple(
        with_axis(figure, *(report.curves for report in reports))
        for figure in merged.values()
        if figure.lines
    )
    names = [line.curve for figure in figures for line in figure.lines]
    curves = [
        {name: thinned(report.curves[name]) for name in names if name in report.curves} for report in reports
    ]
    return figures, curves
