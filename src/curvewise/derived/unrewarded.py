"""Training that its loss alone tells: on examples beside a reward of 0, or of a policy without any reward."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
import numpy as np

from curvewise.derived.losses import finite_series
from curvewise.derived.validation import VALIDATION
from curvewise.model.metrics import canonical, infer_kind
from curvewise.model.run import Note, Run
from curvewise.stats.smoothing import median

LEAST_STEPS = 3
"""Steps of a reward of 0 from which on it is none."""
BEGINS = 0.1
"""Least loss at the first step: that of a policy without a reward is its divergence, which begins at 0."""
FEWEST = 10
"""Values of a loss that lies around 0."""


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
    text = (
        "The reward is 0 at every step, beside a training loss: this was read as no reinforcement learning."
    )
    told = _renamed(run, {"policy_loss": "train_loss"}, Note("reward_of_zero", text))
    return msgspec.structs.replace(told, declared_kind="sft")


def as_reinforced(run: Run) -> Run:
    """Name a loss that lies around 0, and is negative at times, that of a policy: no loss of answers is so.

    Notebooks of GRPO show the loss alone where the reward was not logged to them.

    Examples
    --------
    >>> logged = {"train_loss": (range(1, 13), [0.0, -0.001, 0.002] * 4)}
    >>> as_reinforced(Run.from_series(logged)).kind
    'rft'
    """
    if run.declared_kind is not None or any(name in run for name in VALIDATION) or run.kind != "sft":
        return run
    loss = finite_series(run, "train_loss").value
    if len(loss) < FEWEST or loss.min() >= 0 or max(abs(loss[0]), median(np.abs(loss))) >= BEGINS:
        return run
    text = "The training loss lies around 0, as that of a policy does: its level says nothing of the model."
    return _renamed(run, {"train_loss": "policy_loss"}, Note("loss_around_zero", text))


def _renamed(run: Run, named: Mapping[str, str], note: Note) -> Run:
    return msgspec.structs.replace(
        run,
        metrics={named.get(name, name): series for name, series in run.metrics.items()},
        logged_as={named.get(name, name): column for name, column in run.logged_as.items()},
        notes=(*run.notes, note),
    )
