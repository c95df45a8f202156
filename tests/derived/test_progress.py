from __future__ import annotations

from curvewise.derived.progress import progress
from curvewise.testing import make_run


def test_the_metric_that_was_logged_the_furthest_counts() -> None:
    name, series = progress(make_run(train_loss=[2.0, 1.0], full_valid_loss={5: 1.5}))
    assert name == "full_valid_loss"
    assert series.last_step == 5


def test_of_equally_long_ones_the_first_counts() -> None:
    assert progress(make_run(train_mean_token_accuracy=[0.5, 0.6], train_loss=[2.0, 1.0]))[0] == "train_loss"


def test_a_run_without_metrics_has_made_none() -> None:
    name, series = progress(make_run(train_loss=[]))
    assert name == "train_loss"
    assert len(series) == 0
