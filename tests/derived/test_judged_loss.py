from __future__ import annotations

import pytest

from curvewise.derived.judged_loss import assumed_error
from curvewise.derived.validation import validation_curves
from curvewise.testing import make_run


@pytest.mark.parametrize(
    ("metric", "losses", "error"),
    [
        ("full_valid_loss", [0.9, 0.5, 0.6], 0.04 * 0.5),
        ("valid_loss", [0.9, 0.5, 0.7], 0.1 * 0.7),
        ("valid_loss", [0.4, 0.5, 0.3], 0.1 * 0.5),
    ],
)
def test_the_noise_of_few_evaluations_is_assumed(metric: str, losses: list[float], error: float) -> None:
    (curve,) = validation_curves(make_run(metrics={metric: losses})).values()
    best = 0.5
    assert assumed_error(curve, best) == pytest.approx(error)
