from __future__ import annotations

from collections.abc import Callable

import pytest

from curvewise import Report, analyze
from curvewise.testing import make_run


def test_it_is_told_of_a_run_that_shows_it(diagnosed: Callable[[str], Report]) -> None:
    report = diagnosed("initial_gap")
    assert report.diagnosis.name == "validation_gap"
    assert report.diagnosis.summary.startswith("Validation gap: ")
    assert "initial_gap" in report.diagnosis.findings
    assert report.diagnosis.use is not None


def test_validation_that_starts_high_and_rises_is_of_another_kind_and_no_overfitting() -> None:
    train = [1.1 - 0.004 * step for step in range(100)] + [0.7] * 100
    valid = {step: 4.9 + 0.004 * step for step in range(20, 201, 20)}
    report = analyze(make_run(train_loss=train, full_valid_loss=valid, steps_per_epoch=100))
    assert report.diagnosis.name == "validation_gap"
    assert "overfitting" in report.diagnosis.findings


def test_a_gap_of_copies_is_memorisation() -> None:
    train = [2.0 * 0.99**step + 0.05 for step in range(300)]
    valid = {100: 1.9, 200: 1.92, 300: 1.9}
    report = analyze(make_run(train_loss=train, full_valid_loss=valid, steps_per_epoch=100))
    assert report.diagnosis.name == "memorized"


@pytest.mark.parametrize(
    ("begins", "name"), [(2.0, "overfit"), (3.0, "validation_gap"), (1.0, "validation_gap")]
)
def test_minibatches_of_the_first_steps_tell_copies_from_another_kind(begins: float, name: str) -> None:
    train = [2.0 * 0.98**step + 0.05 for step in range(300)]
    minibatches = {1 + step: begins + (1.9 - begins) * min(step / 30, 1) for step in range(300)}
    valid = {100: 1.9, 200: 2.4, 300: 2.9}
    run = make_run(train_loss=train, full_valid_loss=valid, valid_loss=minibatches, steps_per_epoch=100)
    assert analyze(run).diagnosis.name == name


@pytest.mark.parametrize(("rise", "name"), [(2.4, "overfit"), (1.2, "validation_gap")])
def test_a_loss_that_doubles_from_a_gap_on_is_overfit(rise: float, name: str) -> None:
    train = [0.16 * 0.7**row for row in range(16)]
    valid = [0.42 * (1 + (rise - 1) * row / 15) for row in range(16)]
    diagnosis = analyze(make_run(train_loss=train, full_valid_loss=valid, every=500)).diagnosis
    assert diagnosis.name == name, diagnosis.summary
