from __future__ import annotations

from gallery import exhibit
from gallery.curves import fall
from gallery.jobs import trainer_sft

from curvewise import Run
from curvewise.checks.unfinished_learning import unfinished_learning
from curvewise.testing import make_run

FALLING = [2.0, 1.7, 1.5, 1.4, 1.33, 1.28]
DONE = [2.0, 1.4, 1.2, 1.19, 1.195, 1.2, 1.21, 1.2]


def test_a_loss_that_still_falls_is_unfinished() -> None:
    finding = unfinished_learning(make_run(full_valid_loss=FALLING, every=100))
    assert finding.status == "warning"
    assert "300 more steps" in finding.summary
    assert finding.confidence is not None
    assert finding.confidence >= 0.8


def test_a_loss_that_stopped_is_done() -> None:
    assert unfinished_learning(make_run(full_valid_loss=DONE, every=100)).status == "ok"


def test_steps_of_the_plan_that_are_left_are_no_reason_to_warn() -> None:
    finding = unfinished_learning(make_run(full_valid_loss=FALLING, every=100, planned_steps=1200))
    assert finding.status == "ok"
    assert "600 more steps" in finding.summary


def test_four_evaluations_are_too_few() -> None:
    finding = unfinished_learning(make_run(full_valid_loss=FALLING[:4], every=100))
    assert finding.status == "unknown"
    assert "5 are needed" in finding.reason


def test_certainty_is_a_threshold() -> None:
    run = make_run(full_valid_loss=FALLING, every=100)
    assert unfinished_learning(run, certainty=0.9999).status == "unknown"


def test_a_run_whose_learning_rate_has_come_down_to_nothing_is_finished() -> None:
    losses = [2.0, 1.9, 1.85, 1.82, 1.8, 1.79, 1.6, 1.5]
    rate = [1e-4] * 6 + [5e-5, 1e-7]
    decayed = make_run(full_valid_loss=losses, learning_rate=rate, every=100)
    assert unfinished_learning(decayed).status == "ok"
    assert (
        unfinished_learning(make_run(full_valid_loss=losses, learning_rate=[1e-4] * 8, every=100)).status
        != "ok"
    )


@exhibit("warning", group="generalisation")
def long_reports() -> Run:
    """Two epochs were too few: both losses were still falling when the job ended, at a constant rate."""
    return trainer_sft(
        "long-reports",
        lambda e: fall(e, 2.3, 1.1, 1.6),
        lambda e: fall(e, 2.35, 1.2, 1.7),
        seed=20,
        epochs=2,
        noise=0.04,
        pass_noise=0.001,
        metrics={"learning_rate": None},
    )
