from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import curvewise as cw
from curvewise.testing import make_run

FALLING = [2.0, 1.7, 1.5, 1.4, 1.33, 1.28]


def test_the_horizon_is_what_is_left_of_the_plan() -> None:
    found = cw.forecast(make_run(full_valid_loss=FALLING, every=100, planned_steps=1000))
    assert (found.step, found.end_step, found.horizon, found.planned) == (600, 1000, 400, True)


@pytest.mark.parametrize("planned", [None, 600, 610])
def test_without_a_plan_or_at_its_end_half_as_many_steps_again(planned: int | None) -> None:
    found = cw.forecast(make_run(full_valid_loss=FALLING, every=100, planned_steps=planned))
    assert (found.end_step, found.planned) == (900, False)


def test_a_longer_horizon_brings_more() -> None:
    run = make_run(full_valid_loss=FALLING, every=100)
    near, far = cw.forecast(run, steps=200), cw.forecast(run, steps=1200)
    assert near.gain is not None
    assert far.gain is not None
    assert near.gain < far.gain


def test_the_interval_holds_the_expectation_and_never_ends_above_the_best() -> None:
    found = cw.forecast(make_run(full_valid_loss=FALLING, every=100))
    assert found.interval is not None
    assert found.expected is not None
    assert found.best == 1.28
    assert found.interval[0] <= found.expected <= found.interval[1] <= found.best


def test_the_unit_of_the_loss_does_not_count() -> None:
    small = cw.forecast(make_run(full_valid_loss=np.array(FALLING) * 1e-3, every=100))
    large = cw.forecast(make_run(full_valid_loss=np.array(FALLING) * 1e3, every=100))
    assert small.probability == pytest.approx(large.probability)


@pytest.mark.parametrize(
    ("run", "why"),
    [
        (make_run(train_loss=[2.0, 1.0]), "no validation loss"),
        (make_run(full_valid_loss=[2.0, 1.0, 0.9]), "5 are needed"),
        (make_run(full_valid_loss=[2.0, 1.0, 0.5, 0.1, 0.0]), "not positive"),
        (make_run(valid_loss=np.random.default_rng(0).lognormal(0, 1, 12)), "minibatch"),
        (make_run(train_mean_reward=[0.1, 0.2]), "rft"),
        (make_run(full_valid_loss=[*FALLING, np.nan]), "broken"),
        (make_run(full_valid_loss=FALLING, train_loss=[*FALLING, np.nan]), "broken"),
    ],
)
def test_where_nothing_can_be_said(run: cw.Run, why: str) -> None:
    found = cw.forecast(run)
    assert (found.verdict, found.probability) == ("unknown", None)
    assert why in found.reason


OVERFIT = [2.0, 1.4, 1.2, 1.3, 1.5, 1.8]
NOT_KEPT: dict[str, Any] = {"train_loss": [2.0, 1.4, 1.0, 0.7, 0.4, 0.2], "every": 100}


@pytest.mark.parametrize(
    ("logged", "said", "keep"),
    [
        ({"full_valid_loss": OVERFIT}, "rose from 1.2 at step 300 to 1.8 at step 600", 300),
        ({"full_valid_loss": [1.0, 0.8, 1.5]}, "rose from 0.8 at step 200 to 1.5 at step 300", 200),
        (
            {"full_valid_loss": OVERFIT, "learning_rate": [1e-4, 8e-5, 6e-5, 4e-5, 2e-5, 0.0]},
            "rose from 1.2 at step 300 to 1.8 at step 600",
            300,
        ),
        (
            {"full_valid_loss": OVERFIT, "full_valid_accuracy": [0.3, 0.4, 0.5, 0.6, 0.7, 0.8]},
            "Keep the checkpoint of step 600, the best by full_valid_accuracy.",
            600,
        ),
        (
            {"full_valid_loss": OVERFIT, "checkpoints": [200, 400, 600]},
            "Keep the checkpoint of step 400.",
            400,
        ),
    ],
)
def test_more_training_of_an_overfit_run_will_not_help(logged: dict[str, Any], said: str, keep: int) -> None:
    found = cw.forecast(make_run(**logged, **NOT_KEPT))
    assert (found.verdict, found.keep) == ("no", keep)
    assert found.reason.startswith("More training will not help: validation loss rose")
    assert said in found.reason
    assert f"Keep the checkpoint of step {keep}" in found.reason


def test_nothing_is_kept_where_more_training_may_help() -> None:
    assert cw.forecast(make_run(full_valid_loss=FALLING, every=100)).keep is None


T = np.linspace(0.05, 1, 20)
ENDED = {
    "linear": 1 - T,
    "cosine": (1 + np.cos(np.pi * T)) / 2,
    "constant, then linear": np.minimum(1, (1 - T) / 0.2),
    "cosine to a tenth": 0.1 + 0.9 * (1 + np.cos(np.pi * T)) / 2,
    "constant, then to a tenth": np.minimum(1, 0.1 + 0.9 * (1 - T) / 0.2),
}


@pytest.mark.parametrize("schedule", ENDED)
@pytest.mark.parametrize("planned", [None, 600])
def test_a_schedule_that_has_ended_leaves_nothing_to_come(schedule: str, planned: int | None) -> None:
    run = make_run(
        full_valid_loss={100 * (i + 1): loss for i, loss in enumerate(FALLING)},
        learning_rate={30 * (i + 1): rate for i, rate in enumerate(1e-4 * ENDED[schedule])},
        planned_steps=planned,
    )
    found = cw.forecast(run)
    assert (found.verdict, found.probability) == ("no", None)
    assert "The run is done" in found.reason
    early = {step: run["learning_rate"].at(step) for step in range(30, 420, 30)}
    going = make_run(full_valid_loss=FALLING, every=60, learning_rate=early, planned_steps=600)
    assert cw.forecast(going).verdict == "yes"


def test_too_far_ahead_is_said() -> None:
    found = cw.forecast(make_run(full_valid_loss=FALLING, every=100), steps=10_000)
    assert found.probability is None
    assert "too far ahead" in found.reason


def test_no_steps_are_refused() -> None:
    with pytest.raises(cw.UsageError, match="0 steps"):
        cw.forecast(make_run(full_valid_loss=FALLING), steps=0)


def test_nothing_is_kept_in_the_run_of_the_caller() -> None:
    run = make_run(train_loss=FALLING, full_valid_loss=FALLING)
    cw.forecast(run)
    cw.analyze(run)
    assert run.derived == {}
