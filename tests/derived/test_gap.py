from __future__ import annotations

import math
from typing import Any

from curvewise.derived.gap import Gap, final_gap, first_gap
from curvewise.derived.ratio import LossRatio, loss_ratio
from curvewise.testing import make_run


def ratio_of(**losses: Any) -> LossRatio:
    ratio = loss_ratio(make_run(**losses))
    assert ratio is not None
    return ratio


def test_full_passes_stand_alone() -> None:
    ratio = ratio_of(train_loss=[1.0, 0.5], full_valid_loss=[1.1, 1.2])
    first, final = first_gap(ratio), final_gap(ratio)
    assert isinstance(first, Gap)
    assert isinstance(final, Gap)
    assert (first.ratio, first.band, first.points) == (1.1, "healthy", 1)
    assert (final.ratio, final.band, final.last_step) == (2.4, "severe", 2)


def test_single_minibatches_are_averaged() -> None:
    final = final_gap(
        ratio_of(train_loss=[1.0] * 9, valid_loss=[9.0, 1.0, 2.0, 8.0, 1.5, 3.0, 0.1, 0.3, 0.1])
    )
    assert final is not None
    assert (final.points, final.ratio, final.first_step) == (5, 1.0, 5)


def test_near_zero_losses() -> None:
    assert final_gap(ratio_of(train_loss=[0.0], full_valid_loss=[0.0])) is None
    trivial = final_gap(ratio_of(train_loss=[0.001], full_valid_loss=[0.004]))
    assert trivial is not None
    assert trivial.trivial
    memorised = final_gap(ratio_of(train_loss=[0.0], full_valid_loss=[1.8]))
    assert memorised is not None
    assert memorised.ratio == math.inf
    assert memorised.near_zero
    assert not memorised.trivial
