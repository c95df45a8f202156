from __future__ import annotations

import math

import numpy as np
import pytest

from curvewise.derived.ratio import band, loss_ratio, training_window
from curvewise.testing import make_run


@pytest.mark.parametrize(
    ("ratio", "expected"),
    [
        (0.5, "healthy"),
        (1.1999, "healthy"),
        (1.2, "mild"),
        (1.4999, "mild"),
        (1.5, "moderate"),
        (2.0, "moderate"),
        (2.0001, "severe"),
        (math.inf, "severe"),
    ],
)
def test_the_bands_of_the_guide(ratio: float, expected: str) -> None:
    assert band(ratio) == expected


@pytest.mark.parametrize(("train", "valid"), [(0.5, 1.0), (0.3, 0.6), (0.7, 1.4)])
def test_exactly_two_stays_moderate_in_floating_point(train: float, valid: float) -> None:
    ratio = loss_ratio(make_run(train_loss=[1.0, 0.8, train], full_valid_loss={3: valid}))
    assert ratio is not None
    assert ratio.bands == ("moderate",)


def test_the_comparable_ratio_averages_the_training_loss() -> None:
    train = [1.0, 3.0] * 50
    ratio = loss_ratio(make_run(train_loss=train, full_valid_loss={99: 2.0, 100: 2.0}))
    assert ratio is not None
    assert ratio.window == training_window(100) == 5
    assert ratio.naive.tolist() == [2.0, 0.666666667]
    np.testing.assert_allclose(ratio.comparable, [2 / 1.8, 2 / 2.2])


def test_an_evaluation_uses_the_training_value_before_it() -> None:
    ratio = loss_ratio(make_run(train_loss={10: 1.0, 20: 0.5}, full_valid_loss={0: 2.0, 15: 2.0, 25: 2.0}))
    assert ratio is not None
    assert np.isnan(ratio.naive[0])
    assert ratio.naive[1:].tolist() == [2.0, 4.0]


def test_zero_is_a_value() -> None:
    ratio = loss_ratio(make_run(train_loss=[0.0, 0.0], full_valid_loss=[0.0, 1.0]))
    assert ratio is not None
    assert np.isnan(ratio.naive[0])
    assert ratio.naive[1] == math.inf
    assert ratio.near_zero.all()


def test_there_is_no_ratio_of_negative_losses() -> None:
    ratio = loss_ratio(make_run(train_loss=[-1.0], full_valid_loss=[-2.0]))
    assert ratio is not None
    assert ratio.bands == (None,)


def test_without_one_of_the_losses_there_is_no_ratio() -> None:
    assert loss_ratio(make_run(train_loss=[1.0])) is None
    assert loss_ratio(make_run(full_valid_loss=[1.0])) is None
