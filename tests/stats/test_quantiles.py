from __future__ import annotations

import numpy as np
import pytest

from curvewise.stats.quantiles import highest_of


@pytest.mark.parametrize("n", [20, 200])
def test_the_highest_of_noise_exceeds_it_about_as_often_as_said(n: int) -> None:
    highest = np.random.default_rng(n).standard_normal((20000, n)).max(axis=1)
    assert np.mean(highest > highest_of(n, 0.05)) == pytest.approx(0.05, abs=0.015)
