"""The diagnosis `broken`."""

from __future__ import annotations

from curvewise.model.diagnosis import Diagnosis
from curvewise.model.task_names import task_rank
from curvewise.plugin.diagnosis import Case, diagnosis


@diagnosis(
    rank=10,
    rests_on=("broken_run", "non_finite_values"),
    explains=("*",),
)
def broken(case: Case) -> Diagnosis | None:
    """The numbers of the run are broken: NaN, infinity, or a loss of exactly zero with no gradient.

    A run like this explains everything behind it, however good its loss looks: from the first broken step
    on nothing is learned, and nothing saved after it is of use.
    """
    first = next(iter(case.alarms.values()))
    if case.alarms.get("broken_run") is None and first.status != "problem":
        return _measured(case)
    steps = [one.first_step for one in first.evidence if one.first_step is not None]
    best = case.report.selection.best
    is_lost = best is not None and bool(steps) and best.step >= min(steps) and not _differ(case, best.metric)
    return case.diagnosis(
        case.said("Broken"),
        next=(
            "Deploy nothing that was saved after the numbers broke.",
            "Find the cause in the first broken batch: empty or masked labels, float16, a step too large.",
        ),
        since=min(steps, default=None),
        metric=first.evidence[0].metric if first.evidence else "",
        certainty="high" if first.status == "problem" else "moderate",
        deploy=not (is_lost and first.status == "problem"),
    )


def _measured(case: Case) -> Diagnosis | None:
    """Tell a validation loss that never was a number beside a metric of the task that is one."""
    lost = next(iter(case.alarms.values()))
    metric = lost.evidence[0].metric if lost.evidence else ""
    best = case.report.selection.best
    if not metric.startswith("full_valid_loss") or best is None or task_rank(best.metric) is None:
        return None
    if lost.evidence[0].value < case.report.run.metrics.get(metric, 0):
        return None
    return case.diagnosis(
        case.said("Validation loss broken"),
        next=(
            "Choose by the metric of the task.",
            "Mend the evaluation: labels that are all masked, or targets longer than the inputs, do this.",
        ),
        metric=metric,
        certainty="moderate",
    )


def _differ(case: Case, metric: str) -> bool:
    """Whether checkpoints have different values of a metric, which then tells them apart."""
    return len({row.values.get(metric) for row in case.report.selection.table} - {None}) > 1
