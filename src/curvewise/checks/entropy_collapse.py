"""The check `entropy_collapse`."""

from __future__ import annotations

from curvewise.derived.losses import finite_series
from curvewise.derived.reward_change import REWARD_CHANGE, reward_change
from curvewise.derived.reward_scale import reward_scale
from curvewise.derived.words import steps_of
from curvewise.model.finding import Evidence, Finding
from curvewise.model.run import Run
from curvewise.numbers import percent
from curvewise.plugin import check
from curvewise.stats.moments import mean


@check(
    needs=("entropy",),
    uses=REWARD_CHANGE,
    kinds=("rft",),
    when_missing="not_applicable",
    turns={"learning_rate": "down", "temperature": "up", "difficulty": "up"},
)
def entropy_collapse(
    run: Run,
    *,
    left: float = 0.1,
    unpaid: float = 0.25,
    solved: float = 0.93,
    window: int = 5,
    min_steps: int = 15,
) -> Finding:
    """Entropy of the policy is nearly used up: it explores no more.

    Reinforcement learning trades entropy for reward; when little entropy is left, the rollouts of a
    prompt are all alike and the reward rises no further (Cui et al. 2025, The Entropy Mechanism of
    Reinforcement Learning for Reasoning Language Models; Yu et al. 2025, DAPO).

    A falling entropy alone is normal, so the share that is left of the first steps' entropy is judged.
    With a reward that rose this is a warning, since the run may simply be done; without a rise the
    policy has settled on something that does not pay: a problem. A reward that rose to `solved` of its scale
    leaves nothing to explore for.

    Parameters
    ----------
    left
        Share of the first entropy at or below which it counts as used up. A tenth is a rule of
        thumb: by then, by the law of the first paper, nine tenths of what there was is spent.
    unpaid
        Share from which it is watched where the reward did not rise: three quarters were spent for nothing.
    solved
        Share of the scale of the reward from which on the task counts as solved.
    window
        Steps to average at either end.
    min_steps
        Steps needed: three windows.

    Examples
    --------
    >>> from curvewise.testing import make_run
    >>> run = make_run(train_mean_reward=[0.2] * 20, entropy=[0.8] * 10 + [0.02] * 10)
    >>> print(entropy_collapse(run).summary)
    Entropy fell from 0.8 to 0.02 over 20 steps, 2.5 % of what it was;
    the reward did not clearly change, from 0.2 to 0.2.
    """
    entropy = finite_series(run, "entropy")
    n = len(entropy)
    if n < max(min_steps, 2):
        return Finding.unknown(f"{max(min_steps, 2)} steps with an entropy are needed, the log has {n}.")
    width = max(1, min(window, n // 3))
    early, late = mean(entropy.value[:width]), mean(entropy.value[-width:])
    if early <= 1e-6:
        return Finding.unknown(f"Entropy is {early:.3g} from the first steps, so no share of it can be left.")
    share = Evidence.of("entropy", "last steps / first steps, averaged", late / early, entropy, limit=left)
    went = "fell" if late < early else "went"
    summary = f"Entropy {went} from {early:.3g} to {late:.3g} over {steps_of(entropy)}"
    change = reward_change(run)
    if share.value > left and (change is None or change.rose or share.value > unpaid):
        return Finding.ok(f"{summary}.", share)
    summary += f", {percent(share.value)} of what it was"
    if change is None:
        return Finding.warning(
            f"{summary}; too few steps have a reward to tell what it bought.",
            share,
            advice="Compare checkpoints from before and after the fall on the real task.",
        )
    if change.rose and change.late >= solved * reward_scale(run):
        return Finding.ok(
            f"{summary}; {change.words()}, and little is left to find.", share, change.evidence()
        )
    if change.rose:
        return Finding.warning(
            f"{summary}; {change.words()}.",
            share,
            change.evidence(),
            advice="Expect little from further steps: stop here, or go on with harder prompts.",
        )
    make = Finding.problem if share.value <= left else Finding.warning
    return make(
        f"{summary}; {change.words()}.",
        share,
        change.evidence(),
        advice="Lower the learning rate, raise the sampling temperature, or add an entropy bonus.",
    )
