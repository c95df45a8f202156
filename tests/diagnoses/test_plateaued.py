from __future__ import annotations

from collections.abc import Callable

from curvewise import Report


def test_it_is_told_of_a_run_that_shows_it(diagnosed: Callable[[str], Report]) -> None:
    report = diagnosed("flat_validation_loss")
    assert report.diagnosis.name == "plateaued"
    assert report.diagnosis.summary.startswith("Plateaued: validation loss changes by")
    assert "flat_validation_loss" in report.diagnosis.findings
    chosen = report.selection
    assert chosen.best is not None
    first = min(chosen.best.step, *(pick.step for pick in chosen.tied))
    assert first == 120
    assert report.diagnosis.next == (
        "Train for 2 epochs the next time: nothing after epoch 2 measurably helped.",
    )
