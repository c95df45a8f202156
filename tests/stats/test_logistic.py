from __future__ import annotations

import numpy as np
import pytest

from curvewise.stats.logistic import Logistic

MODEL = Logistic(
    features=("x",),
    outcomes=("a", "b"),
    centre=(1.0,),
    scale=(2.0,),
    intercept=(0.0, 1.0),
    weight=((1.0,), (-1.0,)),
)


def test_scores_are_of_standardised_features() -> None:
    assert MODEL.scores(np.array([3.0])) == pytest.approx([1.0, 0.0])


def test_probabilities_of_one_outcome_add_up() -> None:
    assert MODEL.one_of(np.array([[3.0], [-5.0]])).sum(axis=1) == pytest.approx([1.0, 1.0])
    assert MODEL.each(np.array([3.0])) == pytest.approx([1 / (1 + np.exp(-1.0)), 0.5])


def test_features_far_outside_are_cut() -> None:
    assert MODEL.scores(np.array([1e9])) == pytest.approx(MODEL.scores(np.array([9.0])))
