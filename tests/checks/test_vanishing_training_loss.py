from __future__ import annotations

import math

import pytest
from gallery import exhibit
from gallery.curves import fall, turn
from gallery.jobs import service_sft

from curvewise import Run
from curvewise.checks.vanishing_training_loss import vanishing_training_loss
from curvewise.testing import make_run

VANISHED = [2.0, 1.0, 0.3] + [0.0] * 17


def test_a_loss_of_zero_is_a_value() -> None:
    finding = vanishing_training_loss(make_run(train_loss=VANISHED))
    assert finding.status == "warning"
    assert "at step 4" in finding.summary


@pytest.mark.parametrize("metric", ["train_loss", "grad_norm", "full_valid_loss", "full_valid_loss/code"])
def test_nothing_is_claimed_when_zeros_may_stand_for_nan(metric: str) -> None:
    run = make_run(metrics={"train_loss": VANISHED, metric: {1: 1.0, 20: math.nan}})
    finding = vanishing_training_loss(run)
    assert finding.status == "unknown"
    assert metric in finding.reason


def test_a_sound_loss_has_not_vanished() -> None:
    assert vanishing_training_loss(make_run(train_loss=[1.0] * 10)).status == "ok"


def test_some_zeros_among_others_are_no_crash() -> None:
    assert vanishing_training_loss(make_run(train_loss=[0.5, 0.0, 0.4] * 10)).status == "ok"


def test_seven_values_are_too_few() -> None:
    assert vanishing_training_loss(make_run(train_loss=[0.0] * 7)).status == "unknown"


@exhibit("warning", group="optimisation")
def sixty_examples() -> Run:
    """Ten epochs on 60 examples: the training loss is practically zero from the fifth on."""
    return service_sft(
        "sixty-examples",
        lambda e: fall(e, 1.9, 0.003, 0.75),
        lambda e: fall(e, 1.95, 1.2, 0.6) + turn(e, 1.5, 0.12),
        seed=37,
        epochs=10,
        per_epoch=15,
        noise=0.25,
    )


def test_a_loss_that_is_as_low_on_new_examples_is_a_task_learned() -> None:
    low = [2.0, 1.0] + [0.008] * 18
    for valid, status in ((0.011, "ok"), (0.5, "warning"), (0.0, "warning")):
        run = make_run(train_loss=low, full_valid_loss={10: 0.02, 20: valid})
        assert vanishing_training_loss(run).status == status


@pytest.mark.parametrize(("accuracy", "status"), [(0.98, "ok"), (98.0, "ok"), (0.8, "warning")])
def test_new_examples_that_are_got_right_show_that_the_task_is_learned(accuracy: float, status: str) -> None:
    losses = {"train_loss": [0.5, 0.1] + [0.001] * 18, "full_valid_loss": {10: 0.08, 20: 0.07}}
    run = make_run(metrics={**losses, "full_valid_accuracy": {10: accuracy, 20: accuracy}})
    assert vanishing_training_loss(run).status == status
