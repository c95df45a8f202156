from __future__ import annotations

from collections.abc import Callable

from curvewise import Report, Run, analyze


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
