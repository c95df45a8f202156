"""A comparison of runs."""

from __future__ import annotations

from curvewise.drawing.comparison_table import choice, number
from curvewise.drawing.comparison_table import columns as compared
from curvewise.drawing.markdown import block, code, fitting, folded, prose, table, text
from curvewise.model.comparison import Comparison
from curvewise.plugin import Style, View
from curvewise.text import cell, within
from curvewise.views._comparison_text import comparison_text
from curvewise.views._formats import as_csv, as_json

COMPARED = (
    "name", "source", "kind", "status", "base_model", "verdict", "diagnosis", "severity", "deploy", "metric",
    "best_value", "best_error", "best_step", "best_epoch", "best_model", "best_existence", "final_value",
    "final_step", "ratio", "band", "overfit", "steps", "epochs", "tokens", "tokens_per_rollout", "score",
    "score_error", "probability",
)  # fmt: skip
"""Columns of a comparison: the fields of `ComparedRun` that are no curves."""


def _csv(comparison: Comparison, style: Style) -> str:
    """Render a comparison, one row a run, with the settings that differ."""
    del style  # a table has one look
    rows = [[*COMPARED, "choice", *(cell(each.name) for each in comparison.differences)]]
    for index, run in enumerate(comparison.runs):
        values = [getattr(run, field) for field in COMPARED]
        settings = [each.values[index] for each in comparison.differences]
        rows.append([cell(value) for value in [*values, choice(comparison, index), *settings]])
    return as_csv(rows)


def _markdown(comparison: Comparison, style: Style) -> str:
    """Render a comparison: the choice, the table, why, what differs, what limits it."""
    del style  # a page has one look
    shown = compared(comparison)
    names = [column.cells for column in shown]
    lines = ["### Runs compared", "", f"**{text(comparison.headline)}**", ""]
    if comparison.winner is not None and (model := comparison.runs[comparison.winner].best_model):
        lines += [*block(model), ""]
    lines += table(
        [column.title for column in shown],
        ([text(cells, 300) for cells in row] for row in zip(*names, strict=True)),
        words=[index for index, column in enumerate(shown) if column.text],
    )
    lines += ["", text(comparison.reason, 1000), ""]
    lines += [line for note in comparison.further_notes for line in (f"> {text(note.text, 1000)}", "")]
    if comparison.differences:
        header = ["setting", *(text(run.name, 60) for run in comparison.runs)]
        rows = (
            [
                code(each.name),
                *(text("not stated" if value is None else value, 100) for value in each.values),
            ]
            for each in comparison.differences
        )
        lines += folded("Settings that differ", table(header, rows, words=range(len(header))))
    return "\n".join(lines).rstrip() + "\n"


def _brief(comparison: Comparison, style: Style) -> str:
    """Render a comparison in at most 2 kB: the choice, why, and a line for each run that has room."""
    del style  # it is the same everywhere
    lines = [prose(within(comparison.headline, 200)), f"- Why: {prose(within(comparison.reason, 300))}"]
    chosen = comparison.tied if comparison.winner is None else (comparison.winner,)
    models = (comparison.runs[index].best_model for index in chosen)
    lines += [f"- Model: {code(model, 200)}" for model in models if model]
    for index, run in enumerate(comparison.runs):
        best = "no choice" if run.best_step is None else f"step {run.best_step:,}"
        value = number(run.best_value)
        said = [run.diagnosis, run.severity, best if value is None else f"{value} at {best}"]
        mark = choice(comparison, index)
        name = prose(within(run.name, 60))
        lines.append(f"- {name}: {prose(', '.join(filter(None, (*said, mark))))}")
    return "".join(fitting(f"{line}\n" for line in lines))


comparison = View(
    name="comparison",
    formats={"text": comparison_text, "brief": _brief, "json": as_json, "csv": _csv, "markdown": _markdown},
)
