"""The diagnosis `verbosity`."""

from __future__ import annotations

from curvewise.model.diagnosis import Diagnosis
from curvewise.plugin.diagnosis import WEAK_DATA, Case, diagnosis

CUT = "Read some cut rollouts: raise the limit if they were near an answer, else reward ending in time."
LONGER = "Look in the grader for anything that grows with length, and let long answers cost reward."
COMPARE = "Compare a short and a long checkpoint on the real task."


@diagnosis(
    rank=65,
    rests_on=("token_growth", "clipped_completions"),
    explains=(
        "component_regression",
        "stalled_reward",
        "constant_reward_component",
        "kl_blowup",
        "entropy_collapse",
        "format_reward_only",
        *WEAK_DATA,
    ),
    kinds=("rft",),
    turns={"completion_limit": "up"},
)
def verbosity(case: Case) -> Diagnosis | None:
    """The answers become several times longer, or are cut at the length limit.

    A grader that pays for length, or a limit that is too low, are the usual causes.
    """
    return case.diagnosis(
        case.said("Verbosity"),
        next=(CUT, LONGER) if "clipped_completions" in case.alarms else (LONGER, COMPARE),
        metric="completion_tokens_mean",
    )
