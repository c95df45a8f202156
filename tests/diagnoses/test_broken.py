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
