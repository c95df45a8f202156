from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from gallery import exhibit
from gallery.curves import fall
from gallery.jobs import from_step, trainer_sft, with_values

from curvewise import Run
from curvewise.checks.broken_run import broken_run
from curvewise.testing import make_run

nan = math.nan


def test_zero_loss_beside_a_gradient_that_is_no_number_is_broken() -> None:
    finding = broken_run(make_run(every=10, train_loss=[1.2, 0.9, 0.0, 0.0], grad_norm=[2.0, 1.5, nan, nan]))
    assert finding.status == "problem"
    assert finding.summary.startswith("Broken from step 30 on")
    assert "deploy nothing" in finding.advice


def test_zero_loss_before_an_evaluation_that_is_no_number_is_broken() -> None:
    run = make_run(train_loss=[1.0, 0.8, 0.0, 0.0], full_valid_loss={2: 1.1, 4: nan})
    finding = broken_run(run)
    assert finding.status == "problem"
    assert "The last sound evaluation is that of step 2" in finding.advice


@pytest.mark.parametrize(("losses", "status"), [([2.0, 0.8, 0.4], "problem"), ([0.4, 0.1, 0.01], "ok")])
def test_evaluations_of_exactly_zero_beside_a_training_loss_are_of_no_example(
    losses: list[float], status: str
) -> None:
    finding = broken_run(make_run(train_loss=losses, full_valid_loss=[0.0] * 3))
    assert finding.status == status
    assert ("labelled examples" in finding.advice) == (status == "problem")


def test_zero_loss_and_lost_evaluations_from_the_first_step_are_masked_labels() -> None:
    finding = broken_run(make_run(train_loss=[0.0] * 4, full_valid_loss={2: nan, 4: nan}))
    assert finding.status == "problem"
    assert finding.summary.startswith("Broken from the first step")
    assert "masked" in finding.advice


def test_an_evaluation_history_that_ends_in_nan_is_broken() -> None:
    finding = broken_run(
        make_run(
            every=327,
            full_valid_loss=[0.98, 0.955, nan],
            full_valid_mean_token_accuracy=[0.7645, 0.769, 0.0006],
        )
    )
    assert finding.status == "problem"
    assert finding.summary.startswith("Broken from step 981 on")
    assert "0.769 to 0.0006" in finding.summary


def test_a_dead_accuracy_is_enough_when_nan_was_not_logged() -> None:
    run = make_run(full_valid_mean_token_accuracy=[0.7, 0.75, 0.001])
    assert broken_run(run).status == "problem"


@pytest.mark.parametrize("accuracy", [[0.001, 0.002, 0.001], [0.7, 0.75, 0.02]])
def test_an_accuracy_that_never_lived_or_still_lives_is_not_dead(accuracy: list[float]) -> None:
    assert broken_run(make_run(full_valid_mean_token_accuracy=accuracy)).status == "ok"


def test_one_training_batch_with_nothing_right_is_not_dead() -> None:
    run = make_run(train_loss=[1.0] * 5, train_mean_token_accuracy=[0.6, 0.4, 0.8, 0.6, 0.0])
    assert broken_run(run).status == "ok"


def test_an_exact_zero_beside_a_sound_number_is_legal() -> None:
    for beside in (
        {"grad_norm": [1.0, 0.1, 0.01]},
        {"train_mean_token_accuracy": [0.5, 0.9, 1.0]},
        {"full_valid_loss": {3: 0.4}},
    ):
        finding = broken_run(make_run(train_loss=[1.0, 0.1, 0.0], **beside))
        assert finding.status == "ok"
        assert "0.0 at 1 of 3 logged steps, which is legal" in finding.summary


def test_an_exact_zero_with_nothing_beside_it_cannot_be_judged() -> None:
    finding = broken_run(make_run(train_loss=[1.0, 0.1, 0.0]))
    assert finding.status == "unknown"
    assert "a gradient norm" in finding.reason


def test_a_loss_that_was_never_anything_but_zero_trained_nothing() -> None:
    assert broken_run(make_run(train_loss=[0.0] * 5)).status == "problem"


def test_a_loss_of_zero_is_normal_for_reinforcement_fine_tuning() -> None:
    assert broken_run(make_run(kind="rft", train_loss=[0.0] * 5)).status == "ok"


def test_a_run_that_comes_back_is_a_warning() -> None:
    run = make_run(train_loss=[1.0, 0.0, 0.8, 0.7], grad_norm=[1.0, nan, 1.0, 1.0])
    finding = broken_run(run)
    assert finding.status == "warning"
    assert "sound again later" in finding.summary


def test_a_lost_evaluation_in_a_run_that_trains_on_is_not_a_broken_run() -> None:
    run = make_run(train_loss=[1.0, 0.9, 0.8, 0.7], full_valid_loss={2: 1.0, 3: nan})
    assert broken_run(run).status == "ok"


def test_the_real_history_that_looks_perfect_is_called_broken(corpus: Path) -> None:
    rows = json.loads((corpus / "trainer_state_excerpt/unknown__nan_eval_history.json").read_text())
    finding = broken_run(
        make_run(
            full_valid_loss={row["step"]: row["eval_loss"] for row in rows},
            full_valid_mean_token_accuracy={row["step"]: row["eval_mean_token_accuracy"] for row in rows},
        )
    )
    assert finding.status == "problem"
    assert "The last sound evaluation is that of step 654" in finding.advice


def test_a_loss_of_zero_throughout_is_broken_whatever_the_evaluations_say() -> None:
    finding = broken_run(make_run(train_loss=[0.0] * 20, full_valid_loss={10: 1.31, 20: 1.29}))
    assert finding.status == "problem"
    assert "all 20 logged steps" in finding.summary
    alive = make_run(train_loss=[0.0] * 20, grad_norm=[0.3] * 20)
    assert broken_run(alive).status == "ok"


@pytest.mark.parametrize(
    ("losses", "status"),
    [
        ([1.347215] * 3, "problem"),
        ([347.215] * 3, "problem"),
        ([0.00347215] * 40, "problem"),
        ([1.3472] * 4, "problem"),
        ([1.3472] * 3, "ok"),  # rounded to so few digits, two neighbours are often alike
        ([1.35] * 40, "ok"),
        ([0.00123] * 4, "ok"),
        ([1.347215] * 2, "ok"),
        ([1.347215, 1.347215, 1.3], "ok"),
        ([1.7, 1.5, 1.347215, 1.347215, 1.347215], "problem"),
        ([1.7, 1.5, 1.347215, 1.347215], "ok"),
    ],
)
@pytest.mark.parametrize("metric", ["full_valid_loss", "valid_loss", "full_valid_loss/code"])
def test_evaluations_that_are_alike_to_the_last_digit_are_broken(
    metric: str, losses: list[float], status: str
) -> None:
    finding = broken_run(make_run(train_loss=[1.0, 0.9, 0.8, 0.7], metrics={metric: losses}))
    assert finding.status == status
    assert ("weights that are trained" in finding.advice) == (status == "problem")


def test_evaluations_after_the_rate_has_come_to_nothing_may_be_alike() -> None:
    losses, rate = [1.7, 1.5, 1.347215, 1.347215, 1.347215], [1e-4, 5e-5, 0.0, 0.0, 0.0]
    run = make_run(train_loss=[1.0] * 5, full_valid_loss=losses, learning_rate=rate)
    assert broken_run(run).status == "ok"


@exhibit("problem", group="optimisation")
def perfect_score() -> Run:
    """The weights turned to NaN at step 700; the trainer logs a loss of exactly 0.0, which looks perfect."""
    run = trainer_sft(
        "perfect-score",
        lambda e: fall(e, 2.0, 0.8, 0.6),
        lambda e: fall(e, 2.0, 0.95, 0.5),
        seed=41,
    )
    return with_values(
        run,
        train_loss=from_step(run, "train_loss", 700, 0.0),
        grad_norm=from_step(run, "grad_norm", 700, np.nan),
        full_valid_loss=from_step(run, "full_valid_loss", 700, np.nan),
    )


@exhibit("warning", group="optimisation")
def bad_shard() -> Run:
    """One bad shard: for 30 steps the loss is 0.0 and the gradient is no number, then training recovers."""
    run = trainer_sft(
        "bad-shard",
        lambda e: fall(e, 2.0, 0.8, 0.6),
        lambda e: fall(e, 2.0, 0.95, 0.5),
        seed=42,
    )
    loss, gradient = run["train_loss"].value.copy(), run["grad_norm"].value.copy()
    loss[44:47], gradient[44:47] = 0.0, np.nan
    return with_values(run, train_loss=loss, grad_norm=gradient)


def test_a_gradient_of_nan_is_told_before_the_zeros_of_the_loss() -> None:
    run = make_run(train_loss=[0.0] * 6, grad_norm={2: float("nan"), 4: float("nan"), 6: float("nan")})
    assert "NaN" in broken_run(run).summary.partition(";")[0]
