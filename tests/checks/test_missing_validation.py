from __future__ import annotations

import math

import pytest
from gallery import exhibit
from gallery.curves import fall
from gallery.jobs import trainer_sft

from curvewise import Run
from curvewise.checks.missing_validation import missing_validation
from curvewise.model.series import Series
from curvewise.testing import make_run


def test_a_run_with_training_metrics_alone_is_warned_of() -> None:
    finding = missing_validation(make_run(train_loss=[2.0, 1.5, 1.2]))
    assert finding.status == "warning"
    assert "from 3 steps of train_loss alone" in finding.summary
    assert "validation_file" in finding.advice
    assert finding.evidence[0].points == 3


@pytest.mark.parametrize(
    "metric", ["valid_loss", "full_valid_loss", "full_valid_loss/code", "full_valid_accuracy"]
)
def test_any_validation_metric_will_do(metric: str) -> None:
    finding = missing_validation(make_run(train_loss=[2.0], metrics={metric: [1.0]}))
    assert finding.status == "ok"
    assert metric in finding.summary


def test_reinforcement_fine_tuning_needs_a_validation_reward() -> None:
    loss_only = make_run(train_mean_reward=[0.1, 0.2], full_valid_loss=[1.0, 0.9])
    assert missing_validation(loss_only).status == "warning"
    assert "reward hacking" in missing_validation(loss_only).summary
    by_grader = make_run(train_mean_reward=[0.1, 0.2], metrics={"valid_grader_reward/style": [0.1, 0.2]})
    assert missing_validation(by_grader).status == "ok"


def test_a_blank_column_counts_as_absent() -> None:
    blank = Series.from_points([], [])
    finding = missing_validation(make_run(train_loss=[2.0], valid_loss=blank))
    assert finding.summary.startswith("No validation data: from 1 step of train_loss alone")


def test_values_that_are_all_nan_are_told_apart_from_no_column() -> None:
    finding = missing_validation(make_run(train_loss=[2.0], full_valid_loss=[math.nan]))
    assert finding.status == "warning"
    assert finding.summary.startswith("full_valid_loss holds no finite value")


def test_a_run_with_nothing_in_it_cannot_be_judged() -> None:
    assert missing_validation(make_run()).status == "unknown"


def test_a_run_that_goes_on_has_an_epoch_to_evaluate() -> None:
    losses = [2.0] * 30
    for finding in (
        missing_validation(make_run(train_loss=losses, status="running")),
        missing_validation(make_run(train_loss=losses, status="running", steps_per_epoch=40)),
    ):
        assert finding.status == "unknown"
    assert (
        missing_validation(make_run(train_loss=losses, status="running", steps_per_epoch=20)).status
        == "warning"
    )
    assert missing_validation(make_run(train_loss=losses, status="paused")).status == "warning"


@exhibit("warning", group="records")
def no_eval_set() -> Run:
    """No validation file: the training loss falls beautifully, and says nothing of new examples."""
    return trainer_sft("no-eval-set", lambda e: fall(e, 2.0, 0.5, 1.1), None, seed=55)


def test_a_metric_of_the_task_is_an_evaluation() -> None:
    run = make_run(metrics={"train_loss": [1.0, 0.9, 0.8], "val_dice": [0.5, 0.6, 0.7]})
    assert missing_validation(run).status == "ok"
