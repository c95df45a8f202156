from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from gallery import exhibit
from gallery.curves import fall, turn
from gallery.jobs import service_sft, trainer_sft

import curvewise
from curvewise import Run
from curvewise.checks.overfitting import overfitting
from curvewise.testing import make_run

FALLING = list(np.linspace(2.0, 0.2, 40))


def test_three_full_passes_give_a_warning_that_states_its_basis() -> None:
    run = make_run(full_valid_loss={100: 0.170, 200: 0.130, 300: 0.188}, steps_per_epoch=100)
    finding = overfitting(run, max_rise=1.5)
    assert finding.status == "warning"
    assert "45 %" in finding.summary
    assert "3 full-pass evaluations, too few to measure their noise" in finding.summary
    assert "step 200 (epoch 2)" in finding.advice
    assert finding.evidence[0].limit == 1.5
    assert finding.evidence[0].value == pytest.approx(0.188 / 0.130)


def test_a_rise_above_the_limit_on_full_passes_is_a_problem() -> None:
    run = make_run(train_loss=FALLING, full_valid_loss={10: 1.0, 20: 0.8, 30: 0.9, 40: 1.1}, checkpoints=[20])
    finding = overfitting(run)
    assert finding.status == "problem"
    assert "Deploy the checkpoint of step 20" in finding.advice


@pytest.mark.parametrize(
    "values", [[1.0, 0.8, 0.81], [1.0, 0.9], [0.221, 0.203, 0.216], [0.17, 0.164, 0.188]]
)
def test_a_small_rise_on_few_points_is_no_alarm(values: list[float]) -> None:
    assert overfitting(make_run(full_valid_loss=values)).status in ("ok", "unknown")


def test_a_small_rise_on_three_points_cannot_be_told() -> None:
    finding = overfitting(make_run(full_valid_loss=[0.221, 0.203, 0.216]))
    assert finding.status == "unknown"
    assert "3 full-pass evaluations cannot tell a rise from noise" in finding.reason


def test_a_wide_but_constant_gap_is_no_overfitting() -> None:
    assert overfitting(make_run(train_loss=[0.1] * 20, full_valid_loss=[1.0] * 20)).status == "ok"


def test_noise_with_a_lucky_best_is_left_open() -> None:
    rng = np.random.default_rng(3)
    values = 1 + 0.2 * rng.standard_normal(20)
    values[8] = 0.5
    finding = overfitting(make_run(full_valid_loss=values))
    assert finding.status == "unknown"
    assert "scatter" in finding.reason


def test_rising_training_loss_is_divergence_and_not_overfitting() -> None:
    train = [*np.linspace(2.0, 1.0, 20), *np.linspace(1.0, 3.0, 20)]
    finding = overfitting(make_run(train_loss=train, full_valid_loss={10: 1.6, 20: 1.1, 30: 2.2, 40: 3.3}))
    assert finding.status == "ok"
    assert "divergence" in finding.summary


def test_means_over_rotations_give_a_hint_at_most() -> None:
    batches = np.tile([0.9, 0.2, 0.5, 0.3], 10)
    course = np.concatenate([np.linspace(1.5, 1.0, 20), np.linspace(1.0, 2.0, 20)])
    finding = overfitting(make_run(valid_loss=batches * course))
    assert finding.status == "warning"
    assert "rotations of 4 minibatches" in finding.summary
    assert "whole validation set" in finding.advice


def test_a_few_single_minibatches_decide_nothing() -> None:
    assert overfitting(make_run(valid_loss=[1.0, 0.5, 2.0])).status == "unknown"
    assert overfitting(make_run(valid_loss=[1.0, 0.5])).status == "unknown"


def test_the_worst_evaluation_set_is_named() -> None:
    run = make_run(
        metrics={"full_valid_loss/chat": [1.0, 0.9, 0.8, 0.7], "full_valid_loss/code": [1.0, 0.9, 1.2, 1.6]}
    )
    finding = overfitting(run)
    assert finding.status == "problem"
    assert "'code'" in finding.summary
    assert "1 of 2 evaluation sets rise" in finding.summary


def test_confidence_is_stated_with_an_interval_for_the_rise() -> None:
    run = make_run(train_loss=FALLING, full_valid_loss={10: 1.0, 20: 0.8, 30: 0.9, 40: 1.1})
    finding = overfitting(run)
    assert finding.confidence is not None
    assert 0.8 < finding.confidence <= 1
    low, high = finding.evidence[1].interval or (0.0, 0.0)
    assert 1 < low < high


def test_a_falling_loss_is_sure_to_be_fine() -> None:
    finding = overfitting(make_run(train_loss=FALLING, full_valid_loss=[1.6, 1.4, 1.3, 1.2, 1.15, 1.1]))
    assert finding.status == "ok"
    assert (finding.confidence or 0) > 0.9


def test_one_evaluation_shows_no_rise() -> None:
    assert overfitting(make_run(full_valid_loss=[1.0])).status == "unknown"


def test_zero_is_a_loss() -> None:
    finding = overfitting(make_run(full_valid_loss=[0.5, 0.0, 0.4]))
    assert finding.status == "problem"
    assert "up from zero" in finding.summary


@pytest.mark.parametrize(
    ("file", "status"),
    [
        ("openai_sft_csv/ankitg28__finetuning_results.csv", "warning"),
        ("openai_sft_csv/ece1786-2023__data_step_metrics.csv", "unknown"),
        ("openai_sft_csv/tadiwamark__step_metrics_1_.csv", "unknown"),
        ("trainer_state/hiyouga___checkpoint_checkpoint-900_trainer_state.json", "problem"),
        ("trainer_state/LusterSourav__trainer_state.85fc94.json", "warning"),
        ("trainer_state/LusterSourav__translation_model_trainer_state.json", "ok"),
        ("trainer_state/RTiberiu__results_checkpoint-3000_trainer_state.json", "unknown"),
        ("trainer_state/aigoncharov__trainer_state.json", "warning"),
    ],
)
def test_real_runs(corpus: Path, file: str, status: str) -> None:
    assert overfitting(curvewise.load(str(corpus / file))).status == status


def test_a_loss_that_ends_in_nan_gets_no_all_clear() -> None:
    finding = overfitting(make_run(full_valid_loss=[1.0, 0.9, float("nan")]))
    assert finding.status == "unknown"
    assert "NaN or infinity" in finding.reason


def test_a_task_metric_that_gains_meanwhile_allows_no_more_than_a_warning() -> None:
    losses = [2.26, 2.4, 2.6, 2.9, 3.3, 3.7]
    for wer, status in (
        ([74.0, 66.0, 58.0, 50.0, 42.0, 34.0], "warning"),
        ([34.0, 42.0, 50.0, 58.0, 66.0, 74.0], "problem"),
    ):
        run = make_run(
            train_loss=[2.0, 1.6, 1.2, 0.9, 0.6, 0.4], full_valid_loss=losses, metrics={"eval_wer": wer}
        )
        assert overfitting(run).status == status
        diagnosis = curvewise.analyze(run).diagnosis
        assert (diagnosis.name, diagnosis.severity) == ("overfit", status)
        assert ("eval_wer" in diagnosis.summary) == (status == "warning")


@exhibit("problem", group="generalisation")
def support_replies() -> Run:
    """Six epochs on 480 support replies: from epoch 2 on the model learns them by heart."""
    return service_sft(
        "support-replies",
        lambda e: fall(e, 2.1, 0.12, 1.7),
        lambda e: fall(e, 2.2, 1.12, 0.7) + turn(e, 1.7, 0.11, 1.25),
        seed=11,
        epochs=6,
    )


@exhibit("warning", group="generalisation")
def contract_clauses() -> Run:
    """One epoch too many: validation loss has begun to rise, by less than the guide's limit."""
    return trainer_sft(
        "contract-clauses",
        lambda e: fall(e, 1.9, 0.55, 1.1),
        lambda e: fall(e, 1.95, 0.98, 0.5) + turn(e, 1.5, 0.12, 1.1),
        seed=12,
    )
