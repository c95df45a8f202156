from __future__ import annotations

import pytest

from curvewise.errors import UsageError
from curvewise.model.metrics import SOURCES, canonical, catalogue, lookup


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
