"""The diagnosis `component_regression`."""

from __future__ import annotations

from curvewise.model.diagnosis import Diagnosis
from curvewise.plugin.diagnosis import WEAK_DATA, Case, diagnosis


@diagnosis(
    rank=58,
    rests_on=("component_regression",),
    explains=("constant_reward_component", "stalled_reward", "token_growth", *WEAK_DATA),
    kinds=("rft",),
)
def component_regression(case: Case) -> Diagnosis | None:
    """One part of the reward is sold for the others, under a total that hides it.

    What the part stands for (tests that pass, safety, form) is lost, and a choice by the total prefers that.
    """
    finding = case.alarms["component_regression"]
    part = finding.evidence[0].metric.partition("/")[2]
    return case.diagnosis(
        case.said("Component regression"),
        next=(
            f"Choose the checkpoint by {part} as well.",
            f"Give {part} more weight, or make it a condition.",
        ),
        metric=finding.evidence[0].metric,
    )
