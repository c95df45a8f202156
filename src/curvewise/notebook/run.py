"""A run in a notebook: what is known of it, not yet judged."""

from __future__ import annotations

import math
from collections.abc import Iterator

from curvewise.derived.figures import figures_of
from curvewise.drawing import markdown as _markdown
from curvewise.drawing.markup import element, folded, table, text
from curvewise.drawing.svg import Drawn, chart, colour_of
from curvewise.model.run import Run

MOST = 60
"""Metrics that are listed."""


def run_html(run: Run) -> str:
    """Return a run as HTML: facts, its first chart, its metrics folded."""
    facts = [[text(name), text(value, 200)] for name, value in _facts(run)]
    curves, figures = figures_of(run)
    parts = [
        element("p", element("strong", text(run.name or run.source or "run", 100))),
        table(["", ""], facts),
    ]
    if figures:
        lines = [
            Drawn(
                label=line.label,
                curve=curves[line.curve],
                colour=colour_of(line.split),
                emphasis=line.emphasis,
                dash="5 3" if line.emphasis == "as logged" else "",
            )
            for line in figures[0].lines
        ]
        parts.append(chart(figures[0].title, lines, axis=figures[0].axis))
    rows = ([text(name, 80), *numbers] for name, *numbers in _metrics(run))
    parts.append(folded(f"Metrics ({len(run.metrics)})", table(HEADER, rows, numbers=(1, 2, 3, 4))))
    notes = "".join(element("li", text(note.text)) for note in run.notes)
    return element("div", *parts, folded("Notes on the data", element("ul", notes)) if notes else "")


def run_markdown(run: Run) -> str:
    """Return a run as Markdown: facts and metrics."""
    lines = [f"### {_markdown.text(run.name or run.source or 'run', 100)}", ""]
    lines += [f"- {name}: {_markdown.text(value, 200)}" for name, value in _facts(run)]
    rows = ([_markdown.code(name, 80), *numbers] for name, *numbers in _metrics(run))
    return "\n".join([*lines, "", *_markdown.table(HEADER, rows, words=(0,))]) + "\n"


HEADER = ["metric", "points", "first", "last", "last step"]


def _facts(run: Run) -> Iterator[tuple[str, str]]:
    yield "kind", run.kind.upper()
    if run.last_step is not None:
        yield "steps", f"{run.last_step:,}"
    for name, value in (("status", run.status), ("base model", run.base_model), ("source", run.source)):
        if value:
            yield name, value
    yield "checkpoints", "not known" if run.checkpoints is None else f"{len(run.checkpoints):,}"


def _metrics(run: Run) -> Iterator[list[str]]:
    for name, series in list(run.metrics.items())[:MOST]:
        ends = [float(series.value[0]), float(series.value[-1])] if len(series) else [math.nan, math.nan]
        last = f"{series.last_step:,}" if len(series) else "n/a"
        yield [name, f"{len(series):,}", *(f"{value:.4g}" for value in ends), last]
