from __future__ import annotations

from collections.abc import Callable

from curvewise import Report


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
