from __future__ import annotations

from collections.abc import Callable

import pytest

from curvewise import Report, analyze
from curvewise.testing import make_run


def test_it_is_told_of_a_run_that_shows_it(diagnosed: Callable[[str], Report]) -> None:
    report = diagnosed("minibatch_validation")
    assert report.diagnosis.name == "noisy_validation"
    assert report.diagnosis.summary.startswith("Noisy validation: ")
    assert "minibatch_validation" in report.diagnosis.findings
    assert report.diagnosis.use is not None


def test_eight_examples_explain_a_gap_and_a_rise(diagnosed: Callable[[str], Report]) -> None:
    report = diagnosed("few_validation_examples")
    assert report.diagnosis.name == "noisy_validation"
    assert report.diagnosis.summary == "Noisy validation: the validation loss is a mean over 8 examples."


@pytest.mark.parametrize(
    "valid", [[0.6, 0.5, 0.4, 0.35, 0.32, 0.3], [1.6, 1.2, 1.5, 1.1, 1.5, 1.0, 1.4, 0.9, 1.4, 0.9]]
)
def test_eight_examples_are_easier_or_swing_by_chance(valid: list[float]) -> None:
    train = [2.0 * 0.95**step + 0.8 for step in range(100)]
    every = {10 * (place + 1): value for place, value in enumerate(valid)}
    report = analyze(make_run(train_loss=train, full_valid_loss=every, validation_examples=8))
    assert report.diagnosis.name == "noisy_validation", report.diagnosis.summary


def test_one_value_has_no_scatter() -> None:
    run = make_run(full_valid_loss={2: 35.5}, validation_examples=4)
    assert analyze(run).diagnosis.name == "insufficient_data"
