from __future__ import annotations

import math

from curvewise.derived.losses import finite_series
from curvewise.model.run import Run
from curvewise.model.series import Series
from curvewise.testing import make_run


def test_what_is_not_finite_is_left_out_and_what_is_huge_is_cut() -> None:
    series = finite_series(make_run(train_loss=[1.0, math.nan, math.inf, 1e300]), "train_loss")
    assert series.value.tolist() == [1.0, 1e100]


def test_huge_standard_errors_are_cut_and_unknown_ones_stay_unknown() -> None:
    given = Series.from_points(range(5), [1.0] * 5, [0.1, 1e308, -1e308, math.nan, math.inf])
    run = Run(metrics={"train_loss": given})
    errors = finite_series(run, "train_loss").standard_error
    assert errors is not None
    assert str(errors.tolist()) == "[0.1, 1e+100, -1e+100, nan, inf]"


def test_an_absent_metric_is_empty() -> None:
    assert len(finite_series(make_run(), "train_loss")) == 0
