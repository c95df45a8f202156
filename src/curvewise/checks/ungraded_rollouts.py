"""The check `ungraded_rollouts`."""

from __future__ import annotations

from curvewise.derived.graded_reward import TRAINING_REWARD, graded_reward
from curvewise.derived.losses import finite_series
from curvewise.derived.rates import rates
from curvewise.model.finding import Evidence, Finding
from curvewise.model.run import Run
from curvewise.numbers import fixed, percent
from curvewise.plugin import check
from curvewise.stats.moments import mean


@check(needs=("train_ungraded_rate",), uses=TRAINING_REWARD, kinds=("rft",), when_missing="not_applicable")
def ungraded_rollouts(run: Run, *, watch: float = 0.05, limit: float = 0.20, recent: int = 20) -> Finding:
    """Training rollouts get no grade and count as -1.

    A tool that failed, a time limit, or a grader that did not answer leaves a rollout without a grade.
    OpenAI and Azure count it as -1 in the training mean: the policy is punished for what may be an
    accident of the environment, and the training reward cannot be compared with validation.

    The share is solved from the logged means, for no column states it. The mean over the recent steps
    is judged; by how much it lowers the training mean is said.

    Parameters
    ----------
    watch
        Share from which to watch: at a reward of 0.9 it lowers the mean by about 0.10, as much as
        the gap that the guide takes for reward hacking.
    limit
        Share from which it is a problem: one rollout in five is punished blindly.
    recent
        Steps to average; older ones speak of another policy.

    Examples
    --------
    >>> from curvewise.testing import make_run
    >>> run = make_run(train_mean_reward=[0.53, 0.53], train_ungraded_rate=[0.1, 0.1])
    >>> print(ungraded_rollouts(run).summary)
    10 % of training rollouts got no grade over all 2 steps; as -1 they lower the mean reward by 0.170.
    """
    found = rates(run, ("train_ungraded_rate",), recent)
    if not found:
        return Finding.unknown("No step has a finite share of ungraded rollouts.")
    share = found[0]
    summary = f"{percent(share.value)} of training rollouts got no grade {share.over()}"
    evidence = list(share.evidence(watch))
    if (cost := _cost(run, share.recent.first_step)) is not None:
        summary += f"; as -1 they lower the mean reward by {fixed(cost.value)}"
        evidence.append(cost)
    if share.value < watch:
        return Finding.ok(f"{summary}.", *evidence)
    advice = (
        "Find out what they lack: look for tool failures, time limits and grader errors at the worst step, "
        "and judge training by the grader's own reward."
    )
    make = Finding.problem if share.value >= limit else Finding.warning
    return make(f"{summary}.", *evidence, advice=advice)


def _cost(run: Run, since: int) -> Evidence | None:
    reward = graded_reward(run)
    if reward is None or not reward.exact:
        return None
    logged = finite_series(run, "train_mean_reward").between(since).on(reward.series.step)
    if not len(logged):
        return None
    lost = reward.series.on(logged.step).value - logged.value
    return Evidence.of("train_mean_reward", "graded mean minus logged mean, recent steps", mean(lost), logged)
