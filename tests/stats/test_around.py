from __future__ import annotations

import numpy as np
import pytest

from curvewise.stats.smoothing import means_around

STEP = np.array([10, 20, 30, 40, 50])
VALUE = np.array([1.0, 2.0, 3.0, 4.0, 50.0])


def test_the_window_is_centred_and_keeps_its_size_at_the_ends() -> None:
    found = means_around(STEP, VALUE, np.array([30, 10, 50]), points=3)
    assert found == pytest.approx([3.0, 2.0, 19.0])


def test_a_step_outside_of_the_series_has_no_mean() -> None:
    assert np.isnan(means_around(STEP, VALUE, np.array([5, 51]))).all()
    assert np.isnan(means_around(STEP[:0], VALUE[:0], np.array([5]))).all()


def test_a_window_larger_than_the_series_takes_all() -> None:
    assert means_around(STEP, VALUE, np.array([30]), points=99) == pytest.approx([12.0])
