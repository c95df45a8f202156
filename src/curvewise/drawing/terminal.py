"""Curves of a report drawn in the terminal."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

import msgspec
import numpy as np

from curvewise.derived.figures import report_figures
from curvewise.model.figure import Axis
from curvewise.model.report import Curve, Report
from curvewise.numbers import significant
from curvewise.plugin import Style
from curvewise.stats.axis import axis as axis_of
from curvewise.stats.axis import clipped
from curvewise.text import printable


class Line(msgspec.Struct, frozen=True):
    """How a metric is drawn: with a marker, or as a line when that is None."""

    metric: str
    marker: str | None
    colour: str


class Panel(msgspec.Struct, frozen=True):
    """A set of curves on one axis."""

    title: str
    height: int
    lines: tuple[Line, ...]


PANELS = (
    Panel(
        "loss",
        9,
        (
            Line("train_loss", None, "blue"),
            Line("valid_loss", ".", "yellow"),
            Line("full_valid_loss", "o", "red"),
        ),
    ),
    Panel(
        "reward",
        8,
        (
            Line("train_grader_reward", None, "blue"),
            Line("train_mean_reward", None, "blue"),
            Line("valid_grader_reward", "o", "red"),
            Line("full_valid_mean_reward", "o", "red"),
        ),
    ),
    Panel("score on the real task", 6, (Line("evaluation_score", "o", "green"),)),
    Panel("tokens of a rollout", 4, (Line("completion_tokens_mean", None, "blue"),)),
    Panel(
        "reward margin",
        6,
        (Line("train_reward_margin", None, "blue"), Line("full_valid_reward_margin", "o", "red")),
    ),
)
"""What is drawn, in this order; of a panel's lines, those of one split replace each other."""
MARGIN = 11
NARROWEST = 20
"""Columns below which a curve has no shape."""
FRAME = 3
"""Lines of a panel beside its curves: the legend, the axis, and the steps below it."""
LOWEST = 3
"""Lines below which a curve shows nothing."""


def charts(report: Report, style: Style) -> Iterator[str]:
    """Draw the panels that the report has curves for, each as lines with colour escapes.

    Where the height is limited, the first panels are drawn, the last of them lower if need be.
    """
    if not style.unicode or style.width < MARGIN + NARROWEST:
        return
    left = style.height
    panels = [(panel, drawn) for panel in PANELS if _worth(drawn := [*_drawn(panel, report.curves)])]
    steps = [step for _, drawn in panels for _, _, curve in drawn for step in curve.step]
    axes = {line.curve: figure.axis for figure in report_figures(report) for line in figure.lines}
    for panel, drawn in panels:
        height = panel.height if left is None else min(panel.height, left - FRAME)
        if height < LOWEST:
            return
        left = None if left is None else left - FRAME - height
        lower = msgspec.structs.replace(panel, height=height)
        axis = axes.get(drawn[0][0]) or axis_of(np.array(curve.value) for _, _, curve in drawn)
        yield _draw(lower, drawn, axis, (min(steps), max(steps)), style, report)


def _worth(drawn: Sequence[tuple[str, Line, Curve]]) -> bool:
    return any(len(curve.step) > 1 for _, _, curve in drawn)


def _drawn(panel: Panel, curves: Mapping[str, Curve]) -> Iterator[tuple[str, Line, Curve]]:
    taken: set[str] = set()
    passes = [curve for name, curve in curves.items() if name.startswith("full_valid_loss")]
    for line in panel.lines:
        if line.metric == "valid_loss" and any(len(curve.step) > 1 for curve in passes):
            continue  # minibatches only hide the full passes
        members = [name for name in curves if name == line.metric or name.startswith(f"{line.metric}/")]
        split = line.metric.partition("_")[0] if panel.title == "reward" else line.metric
        split = "valid" if split == "full" else split
        if members and split not in taken and (panel.title != "reward" or len(members) == 1):
            taken.add(split)
            yield from ((name, line, curves[name]) for name in members[:3])


def _draw(
    panel: Panel,
    drawn: Sequence[tuple[str, Line, Curve]],
    axis: Axis,
    steps: tuple[int, int],
    style: Style,
    report: Report,
) -> str:
    """Draw a panel from the first to the last step of all panels, so that they can be compared."""
    import plotille  # a drawing library is loaded only when there is something to draw

    low, high = axis.low, axis.high
    first, last = steps[0], max(steps[1], steps[0] + 1)
    width = max(NARROWEST, style.width - MARGIN - 2)
    right = (last - first) * 2 * width / (2 * width - 1)  # a cell is 2 dots wide and 4 high,
    top = low + (high - low) * 4 * panel.height / (4 * panel.height - 1)  # and the last dot is one short
    canvas = plotille.Canvas(width, panel.height, 0, low, right, top)  # from 0: floats merge very late steps
    broken = False
    for _, line, curve in drawn:
        colour = line.colour if style.colour else None
        before: tuple[int, float] | None = None
        for step, value in zip(curve.step, curve.value, strict=True):
            if not math.isfinite(value):
                canvas.point(step - first, high, marker="x", color=colour)
                before, broken = None, True
                continue
            here = (step - first, min(max(value, low), high))
            if value > high or value < low:
                canvas.point(*here, marker="^" if value > high else "v", color=colour)
            elif line.marker:
                canvas.point(*here, marker=line.marker, color=colour)
            elif before:
                canvas.line(*before, *here, color=colour)
            before = here
    bases = [name.partition("/")[0] for name, _, _ in drawn]
    names = bases if len(set(bases)) == len(bases) else [name for name, _, _ in drawn]
    names = [report.run.logged_as.get(full, name) for (full, _, _), name in zip(drawn, names, strict=True)]
    marks = [line.marker or "─" for _, line, _ in drawn]
    entries = [f"{mark} {printable(name, 40)}" for mark, name in zip(marks, names, strict=True)]
    if broken:
        entries.append("x not finite")
    if said := clipped(axis, (curve.value for _, _, curve in drawn)):
        entries.append(said)
    place, best = None, report.selection.best
    if best is not None and first <= best.step <= last:
        entries.append("▲ best")
        place = min(width - 1, int((best.step - first) / right * width))
    legend = [*_legend(panel.title, entries, width)][: None if style.height is None else 1]
    rows = canvas.plot().splitlines()
    return "\n".join(_framed(rows, (low, high), (first, last), legend, width, place))


def _legend(title: str, entries: Sequence[str], width: int) -> Iterator[str]:
    """Yield the lines of a legend: broken between its entries, an entry that is longer than a line is cut."""
    line, gap = f"{title}:", " "
    for entry in entries:
        if len(line) + len(gap) + len(entry) > width:
            yield line
            line, gap = "", ""
        line, gap = printable(f"{line}{gap}{entry}", width), "  "
    yield line


def _label(value: float) -> str:
    """Say a value so that it has room beside the curve."""
    text = significant(value)
    return text if len(text) <= MARGIN - 2 else f"{value:.1e}"


def _framed(
    rows: Sequence[str],
    values: tuple[float, float],
    steps: tuple[int, int],
    legend: Sequence[str],
    width: int,
    best: int | None,
) -> Iterator[str]:
    yield from (f"{'':>{MARGIN}}{line}" for line in legend)
    for index, row in enumerate(rows):
        label = {0: _label(values[1]), len(rows) - 1: _label(values[0])}.get(index, "")
        yield f"{label:>{MARGIN - 2}} ┤{row}" if label else f"{'':>{MARGIN - 2}} │{row}"
    axis = "─" * width if best is None else f"{'─' * best}▲{'─' * (width - best - 1)}"
    yield f"{'':>{MARGIN - 1}}└{axis}"
    left, right = f"step {steps[0]:,}", f"{steps[1]:,}"
    yield f"{'':>{MARGIN}}{left}{right:>{width - len(left)}}"
