"""The diagnosis `entropy_collapse`."""

from __future__ import annotations

from curvewise.model.diagnosis import Diagnosis
from curvewise.plugin.diagnosis import WEAK_DATA, Case, diagnosis


@diagnosis(
    rank=55,
    rests_on=("entropy_collapse",),
    explains=(
        "vanishing_reward_variance",
        "flat_reward",
        "stalled_reward",
        "reward_gap",
        "constant_reward_component",
        *WEAK_DATA,
    ),
    kinds=("rft",),
    turns={"learning_rate": "down", "temperature": "up"},
)
def entropy_collapse(case: Case) -> Diagnosis | None:
    """The policy has become nearly deterministic: it explores no more, and learns no more."""
    return case.diagnosis(
        case.said("Entropy collapse"),
        next=("Lower the learning rate, raise the sampling temperature, or add an entropy bonus.",),
        metric="entropy",
        certainty="high" if case.alarms["entropy_collapse"].status == "problem" else "moderate",
    )
