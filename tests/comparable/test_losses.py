from __future__ import annotations

import math

from curvewise.comparable.losses import finite_series
from curvewise.testing import make_run


def test_what_is_not_finite_is_left_out_and_what_is_huge_is_cut() -> None:
    series = finite_series(make_run(train_loss=[1.0, math.nan, math.inf, 1e300]), "train_loss")
    assert series.value.tolist() == [1.0, 1e100]


def test_an_absent_metric_is_empty() -> None:
    assert len(finite_series(make_run(), "train_loss")) == 0
