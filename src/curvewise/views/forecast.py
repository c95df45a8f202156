"""A forecast: whether more training would help."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from curvewise.drawing import markdown, markup
from curvewise.model.forecast import Forecast
from curvewise.numbers import certainty, percent
from curvewise.plugin import Style, View
from curvewise.text import cell
from curvewise.views._formats import as_csv, as_json


def _text(result: Forecast, style: Style) -> str:
    """Render a forecast: the answer, and the numbers that it rests on."""
    lines = [*textwrap.wrap(result.reason, min(100, style.width))]
    if facts := [f"  {name:<12}  {value}" for name, value in _facts(result)]:
        lines += ["", *facts]
    return "\n".join([*lines, ""])


def _facts(result: Forecast) -> Iterator[tuple[str, str]]:
    if (
        result.expected is None
        or result.interval is None
        or result.gain is None
        or result.gain_interval is None
    ):
        return
    low, high = result.gain_interval
    ahead = "as planned or asked for" if result.planned else "half as many again as were trained"
    expected = f"90 % interval {result.interval[0]:.4g} to {result.interval[1]:.4g}"
    yield "best so far", f"{result.best:.4g} at step {result.best_step:,}"
    yield "expected", f"{result.expected:.4g} by step {result.end_step:,}, {expected}"
    yield "gain", f"{percent(result.gain)}, 90 % interval {percent(low)} to {percent(high)}"
    yield "probability", f"{certainty(result.probability or 0.0)} for a gain of 1 % or more"
    yield "basis", f"{result.points:,} evaluations of {result.metric} ({result.basis})"
    yield "ahead", f"{result.horizon:,} steps after step {result.step:,}: {ahead}"


def _markdown(result: Forecast, style: Style) -> str:
    """Render a forecast for a pull request."""
    del style  # a page has one look
    lines = [f"**{markdown.text(result.reason, 1000)}**"]
    if facts := [[name, markdown.text(value)] for name, value in _facts(result)]:
        lines += ["", *markdown.table(["", "forecast"], facts, words=(0, 1))]
    return "\n".join([*lines, ""])


def _csv(result: Forecast, style: Style) -> str:
    """Render a forecast as one row."""
    del style  # a table has one look
    fields = [field for field in result.__struct_fields__ if "interval" not in field]
    return as_csv([fields, [cell(getattr(result, field)) for field in fields]])


def _html(result: Forecast, style: Style) -> str:
    """Render a forecast as a page."""
    del style  # a page has one look
    parts = [markup.element("h1", "Forecast"), markup.element("p", markup.text(result.reason, 1000))]
    if facts := [[name, markup.text(value)] for name, value in _facts(result)]:
        parts.append(markup.table(["", ""], facts))
    return markup.page("Forecast · curvewise", *parts)


forecast = View(
    name="forecast",
    formats={"text": _text, "json": as_json, "csv": _csv, "markdown": _markdown, "html": _html},
)
