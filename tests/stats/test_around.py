from __future__ import annotations

import numpy as np

from curvewise.stats.around import mean_around

STEP = np.array([10, 20, 30, 40, 50])
VALUE = np.array([1.0, 2.0, 3.0, 4.0, 50.0])


def test_the_window_is_centred_and_keeps_its_size_at_the_ends() -> None:
    assert mean_around(STEP, VALUE, 30, points=3) == 3.0
    assert mean_around(STEP, VALUE, 10, points=3) == 2.0
    assert mean_around(STEP, VALUE, 50, points=3) == 19.0


def test_a_step_outside_of_the_series_has_no_mean() -> None:
    assert mean_around(STEP, VALUE, 5) is None
    assert mean_around(STEP, VALUE, 51) is None
    assert mean_around(STEP[:0], VALUE[:0], 5) is None


def test_a_window_larger_than_the_series_takes_all() -> None:
    assert mean_around(STEP, VALUE, 30, points=99) == 12.0
