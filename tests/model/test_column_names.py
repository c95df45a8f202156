"""From the columns of a file to canonical names."""

from __future__ import annotations

import pytest

from curvewise.errors import UsageError
from curvewise.model.column_names import name_columns, recognised, require_mapping


@pytest.mark.parametrize(
    ("column", "name"),
    [
        ("loss", "train_loss"),
        ("val_loss", "full_valid_loss"),
        ("validation_loss", "full_valid_loss"),
        ("Validation Loss", "full_valid_loss"),
        ("eval_loss", "full_valid_loss"),
        ("eval/loss", "full_valid_loss"),
        ("val/val_loss", "full_valid_loss"),
        ("eval/val_acc", "full_valid_accuracy"),
        ("eval/code_loss", "full_valid_loss/code"),
        ("train/loss", "train_loss"),
        ("Loss/Validation", "full_valid_loss"),
        ("train_loss_nats_per_byte", "train_loss"),
        ("validation_loss_per_token", "full_valid_loss"),
        ("price_per_token", None),
        ("Train CE (nats)", "train_loss"),
        ("Dev loss [bits per byte]", "full_valid_loss"),
        ("price (nats)", None),
        ("avr_loss", "train_loss"),
        ("train/val", None),
        ("val_acc", "full_valid_accuracy"),
        ("accuracy", "train_accuracy"),
        ("train/rewards/format/mean", "train_grader_reward/format"),
        ("eval/rewards/margins", "full_valid_reward_margin"),
        ("env/all/reward/total", "train_mean_reward"),
        ("eprewmean", "train_mean_reward"),
        ("/eval_mean_reward", "full_valid_mean_reward"),
        ("train_mean_reward", "train_mean_reward"),
        ("misc/nupdates", None),
        ("price", None),
    ],
)
def test_the_names_of_the_tools_are_known(column: str, name: str | None) -> None:
    assert recognised(column) == name


def test_valid_loss_is_a_minibatch_only_beside_columns_of_openai() -> None:
    assert name_columns(["train_loss", "valid_loss"], {})["valid_loss"] == "full_valid_loss"
    named = name_columns(["train_loss", "valid_loss", "valid_mean_token_accuracy"], {})
    assert named["valid_loss"] == "valid_loss"


def test_of_two_columns_with_one_meaning_the_second_keeps_its_name() -> None:
    assert name_columns(["loss", "train_loss_step"], {}) == {
        "loss": "train_loss",
        "train_loss_step": "train_loss_step",
    }


@pytest.mark.parametrize(
    ("names", "canonical"),
    [
        ("train_loss_epoch train_loss_step val_loss", "train_loss full_valid_loss"),
        ("critic/score/mean critic/rewards/mean", "train_mean_reward"),
        ("val-core/a/mean@1 val-core/a/mean@8", "valid_grader_reward/a"),
        ("loss train_loss", "train_loss"),
    ],
)
def test_which_column_has_a_name_does_not_depend_on_their_order(names: str, canonical: str) -> None:
    columns = names.split()
    first = name_columns(columns, {})
    assert first[columns[0]] == canonical.split()[0]
    assert set(canonical.split()) <= set(first.values())
    assert name_columns(columns[::-1], {}) == first


def test_of_two_columns_one_of_a_few_points_comes_last() -> None:
    points = {"train_loss_epoch": 1, "train_loss_step": 40}
    assert name_columns(points, {}, points.__getitem__)["train_loss_step"] == "train_loss"


def test_what_the_user_maps_wins() -> None:
    assert name_columns(["loss", "nll"], {"train_loss": "nll"}) == {"loss": "loss", "nll": "train_loss"}


def test_a_long_name_is_cut_and_stays_unique() -> None:
    names = name_columns(["x" * 300 + "a", "x" * 300 + "b"], {})
    assert list(names.values()) == ["x" * 200, "x" * 200 + " (2)"]


def test_the_loss_of_a_policy_is_no_train_loss() -> None:
    assert name_columns(["loss", "reward"], {})["loss"] == "policy_loss"


def test_mapping_to_an_unknown_column_lists_the_columns() -> None:
    with pytest.raises(UsageError) as caught:
        require_mapping({"train_loss": "nll"}, ["step", "loss"])
    assert "no column 'nll'" in caught.value.problem
    assert "step, loss" in caught.value.hint


def test_mapping_an_unknown_metric_proposes_near_names() -> None:
    with pytest.raises(UsageError, match="train_los'") as caught:
        require_mapping({"train_los": "loss"}, ["loss"])
    assert "train_loss" in caught.value.hint


def test_a_file_without_columns_says_so() -> None:
    with pytest.raises(UsageError) as caught:
        require_mapping({"train_loss": "nll"}, [])
    assert caught.value.hint == "the file has no columns of numbers; pass a table, or a log of objects"


def test_step_and_epoch_may_be_one_column() -> None:
    require_mapping({"step": "round", "epoch": "round", "train_loss": "nll"}, ["round", "nll"])


@pytest.mark.parametrize(
    ("columns", "name"),
    [
        (["epoch", "val_loss", "wer"], "eval_wer"),
        (["epoch", "train_loss", "wer"], "wer"),
        (["epoch", "val_loss", "val_wer", "wer"], "wer"),
        (["epsilon", "score"], "train_mean_reward"),
        (["reward", "epsilon", "score"], "score"),
        (["team", "score"], "score"),
        (["train_closs", "epoch", "val_closs"], "full_valid_loss"),
        (["train_a_loss", "val_a_loss", "train_b_loss", "val_b_loss"], "val_b_loss"),
        (["epoch", "train_loss", "valid_loss"], "full_valid_loss"),
    ],
)
def test_the_company_of_a_column_tells_what_it_is(columns: list[str], name: str) -> None:
    assert name_columns(columns, {})[columns[-1]] == name


@pytest.mark.parametrize(
    ("columns", "metrics"),
    [
        ("avg_train_loss avg_test_loss", "train_loss full_valid_loss"),
        (
            "trainLoss valLoss trainAcc valAcc",
            "train_loss full_valid_loss train_accuracy full_valid_accuracy",
        ),
        ("running_loss val_bpb", "train_loss full_valid_loss"),
        ("train_loss test_loss val_loss", "train_loss test_loss full_valid_loss"),  # a test set beside it
        ("avg_loss loss", "avg_loss train_loss"),
        ("aux_loss loss_weight val_lossy", "aux_loss loss_weight val_lossy"),
    ],
)
def test_names_of_loops_of_ones_own(columns: str, metrics: str) -> None:
    assert list(name_columns(columns.split(), {}).values()) == metrics.split()


def test_losses_that_a_program_names_itself_are_no_pair_of_another_name() -> None:
    own = {"train_loss": "train_loss", "valid_loss": "valid_loss"}
    assert name_columns(own, own) == own
