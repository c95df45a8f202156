"""The check `clipped_completions`."""

from __future__ import annotations

from curvewise.derived.rates import rates
from curvewise.derived.reward_change import REWARD_CHANGE, reward_change
from curvewise.model.finding import Finding
from curvewise.model.run import Run
from curvewise.numbers import percent
from curvewise.plugin import check


@check(
    needs=("clipped_completion_share",),
    uses=REWARD_CHANGE,
    kinds=("rft",),
    when_missing="not_applicable",
    turns={"completion_limit": "up"},
)
def clipped_completions(run: Run, *, watch: float = 0.10, limit: float = 0.50, recent: int = 20) -> Finding:
    """Rollouts are cut at the length limit before they end.

    A rollout that is cut has no end and mostly no answer: it is graded for what it did not get to say.
    Either the limit is too low for the task, or the policy runs on without stopping, often because it
    never sees itself rewarded for ending.

    The mean share over the recent steps is judged, and whether the reward changed is said.

    Parameters
    ----------
    watch
        Share from which to watch: one rollout in ten.
    limit
        Share from which it is a problem: most rollouts never end.
    recent
        Steps to average; older ones speak of another policy.

    Examples
    --------
    >>> from curvewise.testing import make_run
    >>> run = make_run(kind="rft", clipped_completion_share=[0.8, 0.9, 1.0])
    >>> print(clipped_completions(run).summary)
    90 % of rollouts were cut at the length limit over all 3 steps.
    """
    found = rates(run, ("clipped_completion_share",), recent)
    if not found:
        return Finding.unknown("No step has a finite share of cut rollouts.")
    share = found[0]
    summary = f"{percent(share.value)} of rollouts were cut at the length limit {share.over()}"
    if share.value < watch:
        return Finding.ok(f"{summary}.", *share.evidence(watch))
    evidence = list(share.evidence(limit))
    change = reward_change(run)
    if change is not None:
        summary += f"; {change.words()}"
        evidence.append(change.evidence())
    advice = (
        "Read some cut rollouts: raise the limit if they were on the way to an answer, "
        "else reward answers that end in time, short ones too."
    )
    make = Finding.problem if share.value >= limit else Finding.warning
    return make(f"{summary}.", *evidence, advice=advice)
