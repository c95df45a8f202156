"""The diagnosis `reward_hacking`."""

from __future__ import annotations

from curvewise.model.diagnosis import Diagnosis
from curvewise.numbers import significant
from curvewise.plugin.diagnosis import WEAK_DATA, Case, diagnosis


@diagnosis(
    rank=30,
    rests_on=("reward_hacking", "reward_gap"),
    explains=(
        "token_growth",
        "reward_collapse",
        "entropy_collapse",
        "clipped_completions",
        "saturated_reward",
        "component_regression",
        "constant_reward_component",
        "kl_blowup",
        "stalled_reward",
        *WEAK_DATA,
    ),
    kinds=("rft",),
)
def reward_hacking(case: Case) -> Diagnosis | None:
    """The model learned to please the grader instead of doing the task.

    The reward of training rises while the reward on validation prompts, or the score on the real task, does
    not follow or falls. Longer answers, lost entropy and a falling validation reward are its signs.
    """
    recent = case.evidence("reward_gap", "gap like for like, recent")
    falls = case.evidence("reward_collapse", "highest level before")
    low = case.evidence("reward_collapse", "level at the end")
    if "reward_hacking" not in case.alarms and (_training_fell(case) or _of_a_collapse(case)):
        return None
    if "reward_hacking" in case.alarms or recent is None:
        summary = case.said("Reward hacking")
    elif (
        case.warns("reward_collapse")
        and falls is not None
        and low is not None
        and falls.metric.startswith(("valid", "full_valid"))
    ):
        summary = (
            f"Reward hacking: validation reward fell from {significant(falls.value, 3)} to "
            f"{significant(low.value, 3)} "
            f"while training reward ends {significant(recent.value, 3)} above it."
        )
    else:
        summary = (
            f"Reward hacking is possible: training reward ends {significant(recent.value, 3)} "
            f"above validation reward."
        )
    return case.diagnosis(
        summary,
        next=(
            "Read the best-scored training rollouts, and mend the grader where a trick earns reward.",
            "Compare the candidates on the real task before you deploy one.",
        ),
        since=case.after_best(falls.last_step)
        if falls is not None and case.warns("reward_collapse")
        else None,
        metric="train_mean_reward",
    )


def _training_fell(case: Case) -> bool:
    """Whether the training reward lost a quarter of its peak as well: what pleases a grader does not."""
    if not case.warns("reward_collapse"):
        return False
    finding = next(one for one in case.report.findings if one.check == "reward_collapse")
    levels = [each.value for each in finding.evidence if each.metric.startswith("train")]
    return len(levels) == 2 and levels[1] < levels[0] - abs(levels[0]) / 4


def _of_a_collapse(case: Case) -> bool:
    """Whether entropy is lost, and the gap is only watched or no training reward rose: a trick would pay."""
    entropy = [one for one in case.report.findings if one.check == "entropy_collapse"]
    watched = case.alarms["reward_gap"].status == "warning" and any(
        one.status == "problem" for one in entropy
    )
    rise = case.evidence("stalled_reward", "reward, last quarter minus first tenth")
    stands = rise is not None and rise.interval is not None and rise.interval[0] <= 0
    return watched or (stands and case.warns("entropy_collapse"))
