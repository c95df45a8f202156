from __future__ import annotations

from gallery import exhibit
from gallery.curves import fall, turn
from gallery.jobs import trainer_sft

from curvewise import Run
from curvewise.checks.rising_validation_loss import rising_validation_loss
from curvewise.testing import make_run

TURN = {100: 1.0, 200: 0.8, 300: 0.9, 400: 1.1}


def test_the_epoch_of_the_turn_is_named() -> None:
    finding = rising_validation_loss(make_run(full_valid_loss=TURN, steps_per_epoch=100))
    assert finding.status == "warning"
    assert "rises after epoch 2 (step 200)" in finding.summary
    assert "train for 2 epochs" in finding.advice


def test_without_epochs_the_step_is_named() -> None:
    finding = rising_validation_loss(make_run(full_valid_loss=TURN))
    assert "rises after step 200" in finding.summary
    assert "train for 200 steps" in finding.advice


def test_a_falling_loss_does_not_rise() -> None:
    assert rising_validation_loss(make_run(full_valid_loss=[1.0, 0.9, 0.8])).status == "ok"


def test_a_rise_within_noise_is_left_open() -> None:
    finding = rising_validation_loss(make_run(full_valid_loss=[0.221, 0.203, 0.216]))
    assert finding.status == "unknown"


def test_one_evaluation_is_too_few() -> None:
    assert rising_validation_loss(make_run(full_valid_loss=[1.0])).status == "unknown"


@exhibit("warning", group="generalisation")
def meeting_notes() -> Run:
    """A trainer that evaluated ten times: validation loss turns after the second epoch and keeps rising."""
    return trainer_sft(
        "meeting-notes",
        lambda e: fall(e, 2.0, 0.4, 1.3),
        lambda e: fall(e, 2.05, 1.05, 0.6) + turn(e, 1.9, 0.09, 1.2),
        seed=13,
        epochs=4,
        eval_every=160,
    )
