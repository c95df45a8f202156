"""The diagnosis `component_regression`."""

from __future__ import annotations

from curvewise.model.diagnosis import Diagnosis
from curvewise.plugin import WEAK_DATA, Case, diagnosis


@diagnosis(
    rank=58,
    rests_on=("component_regression",),
    explains=WEAK_DATA,
    kinds=("rft",),
)
def component_regression(case: Case) -> Diagnosis | None:
    """One component of the reward falls while the total rises: it is being traded away."""
    return case.diagnosis(
        case.said("Component regression"),
        next=("Raise the weight of the falling component, or make it a condition of the others.",),
        metric=next(iter(case.alarms.values())).evidence[0].metric,
    )
