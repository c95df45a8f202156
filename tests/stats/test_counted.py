from __future__ import annotations

import numpy as np
import pytest

from curvewise.stats.best import smooth
from curvewise.stats.counted import counted

ACCURACY = 0.7 - 0.5 * np.exp(-4 * np.linspace(0, 1, 60))
RANDOM = np.random.default_rng(3)
DRAWN = RANDOM.binomial(100, ACCURACY) / 100
SAME = np.sort(RANDOM.random(100)) < ACCURACY[:, None]


@pytest.mark.parametrize(
    ("values", "examples"),
    [
        pytest.param(DRAWN, 100, id="accuracies"),
        pytest.param(1 - DRAWN, 100, id="error rates"),
        pytest.param(-DRAWN.astype(np.float32).astype(float), 100, id="of single precision, turned round"),
        pytest.param(RANDOM.binomial(8, 0.4, 30) / 8, 8, id="few examples"),
        pytest.param(DRAWN[:11], None, id="too few values to tell their scatter"),
        pytest.param(SAME.mean(axis=1), None, id="the same examples each time"),
        pytest.param(np.round(ACCURACY, 2), None, id="rounded"),
        pytest.param(np.round(ACCURACY + 0.005 * RANDOM.standard_normal(60), 3), None, id="rounded noise"),
        pytest.param(1 + DRAWN, None, id="losses above one"),
        pytest.param(DRAWN - 0.5, None, id="of both signs"),
        pytest.param(ACCURACY + 0.05 * RANDOM.standard_normal(60), None, id="any numbers"),
        pytest.param(np.ones(20), None, id="all right"),
    ],
)
def test_shares_tell_their_examples_where_they_scatter_as_counting_makes_them(
    values: np.ndarray, examples: int | None
) -> None:
    assert counted(values) == examples


def test_a_checkpoint_is_chosen_by_its_neighbours_alone_where_counting_makes_the_noise() -> None:
    lost, as_any = 0.0, 0.0
    for _ in range(100):
        seen = 1 - RANDOM.binomial(100, ACCURACY) / 100
        shifted = smooth(seen + 1)  # the same curve, which does not tell that its values are shares
        lost += ACCURACY.max() - ACCURACY[smooth(seen).merit.argmin()]
        as_any += ACCURACY.max() - ACCURACY[shifted.merit.argmin()]
    assert lost < 0.7 * as_any
