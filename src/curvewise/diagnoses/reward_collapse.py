"""The diagnosis `reward_collapse`."""

from __future__ import annotations

from curvewise.model.diagnosis import Diagnosis
from curvewise.numbers import significant
from curvewise.plugin.diagnosis import WEAK_DATA, Case, diagnosis

ADVICE = "Lower the learning rate, or hold the policy closer to the reference model, and train again."


@diagnosis(
    rank=50,
    rests_on=("reward_collapse",),
    explains=(
        "entropy_collapse",
        "token_growth",
        "clipped_completions",
        "vanishing_reward_variance",
        "reward_gap",
        "component_regression",
        "clipped_updates",
        "constant_reward_component",
        "kl_blowup",
        *WEAK_DATA,
    ),
    kinds=("rft",),
    turns={"learning_rate": "down", "beta": "up"},
)
def reward_collapse(case: Case) -> Diagnosis | None:
    """The reward rose, fell, and did not come back."""
    high = case.evidence("reward_collapse", "highest level before")
    low = case.evidence("reward_collapse", "level at the end")
    if high is None or low is None or high.first_step is None:
        return case.diagnosis(case.said("Reward collapse"), next=(ADVICE,))
    return case.diagnosis(
        f"Reward collapse: {significant(high.value, 3)} around {case.where(high.first_step)}, "
        f"{significant(low.value, 3)} at the end.",
        next=(ADVICE, "Evaluate a checkpoint from before the fall."),
        since=case.after_best(high.last_step),
        metric=high.metric,
    )
