from __future__ import annotations

import numpy as np
import pytest

from curvewise.selection.lowest_loss import lowest_loss
from curvewise.testing import make_run


@pytest.mark.parametrize(
    ("n", "noise"), [(2, 0.01), (2, 0.04), (4, 0.01), (4, 0.04), (8, 0.04), (8, 0.1), (16, 0.04), (16, 0.1)]
)  # four values do not tell that their noise is 10 %: docs/accuracy.md has their rates
def test_claims_and_ties_are_as_right_as_they_say(n: int, noise: float) -> None:
    rng = np.random.default_rng([n, int(100 * noise)])
    x = np.arange(1, n + 1) / n
    claims, held = [], []
    for _ in range(120):
        course = 1 + rng.uniform(0.1, 1) * np.exp(-rng.uniform(2, 8) * x) + rng.choice([0, 0.5]) * x**2
        chosen = lowest_loss(make_run(full_valid_loss=course * np.exp(noise * rng.standard_normal(n))))
        assert chosen.best is not None
        best = int(np.argmin(course)) + 1
        if (chosen.best.probability or 0) >= 0.9:
            claims.append(chosen.best.step == best)
        held.append(best in {chosen.best.step, *(pick.step for pick in chosen.tied)})
    assert np.mean(held) >= 0.8
    assert len(claims) < 20 or np.mean(claims) >= 0.85


@pytest.mark.parametrize(
    "losses",
    [
        [1.0, 0.2],
        [1.0, 0.2, 1.1],
        [1.0, 0.9, 0.3, 1.0],
        [2.0, 1.5, 1.0, 0.5, 1.0, 1.5, 2.0, 2.5],
        [1.6, 1.2, 0.9, 0.7, 0.6, 0.9, 1.2, 1.6, 2.0, 2.4, 2.8, 3.2],
    ],
)
def test_a_best_that_no_noise_explains_is_claimed(losses: list[float]) -> None:
    chosen = lowest_loss(make_run(full_valid_loss=losses))
    assert chosen.best is not None
    assert (chosen.best.probability or 0) >= 0.9
    assert not chosen.tied
