from __future__ import annotations

import math

import numpy as np
import pytest
from gallery import exhibit
from gallery.curves import fall, turn
from gallery.jobs import service_sft

from curvewise import choose
from curvewise.checks.missing_best_checkpoint import missing_best_checkpoint
from curvewise.model.run import Checkpoint, Run
from curvewise.testing import make_run


def test_the_loss_given_up_is_that_of_the_best_existing_checkpoint() -> None:
    run = make_run(every=100, full_valid_loss=[1.0, 1.4, 1.1, 1.6], checkpoints=[200, 300, 400])
    finding = missing_best_checkpoint(run)
    assert finding.status == "warning"
    assert "at step 100 (full_valid_loss 1), has no checkpoint" in finding.summary
    assert "that of step 300 (1.1, which is 10 % more)" in finding.summary
    assert "model:ckpt-step-300" in finding.advice


@pytest.mark.parametrize(
    ("others", "status"), [(1.019, "ok"), (1.021, "warning"), (1.199, "warning"), (1.201, "problem")]
)
def test_how_bad_it_is_depends_on_the_share_given_up(others: float, status: str) -> None:
    run = make_run(full_valid_loss=[1.0, others, others], checkpoints=[2, 3])
    assert missing_best_checkpoint(run).status == status


@pytest.mark.parametrize(
    ("metric", "values", "status", "words"),
    [
        ("eval_wer", [0.5, 0.3, 0.2, 0.6, 0.9], "problem", "at step 3 (eval_wer 0.2), has no checkpoint"),
        ("full_valid_accuracy", [0.5, 0.7, 0.9, 0.6, 0.5], "problem", "(0.6, which is 33 % less)"),
        (
            "eval_f1",
            [0.5, 0.6, 0.7, 0.8, 0.9],
            "ok",
            "The best of 5 evaluations, at step 5, has a checkpoint.",
        ),
        ("eval_f1", [0.5] * 5, "unknown", "no validation loss, reward or task metric"),
        ("eval_entropy", [0.5, 0.3, 0.2, 0.6, 0.9], "unknown", "or task metric, which would tell"),
    ],
)
def test_a_metric_of_the_task_tells_it_without_any_loss(
    metric: str, values: list[float], status: str, words: str
) -> None:
    finding = missing_best_checkpoint(make_run(metrics={metric: values}, checkpoints=[4, 5]))
    assert finding.status == status
    assert words in f"{finding.summary} {finding.reason}"


def test_a_best_step_with_a_checkpoint_is_fine() -> None:
    run = make_run(full_valid_loss=[1.0, 0.9, 1.1], checkpoints=[2])
    assert missing_best_checkpoint(run).summary == "The best of 3 evaluations, at step 2, has a checkpoint."


def test_a_checkpoint_that_is_gone_does_not_exist() -> None:
    gone = (Checkpoint(step=1, model=None), Checkpoint(step=2, model="m:2"))
    run = Run.from_series({"full_valid_loss": ([1, 2], [1.0, 1.5])}, checkpoints=gone)
    assert missing_best_checkpoint(run).status == "problem"


def test_an_unknown_list_is_not_an_empty_one() -> None:
    curve = [1.0, 0.9]
    assert missing_best_checkpoint(make_run(full_valid_loss=curve)).status == "unknown"
    empty = missing_best_checkpoint(make_run(full_valid_loss=curve, checkpoints=[]))
    assert empty.status == "problem"
    assert "no other step has one" in empty.summary


def test_for_a_reward_the_highest_is_best_and_differences_are_in_its_own_units() -> None:
    run = make_run(train_mean_reward=[0.1] * 3, full_valid_mean_reward=[0.2, 0.8, 0.5], checkpoints=[1, 3])
    finding = missing_best_checkpoint(run)
    assert finding.status == "problem"
    assert "that of step 3 (0.5, which is 0.3 less)" in finding.summary


@pytest.mark.parametrize(
    ("metrics", "kept", "status", "said"),
    [
        # by loss step 100 is gone, and by accuracy, which leads, nothing is
        (
            {"full_valid_loss": [1.0, 1.2, 1.4], "eval_accuracy": [0.6, 0.7, 0.8]},
            [200, 300],
            "ok",
            "step 300",
        ),
        (
            {"full_valid_loss": [1.0, 1.2, 1.4], "eval_accuracy": [0.6, 0.8, 0.7]},
            [100, 300],
            "warning",
            "(eval_accuracy 0.8), has no checkpoint; the best existing one is that of step 300 (0.7, which",
        ),
        (
            {"full_valid_loss": [1.0, 1.2, 1.4], "eval_wer": [40.0, 20.0, 30.0]},
            [100, 300],
            "problem",
            "step 300 (30, which is 50 % more)",
        ),
        (
            {"train_mean_reward": [0.2, 0.3, 0.4], "valid_grader_reward/gsm8k": [0.2, 0.8, 0.5]},
            [100, 300],
            "problem",
            "step 300 (0.5, which is 0.3 less)",
        ),
    ],
)
def test_it_goes_by_what_checkpoints_are_chosen_by(
    metrics: dict[str, list[float]], kept: list[int], status: str, said: str
) -> None:
    finding = missing_best_checkpoint(make_run(every=100, metrics=metrics, checkpoints=kept))
    assert finding.status == status
    assert said in finding.summary


def test_the_final_model_is_a_checkpoint() -> None:
    run = make_run(every=100, full_valid_loss=[1.4, 1.2, 1.0], checkpoints=[100], final_model="out")
    assert missing_best_checkpoint(run).status == "ok"


def test_between_evaluations_the_value_lies_on_the_straight_line() -> None:
    run = make_run(every=10, full_valid_loss=[1.0, 1.2], checkpoints=[15])
    assert "that of step 15 (1.1, which is 10 % more)" in missing_best_checkpoint(run).summary


def test_beyond_the_evaluations_a_checkpoint_cannot_be_compared() -> None:
    assert missing_best_checkpoint(make_run(full_valid_loss=[1.0, 1.2], checkpoints=[9])).status == "unknown"


def test_a_best_loss_of_zero_divides_nothing() -> None:
    finding = missing_best_checkpoint(make_run(full_valid_loss=[0.0, 1.0], checkpoints=[2]))
    assert finding.status == "problem"


def test_values_that_are_no_number_are_not_the_best() -> None:
    finding = missing_best_checkpoint(make_run(full_valid_loss=[math.nan, 1.0], checkpoints=[2]))
    assert finding.status == "ok"


def test_a_run_that_goes_on_may_still_save_its_first_checkpoint() -> None:
    run = make_run(full_valid_loss=[1.0, 0.9], checkpoints=[], status="running")
    finding = missing_best_checkpoint(run)
    assert finding.status == "unknown"
    assert "no checkpoint is saved yet" in finding.reason


X = np.arange(1, 201) / 200
COURSES = {"falls": 0.5 + np.exp(-5 * X), "plateau": 0.8 + 0.6 * np.exp(-12 * X), "slowly": 1.5 - 0.5 * X}


@pytest.mark.parametrize("course", COURSES)
def test_the_easiest_of_many_noisy_minibatches_is_not_the_best_step(course: str) -> None:
    rng = np.random.default_rng(0)
    noises = (0.02, 0.05, 0.15, 0.3)
    statuses = [
        missing_best_checkpoint(
            make_run(
                valid_loss=COURSES[course] * np.exp(noise * rng.standard_normal(200)),
                checkpoints=[100, 150, 200],
            )
        ).status
        for noise in noises
        for _ in range(17)
    ]
    assert statuses.count("ok") >= 0.95 * len(statuses)


def test_a_true_loss_is_seen_through_the_noise_of_minibatches() -> None:
    rng = np.random.default_rng(0)
    course = 1 + 0.8 * np.exp(-25 * X) + 0.5 * np.maximum(0, X - 0.25)
    statuses = [
        missing_best_checkpoint(
            make_run(valid_loss=course * np.exp(0.05 * rng.standard_normal(200)), checkpoints=[120, 160, 200])
        ).status
        for _ in range(20)
    ]
    assert statuses.count("ok") == 0


def test_the_best_step_is_the_one_that_is_chosen_where_all_are_kept() -> None:
    x = np.linspace(0, 1, 20)
    right = 0.5 + 0.3 * (1 - np.exp(-5 * x)) - 0.1 * np.maximum(0, x - 0.5)
    for seed in range(40):
        seen = np.random.default_rng(seed).binomial(100, right) / 100  # shares of 100 examples
        run = make_run(full_valid_loss=2 - right, metrics={"eval_accuracy": seen}, checkpoints=range(1, 21))
        best = choose(run).best
        assert best is not None
        assert f"at step {best.step}, has a checkpoint" in missing_best_checkpoint(run).summary


@exhibit("problem", group="records")
def ten_epochs() -> Run:
    """Ten epochs, best after the second, and the service keeps the last three: the best one is gone."""
    return service_sft(
        "ten-epochs",
        lambda e: fall(e, 2.0, 0.2, 1.9),
        lambda e: fall(e, 2.05, 1.0, 0.6) + turn(e, 2.0, 0.085),
        seed=57,
        epochs=10,
        per_epoch=30,
    )


@exhibit("warning", group="records")
def five_epochs() -> Run:
    """The best epoch was the second of five; the third, which exists, gives up a few per cent."""
    return service_sft(
        "five-epochs",
        lambda e: fall(e, 2.0, 0.5, 1.5),
        lambda e: fall(e, 2.05, 0.98, 0.4) + turn(e, 2.0, 0.06),
        seed=58,
        pass_noise=0.002,
    )
