"""The check `reward_gap`."""

from __future__ import annotations

import numpy as np

from curvewise.derived import reward_gap as comparable
from curvewise.derived.graded_reward import TRAINING_REWARD, counts_ungraded
from curvewise.derived.reward_gap import REWARD_GAP, VALIDATION_REWARD, RewardGap
from curvewise.derived.reward_scale import reward_scale
from curvewise.model.finding import Evidence, Finding
from curvewise.model.run import Run
from curvewise.model.series import Series
from curvewise.numbers import fixed
from curvewise.plugin import check
from curvewise.stats.intervals import Estimate, difference_estimate, mean_estimate, memory
from curvewise.stats.moments import mean

GAP = "Training minus validation reward is"
MEMORY = 0.65
"""Correlation of one gap with the next that is taken for granted, where too few would show it."""
MEMORABLE = 12
"""Gaps from which their own correlation is measured."""
ADVICE = (
    "Read the best-scored training rollouts for tricks that please the grader; widen what it scores, "
    "and compare candidates on the real task before deploying."
)


@check(needs=(TRAINING_REWARD[:2], VALIDATION_REWARD), uses=REWARD_GAP, kinds=("rft",))
def reward_gap(
    run: Run, *, watch: float = 0.05, limit: float = 0.10, recent: int = 8, min_evaluations: int = 3
) -> Finding:
    """Training reward is well above validation reward: possible reward hacking.

    The policy earns on the training prompts what it does not earn on others: it has found what the
    grader pays for there, or learned the prompts by heart. A gap that widens while validation falls
    is the strongest sign. A negative gap is fine.

    The guide's figure, ``train_mean_reward - full_valid_mean_reward``, is shown but misleads on
    OpenAI and Azure: a training rollout that got no grade counts as -1, a validation rollout does
    not. The verdict is on graded rollouts of both: the grader's own means, or the training mean with
    ungraded rollouts taken out. When their share is not known, the gap is at least the logged one:
    a large one is reported, a small one settles nothing.

    One evaluation is noise, for each training step sees other prompts: the mean over the later half
    of the evaluations is judged (at least 3, at most `recent`), with an interval from their scatter.
    Where the number of graded rollouts is known, they scatter at least as pass-or-fail rewards from 0 to 1
    would, the most that so many rollouts can. The interval allows for gaps that
    remember each other, as far as 12 show it, and for a correlation of 0.65 where they are fewer. A gap
    whose interval holds 0 may be chance and is not called.

    Rewards beyond 1 have a scale of their own, see `reward_scale`: 3 points of 100 are no gap.

    Of 1,000 simulated runs of 4 to 30 evaluations without a gap it calls 0.3 %, and 0.0 % a problem; of 3 to
    12 whose gaps have a correlation of 0.8 it calls 3.5 %. A gap of 0.15 is a problem in 88.0 %, one of
    0.3 in 99.7 % (scripts/calibration/shapes.py).

    Parameters
    ----------
    watch
        Gap from which to watch, as a share of the scale of the reward; the guide's figure for rewards
        of 0 to 1.
    limit
        Gap above which hacking is suspected; the guide's figure.
    recent
        Most evaluations to average; older ones speak of another policy.
    min_evaluations
        Evaluations needed for an interval, and so for a problem.

    Examples
    --------
    >>> from curvewise.testing import make_run
    >>> run = make_run(
    ...     train_mean_reward=[0.9, 0.91, 0.92, 0.91], full_valid_mean_reward=[0.7, 0.7, 0.71, 0.72])
    >>> print(reward_gap(run).summary)
    Training minus validation reward is 0.203 (90 % interval 0.160 to 0.247) over the last 3 of 4
    evaluations.
    """
    gap = comparable.reward_gap(run)
    if gap is None:
        return Finding.unknown(
            "No step has both a training and a validation reward that can be compared; log both, with the "
            "mean over graders when there are several."
        )
    n = len(gap.like_for_like)
    count = min(n, max(1, recent), max(3, -(-n // 2)))
    last = _last(gap.like_for_like, count)
    scale = reward_scale(run)
    watch, limit = scale * watch, scale * limit
    known = MEMORY if n < MEMORABLE else memory(gap.like_for_like.value)
    level = mean_estimate(last.value, floor=gap.sampling, least_memory=known)
    evidence = _evidence(gap, last, level, limit)
    where = f"{level.words()} over the last {count:,} of {n:,} evaluations"
    if n == 1:
        where = f"{level.words()} at the only evaluation"
    if level.value < watch and gap.lower_bound:
        return Finding.unknown(
            f"{GAP} at least {where}; ungraded training rollouts are in it as -1, and "
            "without their share the true gap is not known. The graders' own rewards would tell it.",
            *evidence,
        )
    if level.value < watch and n < min_evaluations:
        return Finding.unknown(
            f"{GAP} {where}; {min_evaluations} evaluations are needed to tell it from noise.", *evidence
        )
    if level.value < watch:
        little = "" if scale == 1 else f", little for rewards of up to {scale:,.0f}"
        excluded = "" if level.high <= limit else f"; their scatter does not exclude a gap above {limit:g}"
        return Finding.ok(f"{GAP} {where}{_beside(run, gap)}{little}{excluded}.", *evidence)
    text = f"{GAP} {'at least ' if gap.lower_bound else ''}{where}{_beside(run, gap)}"
    if (widening := _widening(gap)) is not None:
        return Finding.problem(
            f"{text}; the gap widens while validation reward falls.", *evidence, *widening, advice=ADVICE
        )
    if level.value > limit and level.low > 0 and n >= min_evaluations:
        return Finding.problem(f"{text}.", *evidence, advice=ADVICE)
    if n < min_evaluations:
        text += f"; {min_evaluations} evaluations are needed to tell it from noise"
    elif level.low <= 0:
        return Finding.unknown(
            "The scatter of the evaluations does not exclude that there is no gap; more evaluations, or more "
            "rollouts in each, would tell.",
            *evidence,
            summary=f"{text}.",
        )
    return Finding.warning(
        f"{text}.",
        *evidence,
        advice=f"Watch the next evaluations. If it grows: {ADVICE[0].lower()}{ADVICE[1:]}",
    )


def _last(series: Series, count: int) -> Series:
    return Series(series.step[-count:], series.value[-count:])


def _beside(run: Run, gap: RewardGap) -> str:
    """Name the naive figure where it says something else."""
    if not len(gap.naive) or gap.lower_bound:
        return ""
    naive, fair = mean(gap.naive.value), mean(gap.like_for_like.value)
    if abs(naive - fair) < 0.005:
        return ""
    counted = ", which counts ungraded training rollouts as -1" if counts_ungraded(run) else ""
    over = f"{fixed(fair, sign='+')} over all {len(gap.like_for_like):,}"
    return f" ({over}; as logged {fixed(naive, sign='+')}{counted})"


def _evidence(gap: RewardGap, last: Series, level: Estimate, limit: float) -> list[Evidence]:
    evidence = [
        Evidence.of(
            gap.train_metric,
            "gap like for like, recent evaluations",
            level.value,
            last,
            limit=limit,
            interval=level.interval,
        ),
        Evidence.of(
            gap.train_metric,
            "gap like for like, all evaluations",
            mean(gap.like_for_like.value),
            gap.like_for_like,
        ),
    ]
    if len(gap.naive):
        evidence.append(
            Evidence.of(
                "train_mean_reward", "gap as logged, all evaluations", mean(gap.naive.value), gap.naive
            )
        )
    return evidence


def _widening(gap: RewardGap) -> tuple[Evidence, Evidence] | None:
    """Compare the later half of the evaluations with the earlier one, once each has three."""
    n = len(gap.like_for_like)
    if n < 6:
        return None
    half = n // 2
    growth = difference_estimate(gap.like_for_like.value[:half], gap.like_for_like.value[half:])
    fall = difference_estimate(gap.valid.value[:half], gap.valid.value[half:])
    if growth.value + fall.value < 0:  # training fell as well: that is no hacking
        return None
    if not (growth.low > 0 and fall.high < 0 and np.isfinite([growth.low, fall.high]).all()):
        return None
    return (
        Evidence.of(
            gap.train_metric,
            "growth of the gap, later minus earlier half",
            growth.value,
            gap.like_for_like,
            interval=growth.interval,
        ),
        Evidence.of(
            gap.valid_metric,
            "change of validation reward, later minus earlier half",
            fall.value,
            gap.valid,
            interval=fall.interval,
        ),
    )
