"""The check `flat_reward`."""

from __future__ import annotations

import numpy as np

from curvewise.derived.graded_reward import TEACHER, TRAINING_REWARD, followed_teacher, graded_reward
from curvewise.derived.losses import finite_series
from curvewise.derived.reward_scale import REWARD_SCALE, reward_scale
from curvewise.derived.words import steps_of
from curvewise.model.finding import Evidence, Finding
from curvewise.model.run import Run
from curvewise.numbers import fixed
from curvewise.plugin import check
from curvewise.stats.moments import mean

ALIKE, MOST = "zero_std_group_share", 0.5
"""Share of the groups whose rollouts all earn the same, and the one from which most of them do."""


@check(
    needs=(TRAINING_REWARD[:2],),
    uses=(*TRAINING_REWARD, *REWARD_SCALE, *TEACHER, ALIKE),
    kinds=("rft",),
    turns={"grader_strictness": "down", "difficulty": "down"},
)
def flat_reward(run: Run, *, near_zero: float = 0.02, rare: float = 0.05, min_steps: int = 10) -> Finding:
    """Reward stays at about zero from the first step.

    No rollout earns anything, so there is nothing to learn from: the grader is broken, or its
    threshold is too strict.

    The mean distance of the reward from zero is judged, so a reward that swings between negative
    and positive is not called flat; over the later half as well, so a late climb is seen. Ungraded
    rollouts, which OpenAI and Azure count as -1, are taken out when the run tells their share.
    Zero is relative to the scale of the reward where it goes beyond 1, see `reward_scale`; a distillation,
    which follows a teacher instead of a reward, is not judged. Where the rollouts of most groups are known to
    earn differently, a mean of zero is one of gains and losses, and no silence.

    Parameters
    ----------
    near_zero
        Largest mean distance from zero, as a share of the scale of the reward, that still counts as
        zero: one rollout in fifty earning a full point.
    rare
        Mean distance, over all and over the last quarter, up to which so few rollouts earn anything that
        it is worth a warning: one in twenty.
    min_steps
        Training steps needed before silence means something; the first steps of a hard task are
        often empty.

    Examples
    --------
    >>> from curvewise.testing import make_run
    >>> print(flat_reward(make_run(train_mean_reward=[0.0] * 30)).summary)
    Mean reward is 0.000 over all 30 steps, and never far from it.
    """
    reward = graded_reward(run)
    logged = 0 if reward is None else len(reward.series)
    if reward is None or logged < min_steps:
        return Finding.unknown(f"{logged} steps have a reward; {min_steps} are needed.")
    distance = np.abs(reward.series.value)
    average, over = fixed(mean(reward.series.value)), steps_of(reward.series)
    if not distance.any() and (teacher := followed_teacher(run)) is not None:
        return Finding.not_applicable(f"The reward is 0 by design: the run follows a teacher ({teacher}).")
    scale = reward_scale(run)
    level = Evidence.of(
        reward.metric, "mean distance from zero", mean(distance), reward.series, limit=near_zero * scale
    )
    late = mean(distance[-(logged // 4 or 1) :])
    if max(level.value, late) > rare * scale:
        return Finding.ok(f"Rollouts earn reward: {average} on average over {over}.", level)
    alike = finite_series(run, ALIKE)
    if len(alike) and mean(alike.value) < MOST:
        return Finding.ok(
            f"Mean reward is {average} over all {over}, but most groups hold rollouts that earn differently.",
            level,
            Evidence.mean(ALIKE, alike, limit=MOST),
        )
    if max(level.value, mean(distance[logged // 2 :])) > near_zero * scale:
        return Finding.warning(
            f"Rollouts rarely earn anything: mean reward is {average} over all {over}, and "
            f"{fixed(late)} over the last {logged // 4 or 1:,}.",
            level,
            advice="Give partial credit, or begin with easier prompts, so that more rollouts tell.",
        )
    return Finding.problem(
        f"Mean reward is {average} over all {over}, and never far from it.",
        level,
        advice="Score a few known-good answers with the grader; if they fail, lower its pass threshold.",
    )
