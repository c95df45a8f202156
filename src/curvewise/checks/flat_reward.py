"""The check `flat_reward`."""

from __future__ import annotations

from curvewise.model.finding import Evidence, Finding
from curvewise.model.run import Run
from curvewise.plugin import check


@check(needs=("train_mean_reward",), kinds=("rft",))
def flat_reward(run: Run, *, near_zero: float = 0.02, min_steps: int = 10) -> Finding:
    """Reward stays at about zero from the first step.

    No rollout earns anything, so there is nothing to learn from: the grader is broken, or its
    threshold is too strict.

    Parameters
    ----------
    near_zero
        Largest mean reward, in the grader's units, that still counts as zero.
    min_steps
        Training steps needed before silence means something; the first steps of a hard task are
        often empty.

    Examples
    --------
    >>> from curvewise.testing import make_run
    >>> print(flat_reward(make_run(train_mean_reward=[0.0] * 30)).summary)
    Mean reward is 0.000 over all 30 steps.
    """
    reward = run["train_mean_reward"].finite()
    if len(reward) < min_steps:
        return Finding.unknown(f"Only {len(reward)} steps have a reward; {min_steps} are needed.")
    level = Evidence.mean("train_mean_reward", reward, limit=near_zero)
    if abs(level.value) > near_zero:
        return Finding.ok(f"Rollouts earn reward: {level.value:.3f} on average.", level)
    return Finding.problem(
        f"Mean reward is {level.value:.3f} over all {len(reward)} steps.",
        level,
        advice="Score a few known-good answers with the grader; if they fail, lower its pass threshold.",
    )
