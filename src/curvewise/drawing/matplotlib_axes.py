"""One figure of a report on one pair of matplotlib axes."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from textwrap import fill
from typing import Any

import msgspec
import numpy as np
from matplotlib.axes import Axes
from matplotlib.patheffects import withStroke
from matplotlib.ticker import FuncFormatter, MaxNLocator

from curvewise.drawing.palette import BANDS, DIM, HARM, INK, PAPER, SPLITS
from curvewise.drawing.story import Onset, onset
from curvewise.model.figure import Axis, Emphasis, Figure, Line
from curvewise.model.report import Curve, Report
from curvewise.model.selection import Existence, Selection
from curvewise.model.series import LARGEST
from curvewise.stats.axis import axis, clipped
from curvewise.text import printable

LONGEST, LEGEND = 60, 27
"""Characters of a name in a legend, and of one of its lines: what the legend takes, the curves lack."""
MOST_POINTS = 60
"""Points of a curve that are marked one by one; more would hide the line."""

LOG_ROOM = 1.1
"""Factor of room at both ends of a logarithmic axis."""

STROKES: dict[Emphasis, dict[str, Any]] = {
    "judged": {"linewidth": 1.6, "linestyle": "-"},
    "raw": {"linewidth": 0.7, "linestyle": "-", "alpha": 0.65},
    "as logged": {"linewidth": 1.1, "linestyle": (0, (4, 2))},
}
POINTS = {"train": "s", "valid": "o", "other": "^"}
"""Marker of the values, by split."""
OTHER_POINTS = ("v", "D", "p", "<", "h", ">")
"""Markers of further lines of one split: their colour is the same."""


class Mark(msgspec.Struct, frozen=True):
    """How checkpoints of one sort are marked at the foot of the axes."""

    label: str
    marker: str
    size: float
    filled: bool


MARKS = {
    "best": Mark("best checkpoint", "*", 90.0, True),
    "tied": Mark("tied with the best", "D", 26.0, True),
    "candidate": Mark("candidate to evaluate", "^", 36.0, False),
    "exists": Mark("checkpoint exists", "o", 20.0, True),
    "unknown": Mark("evaluated step", "|", 30.0, True),
    "gone": Mark("no checkpoint kept", "x", 22.0, True),
}


def steps_of(report: Report, figures: Sequence[Figure]) -> tuple[int, int]:
    """Return the first and the last step of all figures, which share their axis of steps."""
    names = {line.curve for figure in figures for line in figure.lines}
    held = [step for name, curve in report.curves.items() if name in names for step in curve.step]
    return (min(held), max(held)) if held else (0, 1)


def draw(
    axes: Axes, report: Report, figure: Figure, *, steps: tuple[int, int], log: bool, first: bool, last: bool
) -> None:
    """Draw a figure on axes; the first explains the marks of checkpoints, the last names the steps."""
    held = [(line, report.curves[line.curve]) for line in figure.lines if line.curve in report.curves]
    shown = figure.axis or axis(np.array(curve.value) for _, curve in held)
    finite = [value for _, curve in held for value in curve.value if math.isfinite(value)]
    log = log and bool(finite) and min(finite) > 0
    if log:  # which has room for outliers
        shown = Axis(low=min(finite) / LOG_ROOM, high=min(max(finite), LARGEST) * LOG_ROOM)
    below, above = shown.low, shown.high
    drawn: Counter[tuple[str, str]] = Counter()
    for line, curve in held:
        _draw_line(axes, line, curve, (below, above), drawn[line.split, line.emphasis])
        drawn[line.split, line.emphasis] += 1
    if log:
        axes.set_yscale("log")
    axes.set_ylim(below, above)
    _shade(axes, figure, below, above)
    start, end = steps
    room = max(0.015 * (end - start) or 0.5, 1e-15 * end)  # floats merge very late steps
    axes.set_xlim(start - room, end + room)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda step, _: f"{step:,.0f}"))
    unit = "" if figure.unit == "none" else f", {figure.unit}"
    axes.set_title(f"{figure.title}{unit}")
    _mark_onset(axes, onset(report, figure), end + room)
    _mark_checkpoints(axes, report.selection, named=first)
    _mark_epochs(axes, report, end)
    if last:
        axes.set_xlabel("step")
    axes.legend(loc="upper left", bbox_to_anchor=(1.01, 1.0), fontsize="small")
    _say_what_is_outside(axes, held, shown)


def _draw_line(axes: Axes, line: Line, curve: Curve, ends: tuple[float, float], like: int) -> None:
    """Draw one line; `like` is how many lines of its split and emphasis are there, which its markers tell."""
    colour = SPLITS[line.split]
    step = np.array(curve.step, dtype=np.float64)
    value = np.array(curve.value, dtype=np.float64)
    value = np.where(np.isfinite(value), np.clip(value, -LARGEST, LARGEST), np.nan)
    for marker, outside in (("^", value > ends[1]), ("v", value < ends[0])):
        if outside.any():
            rim = np.clip(value[outside], *ends)
            axes.plot(step[outside], rim, colour, marker=marker, linestyle="", clip_on=False)
    few = len(step) <= MOST_POINTS and line.emphasis != "raw"
    marker = (POINTS[line.split], *OTHER_POINTS)[min(like, len(OTHER_POINTS))]
    axes.plot(
        step,
        value,
        color=colour,
        marker=marker if few or like or len(step) == 1 else None,
        markevery=1 if few else max(1, len(step) // 12),
        markersize=3.5,
        label=fill(printable(line.label, LONGEST), LEGEND),
        **STROKES[line.emphasis],
    )
    if curve.standard_error is not None and line.emphasis == "judged":
        error = np.clip(np.array(curve.standard_error, dtype=np.float64), -LARGEST, LARGEST)
        axes.fill_between(step, value - error, value + error, color=colour, alpha=0.18, linewidth=0)


def _shade(axes: Axes, figure: Figure, below: float, above: float) -> None:
    for band in figure.bands:
        low = below if band.low is None else max(band.low, below)
        high = above if band.high is None else min(band.high, above)
        if low >= high:
            continue
        level = min(max(band.level, 0), 3)
        axes.axhspan(low, high, color=BANDS[level], linewidth=0, zorder=0)
        if high - low > 0.05 * (above - below):
            axes.text(
                0.995,
                high,
                f"{band.label} ",
                transform=axes.get_yaxis_transform(),
                ha="right",
                va="top",
                fontsize="x-small",
                color=INK,
                path_effects=[withStroke(linewidth=2.5, foreground=PAPER)],
                zorder=5,
            )


def _mark_onset(axes: Axes, begins: Onset | None, end: float) -> None:
    """Shade what lies after the onset of harm, and name it at its line, on the side that has more room."""
    if begins is None:
        return
    axes.axvspan(begins.step, end, color=HARM, alpha=0.06, linewidth=0, zorder=0.5)
    axes.axvline(begins.step, color=HARM, linewidth=1.0, zorder=1)
    left = begins.step - axes.get_xlim()[0] > end - begins.step
    axes.annotate(
        begins.label,
        (begins.step, 1.0),
        xytext=(-4 if left else 4, -4),
        xycoords=axes.get_xaxis_transform(),
        textcoords="offset points",
        ha="right" if left else "left",
        va="top",
        fontsize="small",
        color=HARM,
        path_effects=[withStroke(linewidth=2.5, foreground=PAPER)],
        zorder=5,
    )


def _mark_checkpoints(axes: Axes, selection: Selection, *, named: bool) -> None:
    """Mark the checkpoints at the foot: their shapes say which is best, tied, a candidate, or gone."""
    for name, steps in _sorted_checkpoints(selection).items():
        mark = MARKS[name]
        axes.scatter(
            steps,
            np.full(len(steps), 0.03),
            transform=axes.get_xaxis_transform(),
            marker=mark.marker,
            s=mark.size,
            facecolors=INK if mark.filled else "none",
            edgecolors=None if mark.marker in "x|" else INK,
            linewidths=0.9,
            label=mark.label if named else None,
            zorder=4,
            clip_on=False,
        )
    if selection.best is not None:
        axes.axvline(selection.best.step, color=INK, linewidth=0.8, linestyle=":", zorder=1)


def _sorted_checkpoints(selection: Selection) -> dict[str, list[int]]:
    best = () if selection.best is None else (selection.best.step,)
    tied = {pick.step for pick in selection.tied} - set(best)
    candidates = {pick.step for pick in selection.candidates} - tied - set(best)
    marked: dict[str, list[int]] = {"best": list(best), "tied": sorted(tied), "candidate": sorted(candidates)}
    others: tuple[Existence, ...] = ("exists", "unknown", "gone")
    named = {*best, *tied, *candidates}
    for existence in others:
        rows = (row for row in selection.table if row.existence == existence)
        marked[existence] = [row.step for row in rows if row.step not in named]
    return {name: steps for name, steps in marked.items() if steps}


def _mark_epochs(axes: Axes, report: Report, end: int) -> None:
    per_epoch = report.run.steps_per_epoch
    if not per_epoch or per_epoch < 1 or not math.isfinite(per_epoch) or end / per_epoch > 1e6:
        return
    every = max(1, math.ceil(end / per_epoch / 10))
    count = int(end / per_epoch + 1e-9)
    epochs = list(range(every, count + 1, every))
    if not epochs:
        return
    above = axes.secondary_xaxis("top")
    above.set_xticks([epoch * per_epoch for epoch in epochs], [str(epoch) for epoch in epochs])
    above.tick_params(labelsize="x-small", length=3, pad=1)
    above.set_xlabel("epoch", fontsize="x-small", loc="right", labelpad=1)


def _say_what_is_outside(axes: Axes, held: Sequence[tuple[Line, Curve]], shown: Axis) -> None:
    broken = sum(not math.isfinite(value) for _, curve in held for value in curve.value)
    lost = f"{broken:,} value{'' if broken == 1 else 's'} not finite" if broken else ""
    said = "; ".join(filter(None, (clipped(shown, (curve.value for _, curve in held)), lost)))
    if said:
        axes.text(
            0.005,
            0.97,
            said,
            transform=axes.transAxes,
            ha="left",
            va="top",
            fontsize="x-small",
            color=DIM,
        )
