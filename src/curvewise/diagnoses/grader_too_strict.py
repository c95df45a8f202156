"""The diagnosis `grader_too_strict`."""

from __future__ import annotations

from curvewise.model.diagnosis import Diagnosis
from curvewise.plugin.diagnosis import WEAK_DATA, Case, diagnosis


@diagnosis(
    rank=25,
    rests_on=("flat_reward", "format_reward_only", "negative_reward"),
    explains=(
        "vanishing_reward_variance",
        "reward_collapse",
        "sample_parse_errors",
        "stalled_reward",
        "constant_reward_component",
        *WEAK_DATA,
    ),
    kinds=("rft",),
    turns={"grader_strictness": "down", "difficulty": "down"},
)
def grader_too_strict(case: Case) -> Diagnosis | None:
    """Hardly a rollout earns more than its form: the grader is too strict, or the task too hard at first.

    Without a rollout that earns more than another there is nothing to learn from.
    """
    flat = case.alarms.get("flat_reward")
    if flat is not None and flat.status == "warning" and case.warns("vanishing_reward_variance"):
        return None  # some prompts are solved, and most groups tell nothing: no_reward_signal says it better
    return case.diagnosis(
        case.said("Grader too strict"),
        next=(
            "Score a few known-good answers: if they fail, lower the pass threshold or give partial credit.",
            "If they pass, begin with easier prompts.",
        ),
        metric="train_mean_reward",
        deploy=flat is None,
    )
