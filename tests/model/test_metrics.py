from __future__ import annotations

import pytest

from curvewise.errors import UsageError
from curvewise.model.column_names import name_columns
from curvewise.model.metrics import SOURCES, canonical, catalogue, infer_kind, lookup


@pytest.mark.parametrize(
    ("column", "source", "name"),
    [
        ("train_accuracy", "openai", "train_mean_token_accuracy"),
        ("train_accuracy", "keras", "train_accuracy"),
        ("validation_mean_token_accuracy", "openai", "valid_mean_token_accuracy"),
        ("training_loss", "openai_legacy", "train_loss"),
        ("validation_loss", "openai_legacy", "valid_loss"),
        ("eval_loss", "huggingface", "full_valid_loss"),
        ("eval_code_loss", "huggingface", "full_valid_loss/code"),
        ("reward", "huggingface", "train_mean_reward"),
        ("scores/graders/python/g-1/train_reward_mean", "openai", "train_grader_reward/python/g-1"),
        (
            "errors/graders/python/g-1/errors/train_other_error_mean",
            "openai",
            "train_other_error_rate/python/g-1",
        ),
        ("train_error_count_get_order", "openai", "train_tool_error_rate/get_order"),
        ("eprewmean", "baselines", "train_mean_reward"),
        ("full_valid_loss", "keras", "full_valid_loss"),
        ("something else", "openai", None),
    ],
)
def test_each_source_has_its_names(column: str, source: str, name: str | None) -> None:
    assert canonical(column, source) == name


@pytest.mark.parametrize(
    ("columns", "names"),
    [
        # verl, OpenRLHF, SkyRL, slime, prime-rl, Stable-Baselines3 and TRL, as their logs name it
        (
            "critic/score/mean actor/pg_loss critic/vf_loss actor/entropy actor/pg_clipfrac",
            "train_mean_reward policy_loss critic_loss entropy clipped_update_share",
        ),
        (
            "val-core/gsm8k/reward/mean@1 val/test_score/gsm8k critic/kl response_length/clip_ratio",
            "valid_grader_reward/gsm8k/reward valid_grader_reward/gsm8k kl clipped_completion_share",
        ),
        (
            "train/reward train/kl train/response_length eval/eval_gsm8k_pass1",
            "train_mean_reward kl completion_tokens_mean valid_grader_reward/gsm8k",
        ),
        (
            "reward/avg_raw_reward eval/all/avg_score policy/policy_entropy",
            "train_mean_reward full_valid_mean_reward entropy",
        ),
        (
            "rollout/raw_reward rollout/response_len/mean rollout/truncated_ratio train/pg_clipfrac",
            "train_mean_reward completion_tokens_mean clipped_completion_share clipped_update_share",
        ),
        (
            "train/agg/effective/solver/reward/mean entropy/all/mean",
            "train_grader_reward/solver entropy",
        ),
        (
            "rollout/ep_rew_mean eval/mean_reward train/clip_fraction train/value_loss",
            "train_mean_reward full_valid_mean_reward clipped_update_share critic_loss",
        ),
        (
            "objective/scores objective/kl policy/clipfrac_avg loss/value_avg",
            "train_mean_reward kl clipped_update_share critic_loss",
        ),
    ],
)
def test_trainers_on_rollouts_have_their_names(columns: str, names: str) -> None:
    found = name_columns(columns.split(), {})
    assert list(found.values()) == names.split()
    assert infer_kind(found.values()) == "rft"


@pytest.mark.parametrize("column", ["my_reward", "Episode Reward", "advantages/mean", "rollout/score"])
def test_data_of_rewards_is_never_supervised(column: str) -> None:
    assert infer_kind(["train_loss", "learning_rate", column]) == "rft"


def test_every_entry_is_whole() -> None:
    for name, metric in catalogue().items():
        assert name == metric.name
        assert metric.meaning.endswith("."), name
        assert set(metric.aliases) <= set(SOURCES), name
        assert metric.split or metric.name in {"learning_rate", "epoch"} or "duration" in name, name


@pytest.mark.parametrize("source", list(SOURCES))
def test_no_name_of_a_source_means_two_things(source: str) -> None:
    names = [alias for metric in catalogue().values() for alias in metric.aliases.get(source, ())]
    assert len(names) == len(set(names))


def test_an_unknown_name_gets_near_ones() -> None:
    with pytest.raises(UsageError, match="full_valid_loss"):
        lookup("ful_valid_loss")
