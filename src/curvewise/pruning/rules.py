"""Rules: which steps are kept, and why."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

from curvewise.model.report import Report
from curvewise.model.run import Run

Rule = Literal["best", "ties", "last", "candidates", "pareto"]
KEEP: tuple[Rule, ...] = ("best", "ties", "last")
"""What is kept when nothing is said."""


def kept_steps(run: Run, report: Report, rules: Collection[str]) -> dict[int, str]:
    """Return the steps that are kept, with the reason; the last one is among them whatever the rules say."""
    selection = report.selection
    found: dict[int, str] = {}
    if "pareto" in rules:
        found |= dict.fromkeys(selection.pareto, "no other is better in reward and tokens")
    if "candidates" in rules:
        found |= {pick.step: f"candidate: {pick.role}" for pick in selection.candidates}
    if "ties" in rules:
        found |= {pick.step: "tied with the best" for pick in selection.tied}
    chosen = run.hyperparameters.get("best_global_step")
    if isinstance(chosen, int | float):
        found[int(chosen)] = "the trainer chose it"
    saved = [saved.step for saved in run.checkpoints or ()]
    if saved:
        found[max(saved)] = "last"
    if "best" in rules and selection.best is not None:
        found[selection.best.step] = "best"
    return found
