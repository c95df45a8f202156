"""The check `vanishing_reward_variance`."""

from __future__ import annotations

import numpy as np

from curvewise.derived.graded_reward import TEACHER, followed_teacher
from curvewise.derived.losses import finite_series
from curvewise.derived.rates import Rate, rates
from curvewise.derived.reward_change import REWARD_CHANGE, reward_change
from curvewise.model.finding import Finding
from curvewise.model.run import Run
from curvewise.model.series import Series
from curvewise.numbers import percent
from curvewise.plugin import check

SPREAD = ("zero_std_group_share", "train_reward_std")
EQUAL = 1e-6
"""Standard deviation of a reward, in the grader's units, that means that all rollouts earn the same."""


@check(
    needs=(SPREAD,),
    uses=(*SPREAD, *REWARD_CHANGE, *TEACHER),
    kinds=("rft",),
    when_missing="not_applicable",
    turns={"difficulty": "either", "grader_strictness": "down"},
)
def vanishing_reward_variance(
    run: Run, *, watch: float = 0.5, limit: float = 0.8, learned: float = 0.9, recent: int = 20
) -> Finding:
    """Most prompt groups earn the same reward in every rollout: nothing is left to learn from.

    Group-relative methods such as GRPO learn from the differences within a group: where all rollouts
    of a prompt succeed, or all fail, the advantage is zero and so is the gradient (Shao et al. 2024,
    DeepSeekMath; Yu et al. 2025, DAPO, drop such groups). The run then pays for rollouts without effect.

    The mean share of such groups over the recent steps is judged; where only the standard deviation of
    the reward is logged, the share of recent steps at which it is zero, which is a weaker sign. After
    a reward that rose this means that the task is learned: a warning. Without a rise it is a problem.

    Parameters
    ----------
    watch
        Share from which to watch: half of the rollouts are wasted.
    limit
        Share from which, without a rise of the reward, it is a problem.
    learned
        Share from which, after a rise of the reward, it is worth a warning: a task that is solved nine times
        in ten leaves half of the groups of eight alike.
    recent
        Steps to average; older ones speak of another policy.

    Examples
    --------
    >>> from curvewise.testing import make_run
    >>> run = make_run(train_mean_reward=[0.1] * 20, zero_std_group_share=[0.9] * 20)
    >>> print(vanishing_reward_variance(run).summary)
    90 % of groups earn the same in every rollout over all 20 steps;
    the reward did not clearly change, from 0.1 to 0.1.
    """
    if (teacher := followed_teacher(run)) is not None:
        return Finding.not_applicable(f"The run follows a teacher ({teacher}), not differences of reward.")
    share, unit = _share(run, recent)
    if share is None:
        return Finding.unknown("No step has a finite spread of rewards within its groups.")
    summary = f"{percent(share.value)} of {unit} {share.over()}"
    if share.value < watch:
        return Finding.ok(f"{summary}.", *share.evidence(watch))
    evidence = list(share.evidence(limit))
    change = reward_change(run)
    if change is not None:
        summary += f"; {change.words()}"
        evidence.append(change.evidence())
    if change is not None and change.rose and share.value < learned:
        return Finding.ok(f"{summary}.", *evidence)
    if change is not None and change.rose:
        return Finding.warning(
            f"{summary}.",
            *evidence,
            advice="The prompts are learned: stop here, or go on with harder ones.",
        )
    make = Finding.problem if share.value >= limit else Finding.warning
    return make(
        f"{summary}.",
        *evidence,
        advice="Choose prompts that the model solves sometimes, or give partial credit.",
    )


def _share(run: Run, recent: int) -> tuple[Rate | None, str]:
    if found := rates(run, ("zero_std_group_share",), recent):
        return found[0], "groups earn the same in every rollout"
    spread = finite_series(run, "train_reward_std")
    if not len(spread):
        return None, ""
    equal = Series(spread.step, (np.abs(spread.value) <= EQUAL).astype(np.float64))
    count = max(1, recent)
    rate = Rate("train_reward_std", equal, Series(equal.step[-count:], equal.value[-count:]))
    return rate, "steps have no spread of rewards at all"
