"""The check `kl_blowup`."""

from __future__ import annotations

import numpy as np

from curvewise.derived.losses import finite_series
from curvewise.derived.reward_change import REWARD_CHANGE, reward_change
from curvewise.derived.words import steps_of
from curvewise.model.finding import Evidence, Finding
from curvewise.model.run import Run
from curvewise.model.series import Series
from curvewise.plugin import check
from curvewise.stats.smoothing import median

FEWEST = 3
"""Values of a median that a single burst does not move."""
BURST = 3.0
"""Times the median of a run from which a step is a burst."""
FROM = {"kl": "the reference model", "update_kl": "the policy before the update"}
"""Metrics that are judged, the first that is logged, and from what they say that the policy diverges."""


@check(
    needs=(tuple(FROM),),
    uses=(*FROM, *REWARD_CHANGE),
    kinds=("rft",),
    when_missing="not_applicable",
    turns={"learning_rate": "down", "beta": "up"},
)
def kl_blowup(
    run: Run, *, watch: float = 5.0, limit: float = 10.0, often: float = 0.1, min_steps: int = 5
) -> Finding:
    """The policy runs away from the reference model: their KL divergence grows without bound, or bursts.

    The divergence is what the reward was bought with. A policy that is far from the reference earns by text
    that no one would write, and a reward model was never asked about (L. Gao, J. Schulman, J. Hilton,
    "Scaling laws for reward model overoptimization", 2023); bursts of it come of single updates that went
    too far.

    Judged are the median of the last tenth against that of the first quarter, and how often single steps
    burst: beyond the limit and three times the median of the run. A divergence that stays level is the price
    that the run was told to pay, and is only watched. Trainers log it per token (GRPO) or per answer (PPO):
    the limits are for an answer, and wide for a token. Where only the divergence from the policy before the
    update is logged, as by verl without a reference model, that is judged by the same limits.

    Of 1,000 simulated runs whose divergence climbs to a level of 0.01 to 3 nats it calls 0.0 %; it finds
    100.0 % of those that run away to 15 to 100 nats (scripts/calibration/rollouts.py).

    Parameters
    ----------
    watch
        Nats from which to watch a divergence that still grows.
    limit
        Nats from which it is a problem: an answer has become e^10 = 22,000 times more likely than the
        reference model has it. Runs on human feedback aim at 6 to 10.
    often
        Share of steps from which bursts are a problem.
    min_steps
        Steps needed: a single one may be a burst.

    Examples
    --------
    >>> from curvewise.testing import make_run
    >>> run = make_run(kind="rft", kl=[0.3 * 1.2**step for step in range(30)])
    >>> print(kl_blowup(run).summary)
    The KL divergence from the reference model grew from 0.518 to 49.5 nats (medians of the first 7 and the
    last 3 of 30 steps), beyond 10 nats from step 21 on.
    """
    metric = next((name for name in FROM if name in run), "kl")
    kl = finite_series(run, metric)
    n = len(kl)
    if n < max(min_steps, 2):
        return Finding.unknown(f"{max(min_steps, 2)} steps with a KL divergence are needed, the log has {n}.")
    first, last = max(1, n // 4), max(min(n // 3, FEWEST), n // 10)
    early, late = median(kl.value[:first]), median(kl.value[-last:])
    beyond = kl.where(kl.value >= max(limit, BURST * median(kl.value)))
    tail = Series(kl.step[-last:], kl.value[-last:])
    evidence = [
        Evidence.of(metric, "median, last tenth", late, tail, limit=limit),
        Evidence.of(metric, "share of steps with a burst", len(beyond) / n, kl, limit=often),
    ]
    grows = late > early + max(watch / 2, 0.5 * abs(early))
    bursts = len(beyond) >= max(2, often * n) and late < limit
    went = "grew" if late > early else "went"
    summary = (
        f"The KL divergence from {FROM[metric]} {went} from {early:.3g} to {late:.3g} nats "
        f"(medians of the first {first:,} and the last {last:,} of {steps_of(kl)})"
    )
    if late < watch and not bursts:
        return Finding.ok(f"{summary}.", *evidence)
    if bursts:
        step, worst = kl.highest()
        summary = (
            f"The KL divergence from {FROM[metric]} bursts at {len(beyond):,} of {steps_of(kl)}, "
            f"up to {worst:,.4g} nats at step {step:,}; its median is {median(kl.value):.3g}"
        )
    elif late >= limit and grows:
        summary += f", beyond {limit:g} nats from step {_since(kl, limit):,} on"
    if (change := reward_change(run)) is not None:
        summary += f"; {change.words()}"
        evidence.append(change.evidence())
    if bursts:
        advice = (
            "Lower the learning rate, clip updates and gradient more tightly, and skip batches that burst."
        )
    else:
        advice = (
            "Take an earlier checkpoint, compare its answers with those of the last one, and for another run "
            "raise the KL coefficient or lower the learning rate."
        )
    make = Finding.problem if bursts or (grows and late >= limit) else Finding.warning
    return make(f"{summary}.", *evidence, advice=advice)


def _since(kl: Series, limit: float) -> int:
    """Return the first step from which most values lie beyond the limit."""
    beyond = kl.value >= limit
    left = np.cumsum(beyond[::-1])[::-1] / np.arange(len(kl), 0, -1)
    return int(kl.step[np.argmax(beyond & (left > 0.5))])
