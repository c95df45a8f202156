"""The check `constant_reward_component`."""

from __future__ import annotations

from curvewise.derived.reward_components import COMPONENTS, reward_components
from curvewise.model.finding import Evidence, Finding
from curvewise.model.run import Run
from curvewise.plugin import check
from curvewise.text import listed


@check(needs=COMPONENTS, uses=COMPONENTS, kinds=("rft",), when_missing="not_applicable")
def constant_reward_component(run: Run, *, min_steps: int = 10) -> Finding:
    """A part of the reward is zero at every step, so nothing is learned from it.

    A reward function that never pays is one whose pattern does not match what the model writes, whose
    condition is out of reach, or that fails and returns its default. The others then make the reward alone.

    A part that is the same at every step and not zero is said as well, and is no fault: every rollout
    earns it.

    Parameters
    ----------
    min_steps
        Steps needed before silence means something.

    Examples
    --------
    >>> from curvewise.testing import make_run
    >>> run = make_run(metrics={
    ...     "train_grader_reward/answer": [0.1, 0.2, 0.3] * 4, "train_grader_reward/xml": [0.0] * 12})
    >>> print(constant_reward_component(run).summary)
    xml never pays: 0 at all 12 steps.
    """
    parts = {name: series for name, series in reward_components(run).items() if len(series) >= min_steps}
    if len(reward_components(run)) < 2:
        return Finding.not_applicable("The run has fewer than two parts of a reward.")
    if not parts:
        return Finding.unknown(f"No part of the reward has {min_steps} steps.")
    constant = {name: series for name, series in parts.items() if series.value.max() == series.value.min()}
    silent = [name for name, series in constant.items() if series.value[0] == 0]
    if not silent or len(silent) == len(parts):
        same = [f"{name.partition('/')[2]} is {series.value[0]:.3g}" for name, series in constant.items()]
        said = f"{listed(same)} at every step" if same else "all of them change"
        longest = max(parts.values(), key=len)
        return Finding.ok(
            f"Of {len(parts):,} parts of the reward {said}.",
            Evidence.of(next(iter(parts)), "parts that never change", len(constant), longest),
        )
    steps = len(parts[silent[0]])
    names = listed([name.partition("/")[2] for name in silent])
    return Finding.warning(
        f"{names} never {'pays' if len(silent) == 1 else 'pay'}: 0 at all {steps:,} steps.",
        *(Evidence.of(name, "largest size", 0.0, parts[name], limit=0.0) for name in silent),
        advice="Run it on a few rollouts by hand: does its pattern match what the model writes? Mend it, or "
        "take it out.",
    )
