from __future__ import annotations

import numpy as np
from gallery import exhibit
from gallery.curves import fall
from gallery.jobs import service_sft

from curvewise import Run
from curvewise.checks.minibatch_validation import minibatch_validation
from curvewise.testing import make_run

BATCHES = [0.9, 0.2, 0.5, 0.3]


def test_a_rotation_is_found_and_named() -> None:
    finding = minibatch_validation(make_run(valid_loss=BATCHES * 6))
    assert finding.status == "warning"
    assert "come back every 4 evaluations" in finding.summary
    assert "6 means over whole rotations" in finding.summary
    assert "full_valid_loss" in finding.advice


def test_without_a_rotation_the_finding_says_that_single_values_are_all_there_is() -> None:
    noisy = np.random.default_rng(0).uniform(0.2, 1.0, 12)
    finding = minibatch_validation(make_run(valid_loss=noisy))
    assert finding.status == "warning"
    assert "No rotation shows" in finding.summary


def test_a_smooth_curve_of_minibatches_can_be_compared() -> None:
    finding = minibatch_validation(make_run(valid_loss=np.linspace(2.0, 1.0, 20)))
    assert finding.status == "ok"


def test_a_few_values_do_not_show_their_scatter() -> None:
    finding = minibatch_validation(make_run(valid_loss=[1.0, 0.9]))
    assert finding.status == "warning"
    assert "cannot be told from 2 evaluations" in finding.summary


def test_a_full_pass_makes_the_minibatches_unneeded() -> None:
    run = make_run(valid_loss=BATCHES * 6, full_valid_loss={12: 0.5, 24: 0.4})
    finding = minibatch_validation(run)
    assert finding.status == "ok"
    assert "2 full-pass evaluations" in finding.summary


def test_without_minibatches_the_question_does_not_arise() -> None:
    assert minibatch_validation(make_run(full_valid_loss=[1.0])).status == "not_applicable"


def test_a_loss_of_exactly_zero_does_not_upset_it() -> None:
    finding = minibatch_validation(make_run(valid_loss=[0.0] * 10))
    assert finding.status == "ok"
    assert "lies 0 % off" in finding.summary


def test_the_first_values_of_a_run_that_goes_on_are_not_warned_of() -> None:
    finding = minibatch_validation(make_run(valid_loss=[1.0, 2.0], status="running"))
    assert finding.status == "unknown"
    assert "2 of 5" in finding.reason


@exhibit("warning", group="records")
def result_file_only() -> Run:
    """Only the result file was downloaded: its validation loss is one minibatch at a time, and scatters."""
    return service_sft(
        "result-file-only",
        lambda e: fall(e, 2.0, 0.8, 0.9),
        lambda e: fall(e, 2.05, 0.95, 0.8),
        seed=56,
        epochs=3,
        per_epoch=120,
        checkpoints=None,
        metrics={"full_valid_loss": None, "full_valid_mean_token_accuracy": None},
    )
