"""The share of the fall that was done halfway."""

from __future__ import annotations

import numpy as np
import pytest

from curvewise.derived.halfway import halfway
from curvewise.testing import make_run

WAY = np.arange(1, 61) / 60


@pytest.mark.parametrize("share", [0.3, 0.5, 0.62, 0.75])
@pytest.mark.parametrize("noise", [0.0, 0.002])
def test_the_share_of_a_parabola_is_found_within_its_error(share: float, noise: float) -> None:
    """The share of the fall at half of the way is that of the curve, whatever the level of validation."""
    rng = np.random.default_rng(3)
    fall = WAY + 4 * (share - 0.5) * WAY * (1 - WAY)
    train, valid = (level - fall + noise * rng.standard_normal(len(WAY)) for level in (3.0, 3.4))
    found = halfway(make_run(train_loss=train.tolist(), full_valid_loss=valid.tolist()))
    assert found is not None
    assert found.share == pytest.approx(share, abs=3 * noise + 1e-9)
    assert found.fall == pytest.approx(1 / (3.4 if found.validation else 3.0), rel=0.02)
    assert 0 < found.error < 0.02


def test_two_places_on_the_way_tell_no_parabola() -> None:
    """A rate that is zero after the first step leaves all later losses at the end of the way."""
    losses, rate = [2.0, *[1.5] * 59], [1e-4, *[0.0] * 59]
    assert halfway(make_run(train_loss=losses, full_valid_loss=losses, learning_rate=rate)) is None


@pytest.mark.parametrize("again", [0.7, 1.6, 2.1])
def test_one_place_on_the_way_tells_no_parabola(again: float) -> None:
    """All losses lie where the rate is zero, before it rises again."""
    rate = {1: 1e-3, 2: 0.0, 250: 0.0, 300: round(again * 1e-3, 4)}
    losses = {step: 2 - step / 200 for step in range(10, 210, 10)}
    assert (
        halfway(make_run(metrics={"learning_rate": rate, "train_loss": losses, "full_valid_loss": losses}))
        is None
    )
