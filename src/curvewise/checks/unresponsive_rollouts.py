"""The check `unresponsive_rollouts`."""

from __future__ import annotations

from curvewise.derived.rates import rates
from curvewise.model.finding import Finding
from curvewise.model.run import Run
from curvewise.numbers import percent
from curvewise.plugin import check


@check(
    needs=("mean_unresponsive_rewards",),
    kinds=("rft",),
    when_missing="not_applicable",
    turns={"completion_limit": "up"},
)
def unresponsive_rollouts(run: Run, *, watch: float = 0.05, limit: float = 0.20, recent: int = 20) -> Finding:
    """Rollouts end with nothing to score.

    An empty answer teaches nothing, and is the way out that a policy finds when every answer is
    punished. The mean over the recent steps is judged.

    A value of 0 does not mean that every rollout got a grade: real runs show 0 here while a sixth of
    the rollouts went ungraded. `ungraded_rollouts` looks at those.

    Parameters
    ----------
    watch
        Share of rollouts from which to watch: one in twenty.
    limit
        Share from which it is a problem: a fifth of the compute is wasted.
    recent
        Steps to average; older ones speak of another policy.

    Examples
    --------
    >>> from curvewise.testing import make_run
    >>> run = make_run(kind="rft", mean_unresponsive_rewards=[0.0, 0.2, 0.4])
    >>> print(unresponsive_rollouts(run).summary)
    20 % of rollouts have nothing to score over all 3 steps.
    """
    found = rates(run, ("mean_unresponsive_rewards",), recent)
    if not found:
        return Finding.unknown("No step has a finite share of unresponsive rollouts.")
    share = found[0]
    summary = f"{percent(share.value)} of rollouts have nothing to score {share.over()}."
    if share.value < watch:
        return Finding.ok(summary, *share.evidence(watch))
    advice = (
        "Read such rollouts: raise the limit on completion tokens if they were cut, "
        "and make sure that an attempt earns more than silence."
    )
    make = Finding.problem if share.value >= limit else Finding.warning
    return make(summary, *share.evidence(limit), advice=advice)
