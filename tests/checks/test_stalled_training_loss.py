from __future__ import annotations

import numpy as np
import pytest
from gallery import exhibit
from gallery.curves import fall
from gallery.jobs import trainer_sft

from curvewise import Run
from curvewise.checks.high_learning_rate import high_learning_rate
from curvewise.checks.stalled_training_loss import stalled_training_loss
from curvewise.testing import make_run


@pytest.mark.parametrize(
    ("first", "end", "status"), [(1, 0.93, "warning"), (1650, 0.93, "unknown"), (1650, 0.95, "warning")]
)
def test_a_log_that_goes_on_where_another_ended_shows_no_start(first: int, end: float, status: str) -> None:
    losses = np.linspace(0.95, end, 32)
    run = make_run(train_loss={first + 25 * n: loss for n, loss in enumerate(losses)}, steps_per_epoch=1600)
    assert stalled_training_loss(run).status == status


def test_a_loss_that_stays_has_stalled() -> None:
    rng = np.random.default_rng(0)
    finding = stalled_training_loss(make_run(train_loss=2.0 + 0.02 * rng.standard_normal(100)))
    assert finding.status == "warning"
    assert "Raise the learning rate" in finding.advice


def test_a_loss_that_got_stuck_at_once_is_not_sent_to_a_higher_rate() -> None:
    run = make_run(train_loss=[2.302] + [2.3] * 59)
    assert high_learning_rate(run).status != "ok"
    finding = stalled_training_loss(run)
    assert finding.status == "warning"
    assert finding.advice.startswith("Lower the learning rate")


def test_a_loss_that_creeps_down_is_sent_to_a_higher_rate() -> None:
    finding = stalled_training_loss(make_run(train_loss=np.linspace(2.0, 1.97, 60)))
    assert finding.status == "warning"
    assert finding.advice.startswith("Raise the learning rate")


def test_a_loss_that_falls_has_not() -> None:
    assert stalled_training_loss(make_run(train_loss=np.linspace(2.0, 1.0, 50))).status == "ok"


@pytest.mark.parametrize(
    ("train", "valid", "status"),
    [
        ([2.06, 2.04, 2.03], [2.05, 2.03, 2.02], "warning"),
        ([2.06, 1.80, 1.60], [2.05, 1.80, 1.70], "unknown"),  # falls
        ([2.06, 2.04, 2.03], [2.05, 1.80, 1.70], "unknown"),  # validation falls
        ([2.06, 6.00, 9.00], [2.05, 6.00, 9.00], "unknown"),  # rises
        ([2.06, 2.04], [2.05, 2.03], "unknown"),
    ],
)
def test_a_few_means_over_epochs_that_stay_have_stalled(
    train: list[float], valid: list[float], status: str
) -> None:
    assert stalled_training_loss(make_run(train_loss=train, full_valid_loss=valid)).status == status


@pytest.mark.parametrize(("noise", "n"), [(0.1, 30), (0.1, 100), (0.2, 60), (0.2, 300), (0.2, 1000)])
def test_noise_about_a_level_is_not_taken_for_a_fall(noise: float, n: int) -> None:
    rng = np.random.default_rng([n, int(100 * noise)])
    said = [
        stalled_training_loss(make_run(train_loss=2 * (1 + noise * rng.standard_normal(n)))).status
        for _ in range(60)
    ]
    assert said.count("ok") <= 3
    assert n < 300 or said.count("warning") >= 45


@pytest.mark.parametrize("noise", [0.01, 0.05, 0.1])
@pytest.mark.parametrize("n", [100, 300, 1000])
def test_a_loss_that_fell_within_the_first_values_has_learned(n: int, noise: float) -> None:
    rng = np.random.default_rng([n, int(100 * noise)])
    course = 1.0 + 1.0 * np.exp(-np.arange(n) / (0.005 * n))
    said = [
        stalled_training_loss(make_run(train_loss=course * (1 + noise * rng.standard_normal(n)))).status
        for _ in range(40)
    ]
    assert said.count("warning") == 0


@pytest.mark.parametrize("n", [60, 100, 300])
def test_what_a_few_noisy_first_values_show_is_seldom_called_a_stall(n: int) -> None:
    level = np.where(np.arange(n) < max(1, n // 100), 3.0, 1.4)

    def called(seed: int) -> bool:
        noise = 1 + 0.2 * np.random.default_rng(seed).standard_normal(n)
        return stalled_training_loss(make_run(train_loss=level * noise)).status == "warning"

    assert np.mean([called(seed) for seed in range(100)]) <= 0.12


def test_a_loss_that_rises_has_not_stalled() -> None:
    finding = stalled_training_loss(make_run(train_loss=np.linspace(1.0, 2.0, 50)))
    assert finding.status == "ok"
    assert "rises instead" in finding.summary


def test_noise_that_could_hide_a_fall_leaves_it_open() -> None:
    rng = np.random.default_rng(1)
    statuses = {
        stalled_training_loss(make_run(train_loss=rng.lognormal(0, 0.8, 30))).status for _ in range(30)
    }
    assert "warning" not in statuses


def test_a_loss_that_is_low_already_has_not_stalled() -> None:
    assert stalled_training_loss(make_run(train_loss=[0.01] * 30)).status == "ok"


def test_nine_values_are_too_few() -> None:
    assert stalled_training_loss(make_run(train_loss=[2.0] * 9)).status == "unknown"


def test_a_slow_fall_under_noise_is_left_open() -> None:
    rng = np.random.default_rng(0)
    falling = [np.linspace(1.45, 1.34, 36) * (1 + 0.04 * rng.standard_normal(36)) for _ in range(40)]
    said = [stalled_training_loss(make_run(train_loss=train)).status for train in falling]
    assert said.count("warning") <= 8


@exhibit("warning", group="optimisation")
def frozen_adapter() -> Run:
    """The adapter was frozen by mistake: 800 steps, and the loss is where it was."""
    return trainer_sft(
        "frozen-adapter",
        lambda e: fall(e, 1.42, 1.412, 1.0),
        lambda e: fall(e, 1.45, 1.442, 1.0),
        seed=36,
        epochs=2,
        noise=0.025,
    )


def test_a_piece_of_a_log_that_still_falls_is_no_stall() -> None:
    losses = {step: 3.88 - 0.02 * number for number, step in enumerate((5586, 5840, 6094))}
    passes = {step: loss + 0.4 for step, loss in losses.items()}
    assert stalled_training_loss(
        make_run(metrics={"train_loss": losses, "full_valid_loss": passes})
    ).status == ("unknown")


@pytest.mark.parametrize(("gain", "status"), [(0.0, "warning"), (0.3, "unknown")])
def test_an_accuracy_at_chance_tells_what_a_noisy_loss_cannot(gain: float, status: str) -> None:
    rng = np.random.default_rng(3)
    losses = 3.0 - 0.01 * np.arange(28) + 0.35 * rng.standard_normal(28)
    right = 0.1 + gain * np.arange(28) / 27 + 0.03 * rng.standard_normal(28)
    run = make_run(metrics={"train_loss": losses, "train_accuracy": np.clip(right, 0, 1)})
    assert stalled_training_loss(run).status == status


@pytest.mark.parametrize("outlier", [-4.0, -9.0])
def test_a_start_whose_mean_is_not_above_zero_is_left_open(outlier: float) -> None:
    found = stalled_training_loss(make_run(train_loss=[1.0] * 4 + [outlier] + [1.0] * 10))
    assert found.status == "unknown"
