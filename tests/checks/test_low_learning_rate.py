from __future__ import annotations

import numpy as np
import pytest
from gallery import exhibit
from gallery.jobs import trainer_sft

from curvewise.checks.low_learning_rate import low_learning_rate
from curvewise.model.run import Run
from curvewise.testing import make_run

EPOCHS = np.arange(100.0)


def passes(train: object) -> Run:
    """Training and validation loss of one epoch each."""
    return make_run(train_loss=train, full_valid_loss=train)


def test_a_smooth_creep_is_low() -> None:
    finding = low_learning_rate(passes(2.3 - 0.004 * EPOCHS))
    assert finding.status == "warning"
    assert "50 % of the fall of the losses" in finding.summary


def test_a_schedule_that_ends_at_zero_does_not_make_a_creep_look_settled() -> None:
    rate = 1e-6 * (1 - np.arange(100) / 100)
    creep = 2.0 - 0.3 * np.cumsum(rate) / rate.sum()
    validated = make_run(train_loss=creep, learning_rate=rate, full_valid_loss=dict(enumerate(creep, 1)))
    assert low_learning_rate(validated).status == "warning"
    constant = make_run(train_loss=creep, learning_rate=[1e-6] * 100, full_valid_loss=creep)
    assert "second half" not in low_learning_rate(constant).summary
    unknown, few = passes(creep), make_run(train_loss=creep[::5], every=5, full_valid_loss=creep[::5])
    assert low_learning_rate(unknown).status == "warning"
    assert "second half" not in low_learning_rate(few).summary


def test_a_loss_that_settled_is_not_low_whatever_the_model_of_runs_from_scratch_says() -> None:
    steps = np.arange(252)
    loss = 2.0 + 1.0 / (1 + steps / 5) ** 0.5
    valid = {int(step): float(loss[step]) for step in range(8, 252, 8)}
    finding = low_learning_rate(make_run(train_loss=loss[::6], every=6, full_valid_loss=valid))
    assert finding.status == "ok"
    assert "settled" in finding.summary


def test_a_fast_fall_that_levels_off_is_not() -> None:
    rng = np.random.default_rng(0)
    train = 0.3 + 2.0 * np.exp(-EPOCHS / 6) + 0.004 * rng.standard_normal(100)
    assert low_learning_rate(passes(train)).status == "ok"


def test_the_unit_of_the_loss_does_not_count() -> None:
    train = 2.3 - 0.004 * EPOCHS
    summaries = {low_learning_rate(passes(train * unit)).summary for unit in (1.0, 1e-3, 1e6)}
    assert len(summaries) == 1


def test_steps_far_apart_cost_no_memory() -> None:
    creep = 2.3 - 0.004 * EPOCHS
    run = make_run(train_loss=creep, full_valid_loss=creep, learning_rate=np.full(100, 1e-6), every=10**15)
    assert low_learning_rate(run).status == "warning"


@pytest.mark.parametrize("seed", range(10))
def test_a_short_noisy_fine_tuning_is_not_called_low(seed: int) -> None:
    rng = np.random.default_rng(seed)
    train = (1.1 + 0.5 * np.exp(-np.arange(60) / 20)) * np.exp(0.15 * rng.standard_normal(60))
    assert low_learning_rate(make_run(train_loss=train)).status != "warning"


def test_minibatches_need_more_certainty() -> None:
    rng = np.random.default_rng(1)
    train = (0.5 + 1.5 * np.exp(-np.linspace(0, 2.4, 1000))) * np.exp(0.05 * rng.standard_normal(1000))
    run = make_run(train_loss=train)
    assert low_learning_rate(run, certainty=0.5).status == "warning"
    assert low_learning_rate(run, certainty=0.999).status == "unknown"


def test_nineteen_values_are_too_few() -> None:
    finding = low_learning_rate(make_run(train_loss=0.5 + np.exp(-np.linspace(0, 2.4, 19))))
    assert finding.status == "unknown"
    assert "20 are needed" in finding.reason


def test_in_a_run_that_goes_on_the_loss_may_still_fall() -> None:
    creep = 2.3 - 0.004 * EPOCHS
    finding = low_learning_rate(make_run(train_loss=creep, full_valid_loss=creep, status="running"))
    assert finding.status == "unknown"
    assert "still going on" in finding.reason
    assert finding.summary.startswith("50 % of the fall of the losses")


def test_a_run_that_stopped_in_the_first_half_of_its_plan_is_not_sent_to_a_higher_rate() -> None:
    losses = [2.0 - 0.01 * step for step in range(60)]
    said = [
        low_learning_rate(make_run(train_loss=losses, full_valid_loss=losses, planned_steps=planned)).status
        for planned in (60, 1000)
    ]
    assert said == ["warning", "unknown"]


@pytest.mark.parametrize(
    ("end", "train_values", "floor", "status"),
    [
        (1.8, 40, 1e-9, "warning"),  # minibatches hide the straight line that full passes show
        (1.8, 4, 1.0, "warning"),
        (0.8, 40, 1e-9, "unknown"),  # a schedule at its end, and most is learned
        (0.8, 40, 1.0, "warning"),
    ],
)
def test_full_passes_over_one_set_show_a_straight_fall(
    end: float, train_values: int, floor: float, status: str
) -> None:
    rng = np.random.default_rng(3)
    steps = np.arange(1, 201)
    rate = np.maximum(1 - steps / 200, floor)
    way = np.concatenate([[0.0], np.cumsum(rate) / rate.sum()])
    loss = 2.0 + (end - 2.0) * way[1:]
    logged = np.linspace(10, 200, train_values).astype(int)
    noisy = zip(logged, np.exp(0.05 * rng.standard_normal(train_values)), strict=True)
    run = make_run(
        train_loss={int(step): float(loss[step - 1] * scatter) for step, scatter in noisy},
        full_valid_loss={int(step): float(loss[step - 1]) for step in range(20, 201, 20)},
        learning_rate={int(step): 1e-4 * float(rate[step - 1]) for step in range(5, 201, 5)},
    )
    finding = low_learning_rate(run)
    assert finding.status == status, finding.summary
    assert ("of the fall of validation loss, which is" in finding.summary) == (status == "warning")


@exhibit("warning", group="optimisation")
def rate_2e_7() -> Run:
    """A rate ten times too low: the loss creeps down in a straight line, and is far from done."""
    return trainer_sft(
        "rate-2e-7",
        lambda e: 2.3 - 0.19 * e,
        lambda e: 2.32 - 0.18 * e,
        seed=35,
        epochs=2,
        noise=0.015,
        peak_rate=2e-7,
    )


def test_a_validation_loss_that_turned_in_the_first_half_is_no_lack_of_speed() -> None:
    train = [2.6 - 0.01 * step for step in range(13)] + [1.9 - 0.03 * step for step in range(13)]
    valid = [2.62 - 0.009 * step for step in range(13)] + [2.55, 2.6, 2.61, 2.6, 2.6, 2.59, 2.58] * 2
    run = make_run(train_loss=train, full_valid_loss=valid[:26])
    assert low_learning_rate(run).status == "ok"
