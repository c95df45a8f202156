from __future__ import annotations

from collections.abc import Callable

from curvewise import Report, Run, analyze
from curvewise.testing import make_run


def test_it_is_told_of_a_run_that_shows_it(diagnosed: Callable[[str], Report]) -> None:
    report = diagnosed("divergence")
    assert report.diagnosis.name == "diverged"
    assert report.diagnosis.summary.startswith("Diverged: both losses end above their best")
    assert "divergence" in report.diagnosis.findings
    assert report.diagnosis.use is not None


def test_a_training_loss_that_climbs_is_told_by_its_values() -> None:
    climbing = [1.593, 1.406, 3.316, 6.437, 5.1, 4.6, 5.3, 5.05]
    run = Run.from_series({"train_loss": ([step * 25 for step in range(1, 9)], climbing)})
    diagnosis = analyze(run).diagnosis
    assert diagnosis.name == "diverged"
    assert diagnosis.summary == "Diverged: training loss rose from 1.41 at step 50 to 5.05 at step 200."
    assert diagnosis.since is not None
    assert diagnosis.since.step == 50


def test_it_begins_at_the_lowest_loss_and_not_with_the_curve() -> None:
    train = [2.0, 1.5, 1.2, 1.0, 1.1, 2.2, 3.5, 5.0, 6.0, 7.0]
    alone = {"train_loss": train}
    for metrics in (alone, alone | {"full_valid_loss": [value + 0.1 for value in train]}):
        diagnosis = analyze(make_run(metrics=metrics)).diagnosis
        assert diagnosis.name == "diverged"
        assert diagnosis.since is not None
        assert 3 <= diagnosis.since.step <= 5
