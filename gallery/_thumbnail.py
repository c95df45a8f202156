"""A small picture of the curves that a finding speaks of, as SVG that takes its colours from the page."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from html import escape

import msgspec

from curvewise import Finding, Report
from curvewise.model.figure import Figure, Line
from curvewise.model.report import Curve

WIDTH, HEIGHT = 320, 160
LEFT, RIGHT, TOP, BOTTOM = 8, 8, 22, 28
OUTLIERS = 0.02
"""Share of the points, the highest, that do not set the height when they squash the rest to a fifth of it."""
LEVEL = 0.3
"""Positive curves that change by a smaller share of themselves are drawn from zero: they look level."""


class _Frame(msgspec.Struct, frozen=True):
    """Where steps and values lie in the picture."""

    first: float
    last: float
    low: float
    high: float

    def point(self, step: float, value: float) -> tuple[float, float]:
        x = LEFT + (step - self.first) / (self.last - self.first) * (WIDTH - LEFT - RIGHT)
        share = (value - self.low) / (self.high - self.low)
        return x, HEIGHT - BOTTOM - min(max(share, 0.0), 1.0) * (HEIGHT - TOP - BOTTOM)


def thumbnail(report: Report, finding: Finding) -> str:
    """Draw the figure that shows the first evidence of a finding.

    The classes ``train``, ``valid``, ``other`` and ``judged``, ``raw``, ``as-logged`` say how to draw a line.
    """
    figure = figure_of(report, finding)
    if figure is None:
        return f'<svg class="thumbnail" viewBox="0 0 {WIDTH} {HEIGHT}" aria-hidden="true"></svg>'
    drawn = [(line, report.curves[line.curve]) for line in lines_of(figure, finding)]
    frame = _frame(figure, [curve for _, curve in drawn])
    best = report.selection.best
    parts = [
        f'<svg class="thumbnail" viewBox="0 0 {WIDTH} {HEIGHT}" role="img"',
        f' aria-label="{escape(figure.title)}">',
        f'<path class="axis" d="M{LEFT},{HEIGHT - BOTTOM}H{WIDTH - RIGHT}"/>',
        *(part for line, curve in reversed(drawn) for part in _curve(line, curve, frame)),
        *([_mark(frame, best.step)] if best is not None else []),
        f'<text x="{LEFT}" y="13">{escape(figure.title)}</text>',
        f'<text x="{LEFT}" y="{HEIGHT - 4}">step {frame.first:,.0f}</text>',
        f'<text x="{WIDTH - RIGHT}" y="{HEIGHT - 4}" text-anchor="end">{frame.last:,.0f}</text>',
        "</svg>",
    ]
    return "".join(parts)


def figure_of(report: Report, finding: Finding) -> Figure | None:
    """Return the figure that draws the metric of the first evidence, else the first one."""
    for evidence in finding.evidence:
        for figure in report.figures:
            if evidence.metric in {line.curve for line in figure.lines}:
                return figure
    return next(iter(report.figures), None)


def lines_of(figure: Figure, finding: Finding) -> Sequence[Line]:
    """Of a figure with many curves, those that the finding speaks of."""
    if len(figure.lines) <= 4:
        return figure.lines
    metrics = {evidence.metric for evidence in finding.evidence}
    return [line for line in figure.lines if line.curve in metrics] or figure.lines[:4]


def _frame(figure: Figure, curves: Sequence[Curve]) -> _Frame:
    steps = [step for curve in curves for step in curve.step]
    values = sorted(value for curve in curves for value in curve.value if math.isfinite(value)) or [0.0]
    low, high = values[0], values[-1]
    usual = values[-1 - int(OUTLIERS * len(values))]
    if high - low > 5 * (usual - low) > 0:
        high = usual
    if figure.better == "higher" and low >= -1 and high <= 1:  # a reward or a share
        low, high = min(low, 0.0), 1.0 if high > 0 else 0.0
    elif figure.unit.startswith("share") or 0 < high - low < LEVEL * high:
        low = 0.0
    if high == low:
        low, high = low - 0.5, high + 0.5
    return _Frame(min(steps), max(max(steps), min(steps) + 1), low, high)


def _curve(line: Line, curve: Curve, frame: _Frame) -> Iterator[str]:
    kind = f"{line.split} {line.emphasis.replace(' ', '-')}"
    pieces: list[list[str]] = [[]]
    for step, value in zip(curve.step, curve.value, strict=True):
        if math.isfinite(value):
            pieces[-1].append("{:.1f},{:.1f}".format(*frame.point(step, value)))
        elif pieces[-1]:
            pieces.append([])
    for piece in pieces:
        if len(piece) > 1:
            yield f'<polyline class="{kind}" points="{" ".join(piece)}"/>'
    if len(curve.step) <= 30:
        for across, down in (point.split(",") for piece in pieces for point in piece):
            yield f'<circle class="{kind}" cx="{across}" cy="{down}" r="2.4"/>'
    lost = [step for step, value in zip(curve.step, curve.value, strict=True) if not math.isfinite(value)]
    for step in lost[:: max(1, len(lost) // 12)]:
        x, y = frame.point(step, frame.high)
        yield f'<path class="lost" d="M{x - 3:.1f},{y - 3:.1f}l6,6m0,-6l-6,6"/>'


def _mark(frame: _Frame, step: int) -> str:
    """Draw a small triangle under the axis at the checkpoint to deploy."""
    x, y = frame.point(step, frame.low)
    return f'<path class="best" d="M{x:.1f},{y + 1:.1f}l5,8h-10z"><title>deploy step {step:,}</title></path>'
