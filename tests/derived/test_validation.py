from __future__ import annotations

import math

import numpy as np

from curvewise.derived.validation import validation_curve, validation_curves
from curvewise.testing import make_run

ROTATION = [0.9, 0.2, 0.5, 0.3]


def test_full_passes_go_before_minibatches() -> None:
    run = make_run(valid_loss=ROTATION * 6, full_valid_loss={12: 0.5, 24: 0.4})
    curve = validation_curve(run)
    assert curve is not None
    assert (curve.metric, curve.basis, curve.weak) == ("full_valid_loss", "full pass", False)
    assert list(validation_curves(run)) == ["full_valid_loss"]


def test_a_full_pass_that_is_nan_throughout_is_no_curve() -> None:
    curve = validation_curve(make_run(full_valid_loss=[math.nan] * 3, valid_loss=[1.0, 0.9]))
    assert curve is not None
    assert curve.metric == "valid_loss"


def test_minibatches_are_averaged_over_whole_rotations() -> None:
    curve = validation_curve(make_run(valid_loss=[5.0, *ROTATION * 6]))
    assert curve is not None
    assert (curve.basis, curve.rotation, curve.weak) == ("rotation mean", 4, True)
    assert curve.series.step.tolist() == [5, 9, 13, 17, 21, 25]
    np.testing.assert_allclose(curve.series.value, 0.475)
    assert len(curve.raw) == 25


def test_minibatches_without_a_rotation_stay_as_they_are() -> None:
    curve = validation_curve(make_run(valid_loss=[1.0, 0.5, 0.7]))
    assert curve is not None
    assert curve.basis == "one minibatch"
    assert curve.series == curve.raw


def test_several_sets_are_averaged_where_all_of_them_have_a_value() -> None:
    run = make_run(
        metrics={
            "full_valid_loss/code": {10: 1.0, 20: 2.0, 30: 3.0},
            "full_valid_loss/chat": {10: 3.0, 30: 5.0},
        }
    )
    curve = validation_curve(run)
    assert curve is not None
    assert curve.metric == "full_valid_loss/*"
    assert curve.series.step.tolist() == [10, 30]
    assert curve.series.value.tolist() == [2.0, 4.0]
    assert set(validation_curves(run)) == {"full_valid_loss/code", "full_valid_loss/chat"}


def test_sets_that_are_never_evaluated_together_are_not_mixed() -> None:
    run = make_run(metrics={"full_valid_loss/a": {1: 1.0, 3: 1.1}, "full_valid_loss/b": {2: 9.0}})
    curve = validation_curve(run)
    assert curve is not None
    assert curve.series.value.tolist() == [1.0, 1.1]


def test_a_run_without_validation_has_no_curve() -> None:
    assert validation_curve(make_run(train_loss=[1.0])) is None
