"""A reward of 0 throughout beside a training loss, as slime logs it in supervised training."""

from __future__ import annotations

import pytest

from curvewise.loading import load
from curvewise.model.run import Kind

FALLS = [2.0, 1.5, 1.2, 1.1]
NONE = [0.0] * 4


def _slime(rollout: int, loss: float, reward: float, name: str) -> list[dict[str, float]]:
    return [
        {
            "step": rollout,
            "rollout/raw_reward": reward,
            "rollout/rewards": reward,
            "rollout/total_lengths": 70.0,
        },
        {"step": rollout, "rollout/response_len/mean": 50.0 + rollout, "rollout/truncated_ratio": 0.0},
        {"step": rollout, name: loss, "train/grad_norm": 1.5},
    ]


@pytest.mark.parametrize(
    ("name", "losses", "rewards", "kind", "loss"),
    [
        ("train/loss", FALLS, NONE, "sft", "train_loss"),
        ("train/loss", FALLS, [0.0, 0.1, 0.2, 0.3], "rft", "policy_loss"),
        ("train/loss", FALLS, [1.0] * 4, "rft", "policy_loss"),
        ("train/loss", [0.001, 0.02, 0.2, 0.3], NONE, "rft", "policy_loss"),  # divergence of a policy
        ("train/loss", [0.0] * 4, NONE, "rft", "policy_loss"),
        ("train/pg_loss", FALLS, NONE, "rft", "policy_loss"),
    ],
)
def test_no_reward_is_earned(
    name: str, losses: list[float], rewards: list[float], kind: Kind, loss: str
) -> None:
    logged = zip(losses, rewards, strict=True)
    run = load([row for at, each in enumerate(logged, start=1) for row in _slime(at, *each, name)])
    assert (run.kind, run[loss].value.tolist()) == (kind, losses)
    assert (run.note("reward_of_zero") is not None) == (kind == "sft")


@pytest.mark.parametrize("beside", ["kl", "reward_std", "frac_reward_zero_std", "clip_ratio/region_mean"])
def test_what_only_rollouts_give_stands_beside_the_loss(beside: str) -> None:
    rows = [{"step": step, "loss": loss, "reward": 0.0, beside: 0.5} for step, loss in enumerate(FALLS)]
    assert load(rows).kind == "rft"


def test_the_user_says_what_it_is() -> None:
    rows = [{"step": step, "loss": loss, "reward": 0.0} for step, loss in enumerate(FALLS)]
    assert (load(rows).kind, load(rows, kind="rft").kind) == ("sft", "rft")
    assert "policy_loss" in load(rows, kind="rft")


@pytest.mark.parametrize(
    ("losses", "others", "kind"),
    [
        ([0.0, -0.001, 0.002] * 5, {}, "rft"),
        ([0.0, 0.001, 0.002] * 5, {}, "sft"),  # learned by heart
        ([1.5, 0.5, -0.002] * 5, {}, "sft"),  # the logarithm of a density
        ([0.0, -0.001, 0.002] * 5, {"val_loss": [0.1] * 15}, "sft"),
    ],
)
def test_a_loss_around_zero_is_that_of_a_policy(
    losses: list[float], others: dict[str, list[float]], kind: Kind
) -> None:
    run = load(
        [{"step": n, "loss": loss} | {k: v[n] for k, v in others.items()} for n, loss in enumerate(losses)]
    )
    assert (run.kind, "loss_around_zero" in {note.code for note in run.notes}) == (kind, kind == "rft")
