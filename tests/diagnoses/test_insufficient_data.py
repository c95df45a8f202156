from __future__ import annotations

from collections.abc import Callable

from curvewise import Report, Run, analyze
from curvewise.testing import make_run


def test_it_is_told_of_a_run_that_shows_it(diagnosed: Callable[[str], Report]) -> None:
    report = diagnosed("missing_validation")
    assert report.diagnosis.name == "insufficient_data"
    assert report.diagnosis.summary.startswith("No validation data: training loss from")
    assert "missing_validation" in report.diagnosis.findings
    assert report.diagnosis.use is None


def test_who_has_validation_data_is_not_told_to_hold_some_out() -> None:
    run = Run.from_series({"train_loss": [2.0, 1.8, 1.6, 1.5, 1.4, 1.35], "full_valid_loss": ([4], [1.4])})
    diagnosis = analyze(run).diagnosis
    assert diagnosis.name == "insufficient_data"
    assert diagnosis.next[0] == "Evaluate all of the held-out examples at every saved checkpoint."


def test_parts_of_a_reward_that_fall_or_never_pay_are_named() -> None:
    reward = {"train_mean_reward": [0.71, 0.69, 0.89]}
    parts = {
        "train_grader_reward/accuracy": [0.16, 0.12, 0.06],
        "train_grader_reward/tone": [0.5, 0.6, 0.8],
    }
    assert "(accuracy 0.16 to 0.06)" in analyze(make_run(metrics={**reward, **parts})).headline
    parts = {"train_grader_reward/accuracy": [0.0] * 3, "train_grader_reward/tone": [0.5, 0.6, 0.8]}
    assert "(accuracy never pays)" in analyze(make_run(metrics={**reward, **parts})).headline


def test_the_ends_of_a_long_curve_are_means() -> None:
    reward = [0.0, 2.0] * 20 + [10.0, 14.0] * 20
    assert "reward from 1 to 12 " in analyze(make_run(train_mean_reward=reward)).diagnosis.summary


def test_the_ends_of_a_curve_are_numbers() -> None:
    nan, inf = float("nan"), float("inf")
    run = make_run(train_mean_reward=[nan, 0.5, 0.6, inf, 0.65, 0.7], kind="rft")
    assert "reward from 0.5 to 0.7 " in analyze(run).diagnosis.summary
