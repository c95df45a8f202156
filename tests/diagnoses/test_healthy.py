from __future__ import annotations

import numpy as np
import pytest

from curvewise import Kind, analyze
from curvewise.testing import make_run

LOSS = [2.0, 1.6, 1.4, 1.3, 1.25, 1.22, 1.21, 1.205]


def test_a_run_that_learned_is_healthy_and_its_last_checkpoint_the_best() -> None:
    run = make_run(train_loss=LOSS, full_valid_loss=[value + 0.05 for value in LOSS], planned_steps=8)
    diagnosis = analyze(run).diagnosis
    assert diagnosis.name == "healthy"
    assert diagnosis.severity == "ok"
    assert diagnosis.summary.startswith("Healthy: validation loss went from 2.05 to 1.26")


@pytest.mark.parametrize(
    ("losses", "said"),
    [
        (
            [2.0, 1.368, 1.135],
            "over 30 steps; the last checkpoint is 85 % likely the best.",
        ),
        (
            [2.041, 1.555, 1.376, 1.212, 1.126, 1.078, 1.009, 1.026, 1.001, 1.078, 1.011, 0.997],
            "over 120 steps; no checkpoint is measurably better than the last.",
        ),
    ],
)
def test_the_last_checkpoint_is_called_the_best_as_surely_as_it_is(losses: list[float], said: str) -> None:
    last = 10 * len(losses)
    train = [*np.linspace(2.0, 0.9, 5), *[0.9] * (last - 5)]
    valid = dict(zip(range(10, last + 1, 10), losses, strict=True))
    report = analyze(make_run(train_loss=train, full_valid_loss=valid))
    assert report.diagnosis.summary.startswith("Healthy: ")
    assert report.diagnosis.summary.endswith(said)


def test_a_warning_that_nothing_explains_is_no_health() -> None:
    spiked = [*LOSS[:4], 40.0, *LOSS[5:]]
    assert analyze(make_run(train_loss=spiked * 4, full_valid_loss=LOSS)).diagnosis.severity != "ok"


@pytest.mark.parametrize(
    ("end", "kind", "certainty"),
    [(0.6, "sft", "moderate"), (1.5, "sft", "low"), (0.66, "dpo", "moderate")],
)
def test_of_a_loss_that_hardly_fell_it_is_not_sure(end: float, kind: Kind, certainty: str) -> None:
    start = 0.69 if kind == "dpo" else 2.0
    losses = (
        end
        + (start - end) * np.exp(-np.arange(40) / 5)
        + 0.002 * np.random.default_rng(1).standard_normal(40)
    )
    run = make_run(
        kind=kind,
        train_loss=losses,
        full_valid_loss={step: float(losses[step - 1]) + 0.01 for step in (20, 40)},
        learning_rate=np.linspace(1.0, 0.01, 40),
        steps_per_epoch=40,
        validation_examples=200,
        train_reward_accuracy=np.linspace(0.5, 0.8, 40),
    )
    diagnosis = analyze(run).diagnosis
    assert (diagnosis.name, diagnosis.certainty) == ("healthy", certainty), diagnosis.summary
    assert bool(diagnosis.unknown and "second rate" in diagnosis.unknown) == (certainty == "low")
    assert diagnosis.next[0].startswith("Try three times" if certainty == "low" else "Compare the checkpoint")


def test_a_loss_that_ends_above_its_start_is_not_healthy() -> None:
    run = make_run(train_loss=[0.7, 0.72, 0.74, 0.76], full_valid_loss=[0.7, 0.72, 0.74, 0.76])
    assert analyze(run).diagnosis.name == "insufficient_data"


def test_of_a_validation_loss_that_ends_no_lower_it_is_not_sure() -> None:
    losses = 1.2 + 0.8 * np.exp(-np.arange(60) / 5)
    run = make_run(train_loss=losses, full_valid_loss={30: 1.42, 60: 1.44}, validation_examples=200)
    diagnosis = analyze(run).diagnosis
    assert (diagnosis.name, diagnosis.certainty) == ("healthy", "low"), diagnosis.summary
    assert "ends no lower" in diagnosis.unknown


@pytest.mark.parametrize(("gain", "certainty"), [(0.4, "high"), (0.03, "moderate")])
def test_of_a_reward_it_is_sure_only_where_it_rose(gain: float, certainty: str) -> None:
    noise = 0.1 * np.random.default_rng(2).standard_normal(60)
    reward = np.clip(0.4 + gain * np.arange(60) / 60 + noise, 0, 1)
    valid = {step: 0.4 + gain * step / 60 for step in range(10, 61, 10)}
    diagnosis = analyze(make_run(train_mean_reward=reward, full_valid_mean_reward=valid)).diagnosis
    assert (diagnosis.name, diagnosis.certainty) == ("healthy", certainty), diagnosis.summary


@pytest.mark.parametrize(("gain", "name"), [(0.4, "healthy"), (-0.03, "insufficient_data")])
def test_a_reward_that_is_not_seen_to_rise_is_not_healthy(gain: float, name: str) -> None:
    noise = 0.2 * np.random.default_rng(2).standard_normal(60)
    valid = {step: 0.3 + gain * step / 60 for step in range(10, 61, 10)}
    run = make_run(train_mean_reward=0.3 + gain * np.arange(60) / 60 + noise, full_valid_mean_reward=valid)
    assert analyze(run).diagnosis.name == name


def test_a_score_of_zero_is_not_healthy() -> None:
    metrics = {"full_valid_loss": [0.75, 0.7, 0.68, 0.66], "eval_f1": [0.0] * 4}
    assert analyze(make_run(metrics=metrics)).diagnosis.name == "insufficient_data"


@pytest.mark.parametrize(
    ("score", "healthy"), [([0.033] * 4, False), ([1.0] * 4, True), ([0.5, 0.6, 0.7, 0.8], True)]
)
def test_a_score_that_never_changes_is_not_healthy(score: list[float], healthy: bool) -> None:
    metrics = {
        "train_loss": [1.0, 0.6, 0.5, 0.45],
        "full_valid_loss": [0.75, 0.6, 0.55, 0.54],
        "eval_f1": score,
    }
    assert (analyze(make_run(metrics=metrics)).diagnosis.name == "healthy") is healthy


def test_a_validation_loss_that_stands_while_training_falls_is_no_health() -> None:
    valid = [1.8, 1.86, 1.82, 1.803, 1.82, 1.796, 1.809, 1.8, 1.787]
    run = make_run(train_loss=np.linspace(2.3, 1.72, 9), full_valid_loss=valid, steps_per_epoch=1)
    assert analyze(run).diagnosis.name != "healthy"


@pytest.mark.parametrize(
    ("scores", "name"),
    [
        ([0.1, 0.5, 0.8, 0.9], "healthy"),
        ([0.8, 0.81, 0.79, 0.8], "insufficient_data"),
        ([float("-inf"), 0.5, 0.8, 0.9], "insufficient_data"),
        ([0.1, 0.5, 0.8, float("nan")], "insufficient_data"),
    ],
)
def test_a_metric_of_the_task_shows_that_the_run_learned_where_no_loss_is_known(
    scores: list[float], name: str
) -> None:
    diagnosis = analyze(make_run(metrics={"eval_f1": scores}, checkpoints=[1, 2, 3, 4])).diagnosis
    assert diagnosis.name == name
    assert (diagnosis.severity == "ok") == (name == "healthy")


@pytest.mark.parametrize(
    ("end", "rate", "name"),
    [(1.7, None, "insufficient_data"), (1.7, 1e-4, "healthy"), (1.0, None, "healthy")],
)
def test_a_small_fall_at_a_rate_that_is_not_logged_is_left_open(
    end: float, rate: float | None, name: str
) -> None:
    at = np.linspace(0, 1, 120)
    losses = end + (2.1 - end) * np.exp(-5 * at) + 0.01 * np.random.default_rng(1).standard_normal(120)
    valid = {step: float(losses[step - 1]) for step in (20, 40, 80, 120)}
    run = make_run(
        train_loss=losses, full_valid_loss=valid, learning_rate=[] if rate is None else [rate] * 120
    )
    report = analyze(run)
    assert report.diagnosis.name == name, report.diagnosis
    if name != "healthy":
        assert report.diagnosis.severity == "unknown"
        assert "three times the learning rate" in report.diagnosis.next[0]


@pytest.mark.parametrize(("level", "name"), [(1.6, "insufficient_data"), (0.3, "healthy")])
def test_losses_that_fell_at_once_and_rest_may_be_those_of_guessing(level: float, name: str) -> None:
    losses = level + 2.0 * np.exp(-np.arange(40) / 1.2)
    right = dict(enumerate(0.3 + 0.2 * (1 - np.exp(-np.arange(40) / 1.2)), 1))
    run = make_run(
        train_loss=losses,
        full_valid_loss={20: level + 0.02, 40: level},
        steps_per_epoch=20,
        metrics={"train_mean_token_accuracy": right},
    )
    assert analyze(run).diagnosis.name == name


def test_a_training_loss_without_values_tells_nothing() -> None:
    task = {"eval_accuracy": [0.1, 0.2, 0.3, 0.4, 0.5]}
    run = make_run(metrics={"train_loss": [], "full_valid_loss": [1.0] * 5, **task})
    assert analyze(run).diagnosis.metric == "full_valid_loss"
