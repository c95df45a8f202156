"""The diagnosis `broken`."""

from __future__ import annotations

from curvewise.model.diagnosis import Diagnosis
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
        return None
    steps = [one.first_step for one in first.evidence if one.first_step is not None]
    return case.diagnosis(
        case.said("Broken"),
        next=(
            "Deploy nothing that was saved after the numbers broke.",
            "Find the cause in the first broken batch: empty or masked labels, float16, a step too large.",
        ),
        since=min(steps, default=None),
        metric=first.evidence[0].metric if first.evidence else "",
        certainty="high" if first.status == "problem" else "moderate",
    )
