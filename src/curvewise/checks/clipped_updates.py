"""The check `clipped_updates`."""

from __future__ import annotations

from curvewise.derived.rates import rates
from curvewise.derived.reward_change import REWARD_CHANGE, reward_change
from curvewise.model.finding import Finding
from curvewise.model.run import Run
from curvewise.numbers import percent
from curvewise.plugin import check


@check(
    needs=("clipped_update_share",),
    uses=("clipped_update_share", *REWARD_CHANGE),
    kinds=("rft",),
    when_missing="not_applicable",
    turns={"learning_rate": "down"},
)
def clipped_updates(run: Run, *, watch: float = 0.3, limit: float = 0.5, recent: int = 20) -> Finding:
    """Many updates are clipped: each step asks for more change than it may make.

    PPO and GRPO cut the update of a token whose probability has changed by more than the clip range
    (Schulman et al. 2017, Proximal Policy Optimization). A tenth of the tokens is usual. Where many are cut,
    the learning rate is too high for the range, or one batch is reused too often, and the gradient is that
    of the tokens that are left.

    The mean share over the recent steps is judged.

    Parameters
    ----------
    watch
        Share of tokens from which to watch: three in ten.
    limit
        Share from which it is a problem: most of the batch teaches nothing.
    recent
        Steps to average; older ones speak of another policy.

    Examples
    --------
    >>> from curvewise.testing import make_run
    >>> print(clipped_updates(make_run(kind="rft", clipped_update_share=[0.4, 0.6, 0.8])).summary)
    60 % of the updates were clipped over all 3 steps.
    """
    found = rates(run, ("clipped_update_share",), recent)
    if not found:
        return Finding.unknown("No step has a finite share of clipped updates.")
    share = found[0]
    summary = f"{percent(share.value)} of the updates were clipped {share.over()}"
    if share.value < watch:
        return Finding.ok(f"{summary}.", *share.evidence(watch))
    evidence = list(share.evidence(limit))
    if (change := reward_change(run)) is not None:
        summary += f"; {change.words()}"
        evidence.append(change.evidence())
    make = Finding.problem if share.value >= limit else Finding.warning
    return make(
        f"{summary}.",
        *evidence,
        advice="Lower the learning rate, or make fewer updates from each batch of rollouts.",
    )
