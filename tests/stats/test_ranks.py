from __future__ import annotations

import numpy as np
import pytest

from curvewise.stats.ranks import rank_correlation


def test_only_the_order_counts() -> None:
    assert rank_correlation(np.array([1.0, 2.0, 9.0]), np.array([0.1, 50.0, 51.0])) == 1.0


def test_one_swap_of_four() -> None:
    assert rank_correlation(np.arange(4.0), np.array([0.0, 1.0, 3.0, 2.0])) == pytest.approx(0.8)


def test_equal_values_share_their_rank() -> None:
    found = rank_correlation(np.array([1.0, 1.0, 2.0]), np.array([1.0, 2.0, 3.0]))
    assert found == pytest.approx(1.5 / 3**0.5)


def test_a_constant_has_no_order() -> None:
    assert rank_correlation(np.ones(3), np.arange(3.0)) is None
