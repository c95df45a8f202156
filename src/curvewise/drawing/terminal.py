"""Curves of a report drawn in the terminal."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from curvewise.drawing.exhibits import Exhibit
from curvewise.drawing.story import Onset, onset, told_figures
from curvewise.model.figure import Axis, Figure, LineSplit
from curvewise.model.report import Curve, Report
from curvewise.numbers import significant
from curvewise.plugin import Style
from curvewise.stats.axis import axis as axis_of
from curvewise.stats.axis import clipped
from curvewise.text import printable

if TYPE_CHECKING:
    from plotille import Canvas

HEIGHTS = {"loss": 9, "reward": 8, "score": 6, "tokens": 4, "margin": 6}
"""Lines of the figures that are drawn beside the one that shows the diagnosis."""
HEIGHT = 6
"""Lines of any other figure."""
Look = tuple[str | None, str]
"""The marker of a curve, or None for a line, and its colour."""
LOOKS: dict[LineSplit, tuple[Look, ...]] = {
    "train": ((None, "blue"), (".", "cyan"), ("+", "bright_blue")),
    "valid": (("o", "red"), ("*", "magenta"), ("#", "bright_red")),
    "other": ((None, "green"), (".", "yellow"), ("+", "bright_green")),
}
"""How the curves of a figure are drawn, those of each split in this order; further ones are left out."""
MINIBATCHES: Look = (".", "yellow")
"""How values of single validation minibatches are drawn."""
SPARSE = 12
"""Points below which a curve of neither split is drawn as points."""


class Drawn(msgspec.Struct, frozen=True):
    """A curve as it is drawn."""

    name: str
    curve: Curve
    marker: str | None
    colour: str


MARGIN = 11
NARROWEST = 20
"""Columns below which a curve has no shape."""
FRAME = 3
"""Lines of a panel beside its curves: the legend, the axis, and the steps below it."""
LOWEST = 3
"""Lines below which a curve shows nothing."""


def charts(report: Report, style: Style) -> Iterator[str]:
    """Draw figures, first the one that shows the diagnosis, each as lines with colour escapes.

    Where the height is limited, the first ones are drawn, the last of them lower if need be.
    """
    if not style.unicode or style.width < MARGIN + NARROWEST:
        return
    left = style.height
    called = report.run.logged_as
    known = [(figure, [*_drawn(figure, report.curves, called)]) for figure in told_figures(report)]
    worth = [(figure, drawn) for figure, drawn in known if any(len(each.curve.step) > 1 for each in drawn)]
    panels = [*worth[:1], *(one for one in worth[1:] if one[0].name in HEIGHTS)]
    steps = [step for _, drawn in panels for each in drawn for step in each.curve.step]
    for figure, drawn in panels:
        wished = HEIGHTS.get(figure.name, HEIGHT)
        height = wished if left is None else min(wished, left - FRAME)
        if height < LOWEST:
            return
        left = None if left is None else left - FRAME - height
        best, begins = report.selection.best, onset(report, figure)
        pick = None if best is None else best.step
        yield _draw(figure, height, drawn, (min(steps), max(steps)), style, pick, begins)


def draw_exhibit(exhibit: Exhibit, style: Style) -> str:
    """Draw an exhibit, as lines with colour escapes; empty where the terminal has no room for it."""
    drawn = [*_drawn(exhibit.figure, exhibit.curves, {})]
    steps = [step for each in drawn for step in each.curve.step]
    if not style.unicode or style.width < MARGIN + NARROWEST or not steps:
        return ""
    ends = (min(steps), max(steps))
    return _draw(exhibit.figure, HEIGHTS["reward"], drawn, ends, style, exhibit.best, exhibit.begins)


def _drawn(figure: Figure, curves: Mapping[str, Curve], called: Mapping[str, str]) -> Iterator[Drawn]:
    """Yield the curves to draw: of each split those that verdicts rest on, else what was logged."""
    for split, looks in LOOKS.items():
        own = [line for line in figure.lines if line.split == split and line.curve in curves]
        judged = [line for line in own if line.emphasis == "judged"]
        if any(len(curves[line.curve].step) > 1 for line in judged):
            own = judged
        for line, (marker, colour) in zip(own, looks, strict=False):
            curve = curves[line.curve]
            if split == "valid" and line.emphasis == "raw":
                marker, colour = MINIBATCHES
            elif split == "other" and len(curve.step) < SPARSE:
                marker = marker or "o"
            yield Drawn(called.get(line.curve, line.curve), curve, marker, colour)


def _draw(
    figure: Figure,
    height: int,
    drawn: Sequence[Drawn],
    steps: tuple[int, int],
    style: Style,
    best: int | None,
    begins: Onset | None,
) -> str:
    """Draw a figure from the first to the last step of all figures, so that they can be compared."""
    import plotille  # a drawing library is loaded only when there is something to draw

    axis: Axis = figure.axis or axis_of(np.array(each.curve.value) for each in drawn)
    low, high = axis.low, axis.high
    first, last = steps[0], max(steps[1], steps[0] + 1)
    width = max(NARROWEST, style.width - MARGIN - 2)
    right = (last - first) * 2 * width / (2 * width - 1)  # a cell is 2 dots wide and 4 high,
    top = low + (high - low) * 4 * height / (4 * height - 1)  # and the last dot is one short
    canvas = plotille.Canvas(width, height, 0, low, right, top)  # from 0: floats merge very late steps
    broken = _plot(canvas, drawn, first, axis, colour=style.colour)
    entries = [f"{each.marker or '─'} {printable(each.name, 40)}" for each in drawn]
    if broken:
        entries.append("x not finite")
    if said := clipped(axis, (each.curve.value for each in drawn)):
        entries.append(said)

    def column(step: int) -> int | None:
        return min(width - 1, int((step - first) / right * width)) if first <= step <= last else None

    pick = None if best is None else column(best)
    if pick is not None:
        entries.append("▲ best")
    legend = [*_legend(figure.name.replace("_", " "), entries, width)][: None if style.height is None else 1]
    rows = canvas.plot().splitlines()
    harm = None if begins is None else column(begins.step)
    axis_line = f"{'':>{MARGIN - 1}}└{_axis(width, pick, harm, colour=style.colour)}"
    ends = f"{'':>{MARGIN}}{_steps(width, (first, last), harm, begins)}"
    return "\n".join([*_framed(rows, (low, high), legend), axis_line, ends])


def _plot(canvas: Canvas, drawn: Sequence[Drawn], first: int, axis: Axis, *, colour: bool) -> bool:
    """Plot curves within an axis; return whether a value is not finite."""
    low, high = axis.low, axis.high
    broken = False
    for each in drawn:
        ink = each.colour if colour else None
        before: tuple[int, float] | None = None
        for step, value in zip(each.curve.step, each.curve.value, strict=True):
            if not math.isfinite(value):
                canvas.point(step - first, high, marker="x", color=ink)
                before, broken = None, True
                continue
            here = (step - first, min(max(value, low), high))
            if value > high or value < low:
                canvas.point(*here, marker="^" if value > high else "v", color=ink)
            elif each.marker:
                canvas.point(*here, marker=each.marker, color=ink)
            elif before:
                canvas.line(*before, *here, color=ink)
            before = here
    return broken


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


def _framed(rows: Sequence[str], values: tuple[float, float], legend: Sequence[str]) -> Iterator[str]:
    yield from (f"{'':>{MARGIN}}{line}" for line in legend)
    for index, row in enumerate(rows):
        label = {0: _label(values[1]), len(rows) - 1: _label(values[0])}.get(index, "")
        yield f"{label:>{MARGIN - 2}} ┤{row}" if label else f"{'':>{MARGIN - 2}} │{row}"


def _axis(width: int, pick: int | None, harm: int | None, *, colour: bool) -> str:
    """Draw the axis of steps: the pick on it, and hatched from where the harm begins."""
    cells = ["─"] * width if harm is None else ["─"] * harm + ["▒"] * (width - harm)
    if pick is not None:
        cells[pick] = "▲"
    if colour and harm is not None:
        cells[harm], cells[-1] = f"\x1b[31m{cells[harm]}", f"{cells[-1]}\x1b[0m"
    return "".join(cells)


def _steps(width: int, steps: tuple[int, int], harm: int | None, begins: Onset | None) -> str:
    """Name the ends of the axis, and between them what begins where it is hatched, if there is room."""
    left, right = f"step {steps[0]:,}", f"{steps[1]:,}"
    label = "" if harm is None or begins is None else f"▒ {begins.label}"
    room = width - len(left) - len(right) - 4
    if not label or len(label) > room:
        return f"{left}{right:>{width - len(left)}}"
    start = min(max(harm or 0, len(left) + 2), len(left) + 2 + room - len(label))
    return f"{left:<{start}}{label}{right:>{width - start - len(label)}}"
