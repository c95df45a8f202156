"""The check `negative_reward`."""

from __future__ import annotations

import numpy as np

from curvewise.derived.graded_reward import TRAINING_REWARD, graded_reward
from curvewise.derived.losses import finite_series
from curvewise.derived.reward_change import REWARD_CHANGE, reward_change
from curvewise.derived.words import steps_of
from curvewise.model.finding import Evidence, Finding
from curvewise.model.run import Run
from curvewise.numbers import fixed, percent
from curvewise.plugin import check
from curvewise.stats.moments import mean

LONG = 30
"""Steps after which a cost that the policy learns to avoid has come down by something."""
SCALES, NEAR = (10.0, 100.0), 0.8
"""Ends of scales that penalties are given on, and share of one from which on nearly all get the penalty."""


@check(needs=(TRAINING_REWARD[:2],), uses=REWARD_CHANGE, kinds=("rft",), turns={"grader_strictness": "down"})
def negative_reward(
    run: Run, *, share: float = 0.95, little: float = 0.1, climb: float = 0.4, min_steps: int = 10
) -> Finding:
    """Reward is negative at practically every step.

    The typical rollout is punished: the pass threshold is too high, so that even good answers fail.
    A policy that is only told what is wrong learns to say little.

    A problem when the reward does not rise, a warning when it climbs a little; one that climbs well is a sum
    of penalties by design. OpenAI and Azure
    count a rollout without a grade as -1, which alone can make the mean negative; such rollouts are
    taken out when the run tells their share. A mean below -1 may be a cost by design, such as minus a
    distance, negative without anything being wrong: it is a warning near the end of a scale of 10 or 100
    where a rise of `little` is ruled out.

    Parameters
    ----------
    share
        Share of the steps that must be negative: all of them, but for a lucky batch in twenty.
    little
        Rise towards zero, as a share of the first level, below which it is none: of 18 trainings under a
        threshold that is too high (benchmarks/causes) 17 rise by 5 % at most.
    climb
        Rise towards zero, as a share of the first level, from which the reward is one of penalties that the
        policy learns to avoid: a pass threshold that is too high leaves it near its lowest, and the largest
        rise of those 18 trainings is 12 %.
    min_steps
        Training steps needed; a hard task may begin below zero.

    Examples
    --------
    >>> from curvewise.testing import make_run
    >>> print(negative_reward(make_run(train_mean_reward=[-0.5, -0.4] * 10)).summary)
    Reward is negative at 20 of 20 steps, -0.450 on average, and does not rise.
    """
    reward = graded_reward(run)
    steps = 0 if reward is None else len(reward.series)
    if reward is None or steps < min_steps:
        return Finding.unknown(f"{min_steps} steps with a reward are needed, the log has {steps}.")
    negative = np.count_nonzero(reward.series.value < 0)
    counted = Evidence.of(
        reward.metric, "share of steps with a negative reward", negative / steps, reward.series, limit=share
    )
    level = Evidence.mean(reward.metric, reward.series)
    where = (
        f"Reward is negative at {negative:,} of {steps_of(reward.series)}, {fixed(level.value)} on average"
    )
    if negative < share * steps:
        return Finding.ok(f"{where}{_why_logged_is_lower(run, share)}.", counted, level)
    if not reward.exact:
        where += " with ungraded rollouts counted as -1"
    change = reward_change(run)
    lowest = float(reward.series.value.min())
    marks = any(-scale <= lowest and level.value <= -NEAR * scale for scale in SCALES) and steps >= LONG
    if marks and change is not None and change.change.high < little * abs(change.early):
        return Finding.warning(
            f"{where}, and a rise of {percent(little)} of that is ruled out: {change.words()}.",
            counted,
            level,
            change.evidence(),
            advice="If it is a threshold, lower it until known-good answers pass; if it is a cost, raise the "
            "learning rate.",
        )
    if level.value < -1:
        went = "" if change is None else f"; {change.words()}"
        return Finding.unknown(
            "A mean below -1 is a cost, such as minus a distance or a sum of penalties, and no failed "
            "threshold: judge it by whether it rises.",
            counted,
            level,
            summary=f"{where}{went}.",
        )
    rise = 0.0 if change is None or not change.early else (change.late - change.early) / abs(change.early)
    if change is not None and change.rose and rise >= climb:
        return Finding.ok(
            f"{where}, and climbs: {change.words()}, as penalties that are learned do.", counted, level
        )
    if change is not None and change.rose and rise >= little:
        return Finding.warning(
            f"{where}, but it climbs: {change.words()}.",
            counted,
            level,
            change.evidence(),
            advice="Let it go on while it climbs; if it settles below zero, lower the pass threshold.",
        )
    risen = "does not rise" if change is None or not change.rose else f"hardly rises: {change.words()}"
    return Finding.problem(
        f"{where}, and {risen}.",
        counted,
        level,
        advice="Lower the grader's pass threshold until known-good answers earn a positive reward.",
    )


def _why_logged_is_lower(run: Run, share: float) -> str:
    logged = finite_series(run, "train_mean_reward")
    if not len(logged) or np.count_nonzero(logged.value < 0) / len(logged) < share:
        return ""
    average = fixed(mean(logged.value))
    return f"; the logged mean, {average}, is negative only because ungraded rollouts count as -1"
