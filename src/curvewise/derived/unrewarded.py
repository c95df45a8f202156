"""Training on examples by a program for rollouts, which logs a reward of 0 beside the loss."""

from __future__ import annotations

import msgspec

from curvewise.model.metrics import canonical, infer_kind
from curvewise.model.run import Note, Run

LEAST_STEPS = 3
"""Steps of a reward of 0 from which on it is none."""
BEGINS = 0.1
"""Least loss at the first step: that of a policy without a reward is its divergence, which begins at 0."""


def as_supervised(run: Run) -> Run:
    """Name a training loss beside a reward that is 0 throughout: a policy has no loss without a reward.

    Nothing else that only training on rollouts logs may stand beside it, such as a spread of rewards.

    Examples
    --------
    >>> logged = {"train_mean_reward": ([1, 2, 3], [0.0] * 3), "policy_loss": ([1, 2, 3], [2.0, 1.5, 1.2])}
    >>> as_supervised(Run.from_series(logged)).kind
    'sft'
    """
    loss = run.metrics.get("policy_loss")
    if run.declared_kind is not None or loss is None or not (loss.value > 0).all() or loss.value[0] < BEGINS:
        return run
    rewards = {name: series for name, series in run.metrics.items() if "reward" in name}
    if not all(len(series) >= LEAST_STEPS and not series.value.any() for series in rewards.values()):
        return run
    others = {name for name in run.metrics if "rollout" not in name} - {"policy_loss", *rewards}
    is_plain = canonical(run.logged_as.get("policy_loss", "loss")) == "train_loss"
    if not rewards or not is_plain or "kl" in others or infer_kind({"train_loss", *others}) != "sft":
        return run
    named = {"policy_loss": "train_loss"}
    text = (
        "The reward is 0 at every step, beside a training loss: this was read as no reinforcement learning."
    )
    return msgspec.structs.replace(
        run,
        metrics={named.get(name, name): series for name, series in run.metrics.items()},
        logged_as={named.get(name, name): column for name, column in run.logged_as.items()},
        declared_kind="sft",
        notes=(*run.notes, Note("reward_of_zero", text)),
    )
