from __future__ import annotations

import numpy as np
import pytest

from curvewise.stats.paired import contrasts, judge
from curvewise.stats.power import limit, samples_to_tell, smallest_difference


def test_the_limit_grows_with_the_number_of_contenders() -> None:
    limits = [limit(contenders) for contenders in range(1, 15)]
    assert limits == sorted(limits)
    assert limits[1] == pytest.approx(1.96, abs=0.001)


def test_the_stated_difference_is_shown_in_four_of_five_evaluations() -> None:
    difference = smallest_difference(150, discordance=0.3, contenders=2, design_effect=1.0)
    random, shown = np.random.default_rng(0), 0
    for _ in range(400):
        apart = random.choice(
            [1.0, -1.0, 0.0], p=[(0.3 + difference) / 2, (0.3 - difference) / 2, 0.7], size=150
        )
        scores = np.stack([apart, np.zeros(150)], axis=1)
        shown += judge(contrasts(scores, np.arange(150), np.array([[0, 1]])), size=1.0).p_value[0] <= 0.05
    assert shown / 400 == pytest.approx(0.8, abs=0.06)


def test_with_few_differing_samples_all_of_them_have_to_favour_one() -> None:
    assert smallest_difference(10, discordance=0.01, contenders=2, design_effect=1.0) > 0.3


def test_samples_to_tell_is_the_inverse_of_the_smallest_difference() -> None:
    difference = smallest_difference(2000, discordance=0.2, contenders=2, design_effect=1.0)
    needed = samples_to_tell(difference, 0.001, 0.2, limit=limit(2), inner_limit=1.645)
    assert needed == pytest.approx(2000, rel=0.01)


def test_showing_equality_counts_where_it_takes_fewer() -> None:
    near, far = (samples_to_tell(d, 0.03, 0.1, limit=1.96, inner_limit=1.645) for d in (0.001, 0.014))
    assert near < far
