from __future__ import annotations

from collections.abc import Callable

from curvewise import Report, analyze
from curvewise.testing import make_run


def test_it_is_told_of_a_run_that_shows_it(diagnosed: Callable[[str], Report]) -> None:
    report = diagnosed("loss_spikes")
    assert report.diagnosis.name == "unstable"
    assert report.diagnosis.summary.startswith("Unstable: 3 spikes among")
    assert "loss_spikes" in report.diagnosis.findings
    assert report.diagnosis.use is not None


def test_gradients_that_are_no_number_now_and_then_lead() -> None:
    gradient = [float("nan") if step % 5 == 0 else 1.0 for step in range(10)]
    diagnosis = analyze(make_run(train_loss=[0.15, 0.16] * 5, grad_norm=gradient)).diagnosis
    assert diagnosis.summary.startswith("Unstable: grad_norm is NaN at 2 of 10 steps"), diagnosis.summary
