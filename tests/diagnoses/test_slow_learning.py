from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from curvewise import Report, analyze
from curvewise.testing import make_run


def test_it_is_told_of_a_run_that_shows_it(diagnosed: Callable[[str], Report]) -> None:
    report = diagnosed("low_learning_rate")
    assert report.diagnosis.name == "slow_learning"
    assert report.diagnosis.summary.startswith("Slow learning: ")
    assert "low_learning_rate" in report.diagnosis.findings
    assert report.diagnosis.use is not None


@pytest.mark.parametrize(
    ("end", "examples", "name"),
    [(1.2, None, "slow_learning"), (1.0, None, "unfinished"), (1.0, 2, "unfinished")],
)
def test_a_straight_fall_is_slow_where_it_is_small_and_else_unfinished(
    end: float, examples: int | None, name: str
) -> None:
    losses = np.linspace(1.4, end, 60)
    run = make_run(
        train_loss=losses,
        full_valid_loss={step: float(losses[step - 1]) for step in range(10, 61, 10)},
        validation_examples=examples,
        metrics={"learning_rate": {1: 1e-4, 60: 1e-6}},
    )
    diagnosis = analyze(run).diagnosis
    assert diagnosis.name == name, diagnosis.summary
    assert "low_learning_rate" in diagnosis.findings


def test_a_loss_that_begins_to_fall_is_unfinished_and_not_slow() -> None:
    losses = 1.4 - 0.15 * np.linspace(0, 1, 60) ** 2
    passes = {step: float(losses[step - 1]) for step in range(10, 61, 10)}
    diagnosis = analyze(make_run(train_loss=losses, full_valid_loss=passes)).diagnosis
    assert diagnosis.name == "unfinished", diagnosis.summary


def test_a_fall_whose_beginning_nobody_saw_is_unfinished() -> None:
    run = make_run(train_loss=[2.26, 2.05, 1.99], full_valid_loss=[2.14, 2.03, 1.96], every=6000)
    assert analyze(run).diagnosis.name == "unfinished"
