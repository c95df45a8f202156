"""A small chart as SVG, drawn by hand so that a notebook needs nothing else."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from html import escape

import msgspec
import numpy as np

from curvewise.derived.figures import thinned
from curvewise.drawing.markup import text
from curvewise.drawing.palette import BANDS, HARM, INK, PAPER, SPLITS
from curvewise.drawing.story import Onset
from curvewise.model.figure import Axis, Band, Emphasis, Figure, LineSplit
from curvewise.model.report import Curve
from curvewise.numbers import significant
from curvewise.stats.axis import axis as axis_of
from curvewise.stats.axis import clipped

WIDTH, HEIGHT = 640.0, 200.0
LEFT, RIGHT, TOP, BOTTOM = 58.0, 12.0, 8.0, 22.0
MOST = 200
"""Points of a line, about; a notebook keeps its output in the file."""
DASHES: tuple[str, ...] = ("", "6 3", "2 3", "8 3 2 3", "1 4")
"""Of lines that have the same colour."""
STROKES: dict[Emphasis, tuple[float, float]] = {
    "judged": (1.8, 1.0),
    "raw": (0.8, 0.65),
    "as logged": (1.2, 1.0),
}
"""Width and opacity."""


class Drawn(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a chart."""

    label: str  # what to call it; foreign text is escaped here
    curve: Curve  # its points
    colour: str  # as ``#rrggbb``
    dash: str = ""  # as SVG's ``stroke-dasharray``; empty for a solid line
    emphasis: Emphasis = "judged"  # decides width and opacity


def colour_of(split: LineSplit) -> str:
    """Return the colour of lines that are measured on a part of the data."""
    return SPLITS[split]


def chart(
    title: str,
    lines: Sequence[Drawn],
    *,
    axis: Axis | None = None,
    bands: Sequence[Band] = (),
    mark: int | None = None,
    begins: Onset | None = None,
) -> str:
    """Return lines over steps as HTML; empty when none has a finite value."""
    held = [line for line in lines if any(map(math.isfinite, line.curve.value))]
    if not held:
        return ""
    steps = [step for line in held for step in line.curve.step]
    axis = axis or axis_of(np.array(line.curve.value) for line in held)
    frame = _Frame(min(steps), max(steps), axis.low, axis.high)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH:.0f} {HEIGHT:.0f}" '
        f'style="max-width:{WIDTH:.0f}px;width:100%;display:block" role="img" aria-label="{text(title)}">',
        f'<rect width="{WIDTH:.0f}" height="{HEIGHT:.0f}" fill="{PAPER}"/>',
        *_bands(frame, bands),
        *(_onset(frame, begins) if begins else ()),
        *_axes(frame),
        *(_line(frame, line) for line in held),
        *(_mark(frame, mark) if mark is not None else ()),
        "</svg>",
    ]
    said = "; ".join(filter(None, (title, clipped(axis, (line.curve.value for line in held)))))
    return f"<div>{text(said)}</div>{''.join(parts)}<div>{_legend(held)}</div>"


def figure_chart(
    figure: Figure, curves: Mapping[str, Curve], *, mark: int | None = None, begins: Onset | None = None
) -> str:
    """Return a figure as HTML; lines of one colour differ in their dashes."""
    same: Counter[str] = Counter()
    lines = []
    for line in figure.lines:
        if line.curve not in curves:
            continue
        dash = DASHES[same[line.split] % len(DASHES)] if line.emphasis != "raw" else ""
        same[line.split] += line.emphasis != "raw"
        drawn = Drawn(
            label=line.label,
            curve=curves[line.curve],
            colour=colour_of(line.split),
            dash=dash,
            emphasis=line.emphasis,
        )
        lines.append(drawn)
    return chart(figure.title, lines, axis=figure.axis, bands=figure.bands, mark=mark, begins=begins)


class _Frame(msgspec.Struct, frozen=True):
    """The ranges that are drawn, and where a point of them lies."""

    first: int
    last: int
    low: float
    high: float

    def x(self, step: float) -> float:
        span = (self.last - self.first) or 1
        return LEFT + (WIDTH - LEFT - RIGHT) * (step - self.first) / span

    def y(self, value: float) -> float:
        share = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * share


def _bands(frame: _Frame, bands: Sequence[Band]) -> Iterator[str]:
    for band in bands:
        low = frame.low if band.low is None else max(band.low, frame.low)
        high = frame.high if band.high is None else min(band.high, frame.high)
        if low < high:
            top, bottom = frame.y(high), frame.y(low)
            colour = BANDS[min(max(band.level, 0), 3)]
            yield (
                f'<rect x="{LEFT}" y="{top:.1f}" width="{WIDTH - LEFT - RIGHT}" height="{bottom - top:.1f}" '
                f'fill="{colour}"/>'
            )
            if bottom - top > 12:
                yield _text(WIDTH - RIGHT - 4, top + 11, text(band.label, 40), "end")


def _axes(frame: _Frame) -> Iterator[str]:
    yield (
        f'<path d="M{LEFT} {TOP}V{HEIGHT - BOTTOM}H{WIDTH - RIGHT}" fill="none" stroke="{INK}" '
        'stroke-opacity="0.5"/>'
    )
    yield _text(LEFT - 5, TOP + 8, significant(frame.high, 3), "end")
    yield _text(LEFT - 5, HEIGHT - BOTTOM, significant(frame.low, 3), "end")
    yield _text(LEFT, HEIGHT - 6, f"step {frame.first:,}", "start")
    yield _text(WIDTH - RIGHT, HEIGHT - 6, f"{frame.last:,}", "end")


def _text(x: float, y: float, shown: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="11" fill="{INK}">{shown}</text>'


def _line(frame: _Frame, line: Drawn) -> str:
    curve = thinned(line.curve, MOST)
    path, rim, pen = [], [], "M"
    for step, value in zip(curve.step, curve.value, strict=True):
        if not math.isfinite(value):
            pen = "M"
            continue
        path.append(f"{pen}{frame.x(step):.1f} {frame.y(value):.1f}")
        pen = "L"
        if value > frame.high:
            rim.append(f"M{frame.x(step) - 3:.1f} {TOP + 5}l3 -5 3 5z")
        elif value < frame.low:
            rim.append(f"M{frame.x(step) - 3:.1f} {HEIGHT - BOTTOM - 5}l3 5 3 -5z")
    if len(path) == 1:
        path.append("h0.1")
    width, opacity = STROKES[line.emphasis]
    dash = f' stroke-dasharray="{escape(line.dash)}"' if line.dash else ""
    return (
        f'<path d="{"".join(path)}" fill="none" stroke="{line.colour}" stroke-width="{width}" '
        f'stroke-opacity="{opacity}" stroke-linecap="round"{dash}/>'
    ) + (f'<path d="{"".join(rim)}" fill="{line.colour}"/>' if rim else "")


def _onset(frame: _Frame, begins: Onset) -> Iterator[str]:
    x, right = max(LEFT, frame.x(begins.step)), WIDTH - RIGHT
    if x >= right:
        return
    yield (
        f'<rect x="{x:.1f}" y="{TOP}" width="{right - x:.1f}" height="{HEIGHT - TOP - BOTTOM}" fill="{HARM}" '
        f'fill-opacity="0.06"/><path d="M{x:.1f} {TOP}V{HEIGHT - BOTTOM}" stroke="{HARM}"/>'
    )
    left = x > WIDTH / 2
    yield _text(x + (-5 if left else 5), TOP + 22, text(begins.label, 60), "end" if left else "start")


def _mark(frame: _Frame, step: int) -> Iterator[str]:
    if frame.first <= step <= frame.last:
        x = frame.x(step)
        yield (
            f'<path d="M{x:.1f} {TOP}V{HEIGHT - BOTTOM}" stroke="{INK}" stroke-dasharray="1 3" fill="none"/>'
        )
        yield _text(x, TOP + 9, "★", "middle")


def _legend(lines: Sequence[Drawn]) -> str:
    shown = []
    for line in lines:
        dash = f' stroke-dasharray="{escape(line.dash)}"' if line.dash else ""
        key = (
            '<svg xmlns="http://www.w3.org/2000/svg" width="26" height="8" aria-hidden="true">'
            f'<path d="M1 4H25" stroke="{line.colour}" stroke-width="{STROKES[line.emphasis][0]}"{dash}/>'
            "</svg>"
        )
        shown.append(f'<span style="margin-right:14px">{key} {text(line.label, 60)}</span>')
    return "".join(shown)
