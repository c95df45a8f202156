"""The diagnosis `grader_too_lenient`."""

from __future__ import annotations

from curvewise.model.diagnosis import Diagnosis
from curvewise.plugin.diagnosis import WEAK_DATA, Case, diagnosis


@diagnosis(
    rank=40,
    rests_on=("saturated_reward",),
    explains=(
        "vanishing_reward_variance",
        "entropy_collapse",
        "stalled_reward",
        "constant_reward_component",
        *WEAK_DATA,
    ),
    kinds=("rft",),
    turns={"grader_strictness": "up", "difficulty": "up"},
)
def grader_too_lenient(case: Case) -> Diagnosis | None:
    """Nearly every rollout earns nearly everything from the first steps on: there is nothing to learn.

    A checkpoint that such a grader rates as high as the untrained model is not shown to be any better.
    """
    return case.diagnosis(
        case.said("Grader too lenient"),
        next=(
            "Score a few known-bad answers: if they pass, make the grader stricter.",
            "If they fail, the prompts are too easy: choose harder ones.",
        ),
        metric="train_mean_reward",
        deploy=case.alarms["saturated_reward"].status != "problem",
    )
