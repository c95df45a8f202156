from __future__ import annotations

from collections.abc import Callable

import pytest

from curvewise import Report, analyze
from curvewise.testing import make_run

NAN = float("nan")


def test_it_is_told_of_a_run_that_shows_it(diagnosed: Callable[[str], Report]) -> None:
    report = diagnosed("non_finite_values")
    assert report.diagnosis.name == "broken"
    assert report.diagnosis.summary.startswith("Broken from step 620 on")
    assert "non_finite_values" in report.diagnosis.findings
    assert report.diagnosis.use is not None


def test_gradients_that_are_never_a_number_are_broken_however_the_loss_looks() -> None:
    report = analyze(make_run(train_loss=[1.7, 1.1], grad_norm=[NAN, NAN]))
    assert (report.diagnosis.name, report.diagnosis.severity) == ("broken", "problem")


@pytest.mark.parametrize(("errors", "step"), [([100.0], None), ([91.5, 91.5], None), ([31.4, 24.8], 2)])
def test_a_broken_checkpoint_is_chosen_only_by_a_metric_that_tells_it_from_others(
    errors: list[float], step: int | None
) -> None:
    report = analyze(make_run(metrics={"full_valid_loss": [NAN] * len(errors), "eval_wer": errors}))
    assert report.diagnosis.name == "broken"
    assert step == (None if report.selection.best is None else report.selection.best.step)


@pytest.mark.parametrize(("accuracy", "name"), [([0.97, 0.83, 0.83], "broken"), (None, "insufficient_data")])
def test_a_negative_loss_of_classes_is_broken(accuracy: list[float] | None, name: str) -> None:
    metrics = {"train_loss": [15.3, -335.0, -382.0]} | ({"train_accuracy": accuracy} if accuracy else {})
    assert analyze(make_run(metrics=metrics)).diagnosis.name == name


def test_where_only_the_validation_loss_is_no_number_the_task_chooses() -> None:
    metrics = {"train_loss": [0.07, 0.03, 0.02], "full_valid_loss": [NAN] * 3, "eval_f1": [0.82, 0.92, 0.91]}
    report = analyze(make_run(metrics=metrics))
    assert (report.diagnosis.name, report.diagnosis.severity) == ("broken", "warning")
    assert "while training loss and eval_f1 are numbers" in report.diagnosis.summary
    assert report.selection.best is not None
