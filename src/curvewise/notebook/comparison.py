"""A comparison in a notebook."""

from __future__ import annotations

from curvewise.drawing.comparison_table import columns
from curvewise.drawing.markup import element, folded, table, text
from curvewise.drawing.palette import RUNS
from curvewise.drawing.svg import DASHES, Drawn, chart
from curvewise.model.comparison import Comparison
from curvewise.model.figure import Figure

MOST_RUNS = 8
"""Runs that are laid over each other; more cannot be told apart."""


def comparison_html(comparison: Comparison) -> str:
    """Return a comparison as HTML: the choice, the table, the judged curves over each other, what differs."""
    found = columns(comparison)
    numbers = [index for index, column in enumerate(found) if not column.text]
    rows = zip(*(column.cells for column in found), strict=True)
    parts = [
        element("p", element("strong", text(comparison.headline))),
        table(
            [text(column.title) for column in found],
            ([text(cell, 120) for cell in row] for row in rows),
            numbers=numbers,
        ),
        element("p", text(comparison.reason, 1000)),
        *(element("p", text(note.text, 1000)) for note in comparison.further_notes),
    ]
    if comparison.figures:
        parts.append(_overlay(comparison, comparison.figures[0]))
    if comparison.differences:
        header = ["setting", *(text(run.name, 60) for run in comparison.runs)]
        settings = (
            [text(each.name, 60), *(text("n/a" if value is None else value, 80) for value in each.values)]
            for each in comparison.differences
        )
        parts.append(folded("Settings that differ", table(header, settings)))
    return element("div", *parts)


def _overlay(comparison: Comparison, figure: Figure) -> str:
    """Draw the first curve of a figure for each run: colours repeat, with another dash."""
    name = figure.lines[0]
    runs = [run for run in comparison.runs if name.curve in run.curves][:MOST_RUNS]
    lines = [
        Drawn(
            label=run.name,
            curve=run.curves[name.curve],
            colour=RUNS[index % len(RUNS)],
            dash=DASHES[index % len(DASHES)],
        )
        for index, run in enumerate(runs)
    ]
    return chart(f"{figure.title}: {name.label}", lines, axis=figure.axis, bands=figure.bands)
