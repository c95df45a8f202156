"""The check `stalled_reward`."""

from __future__ import annotations

from curvewise.derived.graded_reward import TEACHER, followed_teacher
from curvewise.derived.reward_change import REWARD_CHANGE, reward_change
from curvewise.derived.reward_scale import REWARD_SCALE, reward_scale
from curvewise.derived.words import steps_of
from curvewise.model.finding import Finding
from curvewise.model.run import Run
from curvewise.numbers import fixed
from curvewise.plugin import check

KNOWN_TOPS = (1.0, 100.0)
"""Scales whose end is the highest reward: shares and percentages."""


@check(
    needs=(REWARD_CHANGE,),
    uses=(*REWARD_CHANGE, *REWARD_SCALE, *TEACHER),
    kinds=("rft",),
    turns={"learning_rate": "up"},
)
def stalled_reward(
    run: Run, *, least: float = 0.05, low: float = 0.02, high: float = 0.9, min_steps: int = 15
) -> Finding:
    """The reward neither rises nor falls, at a level with room above it: nothing is learned.

    The updates do not reach what earns the reward: a learning rate that is too low, a KL penalty that holds
    the policy at the reference model, groups whose rollouts all earn alike, or answers that are cut before
    they end.

    Judged is the graded training reward, else that of validation: its last quarter against its first tenth,
    with a 90 % interval. It is called only where the interval leaves no room for a rise worth speaking of.
    A reward of about zero, or near its top from the start, has checks of its own.

    Of 1,000 simulated rewards that rise by 0.1 to 0.5 it calls 0.0 %; it finds 73.4 % of those that stay
    level (scripts/calibration/rollouts.py).

    Parameters
    ----------
    least
        Rise, as a share of the scale of the reward, that is worth speaking of.
    low, high
        Shares of the scale between which a level is judged.
    min_steps
        Values needed for a first tenth and a last quarter that are not the same.

    Examples
    --------
    >>> from curvewise.testing import make_run
    >>> print(stalled_reward(make_run(train_mean_reward=[0.4, 0.42] * 20)).summary)
    The reward stays level: from 0.41 to 0.41 over 40 steps, a rise above 0.023 is ruled out.
    """
    change = reward_change(run)
    steps = 0 if change is None else len(change.series)
    if change is None or steps < min_steps:
        return Finding.unknown(f"{steps} values of the reward; {min_steps} are needed.")
    if (teacher := followed_teacher(run)) is not None:
        return Finding.not_applicable(f"The run follows a teacher ({teacher}), not a reward.")
    scale = reward_scale(run)
    went = f"from {change.early:.3g} to {change.late:.3g} over {steps_of(change.series)}"
    evidence = change.evidence()
    if change.fell or change.change.high >= least * scale:
        return Finding.ok(f"{change.words().capitalize()} over {steps_of(change.series)}.", evidence)
    top = scale if scale in KNOWN_TOPS else float("inf")
    if not low * scale < abs(change.late) < high * top:
        return Finding.ok(f"The reward stays {went}: at the end of its scale.", evidence)
    moves = "hardly rises" if change.rose else "stays level"
    return Finding.warning(
        f"The reward {moves}: {went}, a rise above {fixed(max(change.change.high, 0.0))} is ruled out.",
        evidence,
        advice="Look at what holds it: cut answers, groups that earn alike, the KL penalty; else raise the "
        "learning rate.",
    )
