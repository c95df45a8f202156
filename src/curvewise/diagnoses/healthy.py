"""The diagnosis `healthy`."""

from __future__ import annotations

from curvewise.model.diagnosis import Diagnosis
from curvewise.numbers import significant
from curvewise.plugin.diagnosis import Case, diagnosis

JUDGED = (
    ("full_valid_mean_reward", "validation reward"),
    ("valid_grader_reward", "validation reward"),
    ("full_valid_loss", "validation loss"),
    ("train_mean_reward", "reward"),
    ("valid_loss", "validation loss"),
    ("train_loss", "training loss"),
)
"""What the story is told by, the most telling curve first."""
ENOUGH = 5
"""Evaluations from which on a sound course is certain."""
LEARNED = 0.9
"""Share of its first value that a validation loss falls below where much was certainly learned."""


@diagnosis(rank=100)
def healthy(case: Case) -> Diagnosis | None:
    """Nothing is wrong: the run learned, and its validation followed.

    It is said only when no check warns and some could judge; how many could not is said beside it.
    """
    report = case.report
    if not report.with_status("ok"):
        return None
    told = ((metric, words, case.curve(metric)) for metric, words in JUDGED)
    metric, words, curve = next(
        (one for one in told if one[2] is not None and len(one[2].value) > 1), ("", "", None)
    )
    if curve is None:
        return None
    first, last = significant(curve.value[0], 3), significant(curve.value[-1], 3)
    best = report.selection.best
    end = ", and the last checkpoint is the best" if best and best.step == report.run.last_step else ""
    sure = metric.startswith(("full_valid", "valid")) and curve.points >= ENOUGH
    if metric.endswith("_loss"):
        sure = sure and curve.value[-1] <= LEARNED * curve.value[0]
    return case.diagnosis(
        f"Healthy: {words} went from {first} to {last} over {case.length(curve.step[-1])}{end}.",
        next=("Compare it with the model in use on the real task, then deploy it.",),
        metric=metric,
        certainty="high" if sure else "moderate",
    )
