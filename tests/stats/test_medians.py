from __future__ import annotations

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from curvewise.stats.smoothing import median, row_medians


@given(arrays.arrays(np.float64, st.integers(1, 40), elements=st.floats(-1e9, 1e9)))
def test_it_is_the_median(values: np.ndarray) -> None:
    assert math.isclose(median(values), float(np.median(values)), rel_tol=1e-12, abs_tol=1e-300)


def test_nothing_has_no_median_and_huge_values_do_not_overflow() -> None:
    assert math.isnan(median(np.array([])))
    assert median(np.array([1.7e308, 1.7e308])) == 1.7e308


@given(
    arrays.arrays(np.float64, st.tuples(st.integers(1, 6), st.integers(1, 9)), elements=st.floats(-1e9, 1e9))
)
def test_each_row_has_its_median(rows: np.ndarray) -> None:
    np.testing.assert_allclose(row_medians(rows), np.median(rows, axis=1), rtol=1e-12, atol=1e-300)
