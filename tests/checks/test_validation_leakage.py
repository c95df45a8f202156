from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from gallery import exhibit
from gallery.curves import fall
from gallery.jobs import trainer_sft

from curvewise import Run
from curvewise.checks.validation_leakage import validation_leakage
from curvewise.testing import make_run


def test_half_the_training_loss_from_the_start_is_no_health() -> None:
    run = make_run(train_loss=[2.0, 1.9, 1.8, 1.7], full_valid_loss={2: 0.5, 4: 0.4})
    finding = validation_leakage(run)
    assert finding.status == "warning"
    assert finding.summary.startswith("Validation loss is 0.26 times the training loss")
    assert "training data" in finding.advice


def test_a_validation_loss_of_about_zero_is_suspicious_beside_a_training_loss_as_low() -> None:
    falling = [6.0, 0.5, 0.002, 0.001, 0.001, 0.001]
    run = make_run(train_loss=falling, full_valid_loss={3: 0.002, 5: 0.001, 6: 0.001})
    finding = validation_leakage(run)
    assert finding.status == "warning"
    assert "while training began at 6" in finding.summary


def test_a_loss_of_about_zero_at_the_end_of_training_is_learned() -> None:
    run = make_run(train_loss=[6.0, 0.5, 0.002, 0.001], full_valid_loss={4: 0.002})
    assert validation_leakage(run).status == "ok"
    easy = make_run(train_loss=[0.01, 0.01, 0.01, 0.01], full_valid_loss={2: 0.01})
    assert validation_leakage(easy).status == "ok"


def test_one_evaluation_is_called_the_only_one() -> None:
    run = make_run(train_loss=[2.0, 2.0], full_valid_loss={2: 0.5})
    assert validation_leakage(run).summary.endswith("0.25 times the training loss at the only evaluation.")


def test_dropout_makes_validation_a_little_better() -> None:
    run = make_run(train_loss=[2.0, 1.8, 1.6, 1.5], full_valid_loss={2: 1.5, 4: 1.3})
    assert validation_leakage(run).status == "ok"


def test_a_training_loss_that_falls_fast_is_not_leakage() -> None:
    falling = [8.0 * 0.7**step for step in range(40)]
    run = make_run(train_loss=falling, full_valid_loss={20: falling[19] * 1.1, 40: falling[39] * 1.2})
    assert validation_leakage(run, near_zero=0.0).status == "ok"


def test_a_late_low_value_is_not_from_the_start() -> None:
    run = make_run(train_loss=[2.0] * 8, full_valid_loss={2: 2.1, 4: 2.0, 6: 0.5, 8: 0.4})
    assert validation_leakage(run).status == "ok"


def test_a_training_loss_of_zero_divides_nothing() -> None:
    run = make_run(train_loss=[0.0, 0.0], full_valid_loss={2: 0.5})
    assert validation_leakage(run).status == "unknown"


def test_the_real_run_whose_validation_starts_at_a_thousandth(corpus: Path) -> None:
    name = "trainer_state/hiyouga___sft_checkpoint_drive_1109_trainer_state.json"
    rows = json.loads((corpus / name).read_text())["log_history"]
    run = make_run(
        train_loss={row["step"]: row["loss"] for row in rows if "loss" in row},
        full_valid_loss={row["step"]: row["eval_loss"] for row in rows if "eval_loss" in row},
    )
    assert validation_leakage(run).status == "warning"


def test_the_real_run_that_overfits_does_not_leak(corpus: Path) -> None:
    name = "trainer_state/hiyouga___checkpoint_checkpoint-900_trainer_state.json"
    rows = json.loads((corpus / name).read_text())["log_history"]
    run = make_run(
        train_loss={row["step"]: row["loss"] for row in rows if "loss" in row},
        full_valid_loss={row["step"]: row["eval_loss"] for row in rows if "eval_loss" in row},
    )
    assert validation_leakage(run).status == "ok"


STEPS = np.arange(1, 121)
BY_HEART = 0.3 + 1.7 * np.exp(-STEPS / 40)


@pytest.mark.parametrize(
    ("valid", "per_epoch", "status"),
    [
        (0.4 + 1.6 * np.exp(-STEPS / 40), 6, "warning"),
        (1.1 + 0.9 * np.exp(-STEPS / 10), 6, "ok"),  # stays where new examples stay
        (0.4 + 1.6 * np.exp(-STEPS / 40) + np.maximum(0, STEPS - 80) * 0.01, 6, "ok"),  # rises at last
        (0.4 + 1.6 * np.exp(-STEPS / 15) + np.maximum(0, STEPS - 80) * 0.002, 6, "warning"),  # by little
        (0.4 + 1.6 * np.exp(-STEPS / 40), 60, "ok"),  # many examples, seen twice
    ],
)
def test_validation_that_falls_while_examples_are_learned_by_heart(
    valid: np.ndarray, per_epoch: int, status: str
) -> None:
    passes = {int(step): float(valid[step - 1]) for step in STEPS[5::6]}
    run = make_run(train_loss=BY_HEART, full_valid_loss=passes, steps_per_epoch=per_epoch)
    assert validation_leakage(run).status == status


@pytest.mark.parametrize(("right", "status"), [(0.99, "warning"), (0.92, "ok")])
def test_examples_that_are_got_wrong_are_not_known_by_heart(right: float, status: str) -> None:
    passes = {int(step): float(0.4 + 1.6 * np.exp(-step / 40)) for step in STEPS[5::6]}
    accuracy = np.linspace(0.5, right, len(STEPS))
    run = make_run(train_loss=BY_HEART, train_accuracy=accuracy, full_valid_loss=passes, steps_per_epoch=6)
    assert validation_leakage(run).status == status


def test_full_passes_beside_minibatches_come_once_an_epoch() -> None:
    valid = 0.4 + 1.6 * np.exp(-STEPS / 40)
    passes = {int(step): float(valid[step - 1]) for step in STEPS[5::6]}
    run = make_run(train_loss=BY_HEART, full_valid_loss=passes, valid_loss=dict(enumerate(valid, 1)))
    assert validation_leakage(run).status == "warning"


def test_validation_above_training_is_no_leak_however_low() -> None:
    train = [0.5 * 0.8**step + 0.004 for step in range(60)]
    assert (
        validation_leakage(make_run(train_loss=train, full_valid_loss={20: 0.02, 40: 0.012})).status == "ok"
    )


@pytest.mark.parametrize(
    ("stated", "status"), [({"gradient_accumulation_steps": 8}, "unknown"), ({}, "unknown")]
)
def test_a_training_loss_summed_over_batches_shows_no_leak(stated: dict[str, int], status: str) -> None:
    train = 8 * np.linspace(2.0, 1.4, 40)
    run = make_run(train_loss=train, full_valid_loss={20: 1.7, 40: 1.5}, hyperparameters=stated)
    assert validation_leakage(run).status == status


@pytest.mark.parametrize("batches", [2, 4, 8, 16, 32, 64])
@pytest.mark.parametrize("level", [0.003, 0.3, 1.0])
@pytest.mark.parametrize("evaluations", [3, 5, 20])
def test_gradient_accumulation_is_no_leak_at_any_level(evaluations: int, level: float, batches: int) -> None:
    time = np.linspace(0, 1, 120)
    train = batches * level * (1 + 1.2 * np.exp(-4 * time))
    at = np.linspace(0, 119, evaluations + 1).astype(int)[1:]
    passes = {int(step) + 1: 1.05 * float(train[step]) / batches for step in at}
    run = make_run(train_loss=train, full_valid_loss=passes)
    assert validation_leakage(run, near_zero=0.0).status in ("ok", "unknown")
    leaked = {step: 0.4 * value for step, value in passes.items()}
    run = make_run(train_loss=train / batches, full_valid_loss=leaked)
    assert validation_leakage(run, near_zero=0.0).status == "warning"


@pytest.mark.parametrize("scale", [0.01, 1.0, 3.0])
def test_validation_at_twice_the_training_loss_is_no_leak(scale: float) -> None:
    train = scale * (1 + 1.2 * np.exp(-np.linspace(0, 4, 60)))
    passes = {step: 2 * float(train[step - 1]) for step in range(12, 61, 12)}
    assert validation_leakage(make_run(train_loss=train, full_valid_loss=passes)).status == "ok"


@exhibit("warning", group="generalisation")
def faq_with_copies() -> Run:
    """The split was drawn after near copies had been added: validation loss is a third of training loss."""
    return trainer_sft(
        "faq-with-copies",
        lambda e: fall(e, 2.0, 1.0, 0.5),
        lambda e: 0.33 * fall(e, 2.0, 0.95, 0.45),
        seed=17,
        epochs=2,
    )


@pytest.mark.parametrize(("wer", "status"), [([65.0, 50.0, 40.0], "unknown"), ([3.0, 2.5, 2.4], "warning")])
def test_a_task_that_is_not_solved_did_not_leak(wer: list[float], status: str) -> None:
    losses = {"train_loss": [1.5, 1.4, 1.3], "full_valid_loss": [0.5, 0.45, 0.4]}
    assert validation_leakage(make_run(metrics={**losses, "eval_wer": wer})).status == status


def test_one_mean_over_all_of_the_training_is_nothing_to_compare_with() -> None:
    """A first epoch begins high; a model card repeats the one value that was logged."""
    for train in ({10: 0.17}, {10: 0.7, 20: 0.7, 30: 0.7}):
        run = make_run(metrics={"train_loss": train, "full_valid_loss": dict.fromkeys(train, 0.08)})
        assert validation_leakage(run).status == "unknown"


@pytest.mark.parametrize(("end", "status"), [(0.2, "warning"), (0.8, "ok")])
def test_means_since_the_last_entry_lag_behind_a_validation_loss_that_leaked(end: float, status: str) -> None:
    fell = 3.0 * 0.8 ** np.arange(26.0) + 0.03
    train = {10 * (k + 1): float(fell[2 * k : 2 * k + 2].mean()) for k in range(13)}
    valid = {5 * (k + 1): end + 0.6 * 0.75**k for k in range(26)}
    run = make_run(train_loss=train, full_valid_loss=valid, steps_per_epoch=5)
    assert validation_leakage(run).status == status
