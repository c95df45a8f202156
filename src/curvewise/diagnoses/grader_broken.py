"""The diagnosis `grader_broken`."""

from __future__ import annotations

from curvewise.model.diagnosis import Diagnosis
from curvewise.plugin.diagnosis import WEAK_DATA, Case, diagnosis

HALF = 0.5
"""Share of rollouts, over the recent steps, on which a grader that fails is broken."""


@diagnosis(
    rank=20,
    rests_on=("negative_reward", "grader_errors"),
    explains=(
        "flat_reward",
        "ungraded_rollouts",
        "sample_parse_errors",
        "vanishing_reward_variance",
        "reward_collapse",
        "reward_gap",
        "token_growth",
        "stalled_reward",
        "constant_reward_component",
        "format_reward_only",
        *WEAK_DATA,
    ),
    kinds=("rft",),
)
def grader_broken(case: Case) -> Diagnosis | None:
    """The grader does not grade: it fails, or gives every answer the same penalty.

    The reward then says nothing of the answers, and the training follows noise.
    """
    negative = case.alarms.get("negative_reward")
    if not _fails_mostly(case) and (negative is None or negative.status != "problem"):
        return None  # a negative reward that climbs is graded, if strictly
    return case.diagnosis(
        case.said("Grader broken"),
        next=("Run the grader by hand on a few known-good and known-bad answers, and mend it.",),
        metric="train_mean_reward",
        deploy=False,
    )


def _fails_mostly(case: Case) -> bool:
    """Whether the grader fails on half of the rollouts or more, and not at a single step."""
    errors = case.alarms.get("grader_errors")
    shares = () if errors is None else errors.evidence
    return any(one.value >= HALF for one in shares if one.label.startswith("mean share"))
