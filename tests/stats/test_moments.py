"""Tests of `curvewise.stats.moments`."""

from __future__ import annotations

import numpy as np
import pytest

from curvewise.stats.moments import mean, variance


@pytest.mark.parametrize("n", [1, 2, 7, 8, 9, 128, 129, 1000])
def test_they_are_those_of_numpy_to_the_last_bit(n: int) -> None:
    for scale in (1e-9, 1.0, 1e9):
        values = scale * np.random.default_rng(n).standard_normal(2 * n)
        for part in (values[:n], values[::2]):
            assert mean(part) == np.mean(part)
            assert variance(part) == np.var(part)
            assert n == 1 or variance(part, fitted=1) == np.var(part, ddof=1)
