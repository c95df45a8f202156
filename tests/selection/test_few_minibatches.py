"""Single minibatches, too few to average: each counts as it is, and the choice says how weak it is."""

from __future__ import annotations

import math

import pytest

import curvewise as cw
from curvewise.testing import make_run


@pytest.mark.parametrize(
    ("losses", "best"),
    [
        ({10: 0.4, 20: 0.0, 30: 0.2}, 20),  # zero is a value
        ({10: 0.4, 20: 0.2, 30: math.nan}, 20),  # NaN is none
        ({10: 0.4, 20: 0.39, 30: 0.41, 40: 0.2, 50: 0.43}, 40),
    ],
)
def test_the_lowest_of_a_few_is_the_choice_on_a_weak_basis(losses: dict[int, float], best: int) -> None:
    selection = cw.choose(make_run(valid_loss=losses))
    assert selection.best is not None
    assert selection.best.step == best
    assert "weak basis" in selection.reason


def test_near_ones_are_a_tie_also_beside_a_zero() -> None:
    near = cw.choose(make_run(valid_loss={10: 0.40, 20: 0.39, 30: 0.41}))
    assert {pick.step for pick in near.tied} == {10, 30}
    zero = cw.choose(make_run(valid_loss={10: 0.02, 20: 0.0, 30: 0.5, 40: 0.5}))
    assert {pick.step for pick in zero.tied} == {10}
