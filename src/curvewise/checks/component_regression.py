"""The check `component_regression`."""

from __future__ import annotations

from curvewise.derived.reward_change import REWARD_CHANGE, RewardChange, reward_change
from curvewise.derived.reward_components import COMPONENTS, component_changes, reward_components
from curvewise.derived.reward_scale import REWARD_SCALE, reward_scale
from curvewise.model.finding import Finding
from curvewise.model.run import Run
from curvewise.plugin import check
from curvewise.text import abridged

LITTLE = 0.05
"""Fall of a part, as a share of the scale of the reward, below which it is too little to speak of."""


@check(
    needs=COMPONENTS,
    uses=(*COMPONENTS, *REWARD_CHANGE, *REWARD_SCALE),
    kinds=("rft",),
    when_missing="not_applicable",
)
def component_regression(run: Run, *, watch: float = 0.2, limit: float = 0.5, min_steps: int = 10) -> Finding:
    """One part of the reward falls while the total does not: the policy pays with it for the others.

    A reward that is a sum hides what it is made of. A policy that drops the tests, the format or the
    safety for a part that pays more still climbs, and every choice by the total prefers it.

    Judged is each reward function or grader of a run that has several: the mean of its last quarter against
    that of its first tenth, with a 90 % interval. Where the total falls too, that is another matter.

    Of 1,000 simulated runs with three parts that rise or stay level it calls 0.8 %; it finds 95.8 % of
    parts that fall by half or more (scripts/calibration/rollouts.py).

    Parameters
    ----------
    watch
        Fall, as a share of the larger of both levels, from which to watch.
    limit
        Fall from which it is a problem where the total rises: half of the part is gone.
    min_steps
        Steps needed for a first tenth and a last quarter that are not the same.

    Examples
    --------
    >>> from curvewise.testing import make_run
    >>> time = [step / 29 for step in range(30)]
    >>> run = make_run(train_mean_reward=[0.5 + t for t in time], metrics={
    ...     "train_grader_reward/style": [2 * t for t in time],
    ...     "train_grader_reward/safety": [0.9 - 0.7 * t for t in time]})
    >>> print(component_regression(run).summary)
    safety fell from 0.876 to 0.272 while the total rose from 0.534 to 1.4.
    """
    parts = reward_components(run)
    if len(parts) < 2:
        return Finding.not_applicable("The run has fewer than two parts of a reward.")
    total = reward_change(run)
    changes = {
        name: change for name, change in component_changes(run).items() if len(parts[name]) >= min_steps
    }
    if not changes or total is None:
        longest = max(len(series) for series in parts.values())
        return Finding.unknown(
            f"{min_steps} steps with the parts of the reward are needed, the log has {longest}."
        )
    least = LITTLE * reward_scale(run)
    lost = {
        name: _lost(change) if change.early - change.late >= least else 0.0
        for name, change in changes.items()
    }
    worst = sorted((name for name in changes if lost[name] >= watch), key=lambda name: -lost[name])
    if total.fell:
        return Finding.ok(f"The total falls itself: {total.words()}.", total.evidence())
    if not worst:
        lowest = max(lost, key=lambda name: lost[name])
        return Finding.ok(
            f"None of {len(changes):,} parts of the reward clearly falls.", changes[lowest].evidence()
        )
    told = [
        f"{name.partition('/')[2]} fell from {changes[name].early:.3g} to {changes[name].late:.3g}"
        for name in worst
    ]
    went = total.words().removeprefix("the reward ")
    make = Finding.problem if total.rose and lost[worst[0]] >= limit else Finding.warning
    return make(
        f"{abridged(told, 3)} while the total {went}.",
        *(changes[name].evidence() for name in worst),
        total.evidence(),
        advice=f"Choose a checkpoint by {worst[0].partition('/')[2]} as well; give it more weight, or "
        "make it a condition of the others.",
    )


def _lost(change: RewardChange) -> float:
    """Share of a part's level that is surely gone; 0 where it is not sure that anything is."""
    if not change.fell:
        return 0.0
    return (change.early - change.late) / max(abs(change.early), abs(change.late))
