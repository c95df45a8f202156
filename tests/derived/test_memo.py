from __future__ import annotations

from curvewise.derived.memo import once_per_run
from curvewise.derived.ratio import loss_ratio
from curvewise.derived.validation import validation_curves
from curvewise.testing import make_run


def test_a_default_that_is_passed_is_the_default() -> None:
    calls: list[float] = []

    @once_per_run
    def above(run: object, limit: float = 0.5) -> float:
        calls.append(limit)
        return limit

    run = make_run(train_loss=[1.0])
    assert [above(run), above(run, 0.5), above(run, 0.7)] == [0.5, 0.5, 0.7]
    assert calls == [0.5, 0.7]


def test_the_ratio_of_the_only_validation_loss_is_computed_once() -> None:
    run = make_run(train_loss=[2.0, 1.0], full_valid_loss=[2.2, 1.5])
    (curve,) = validation_curves(run).values()
    assert loss_ratio(run) is loss_ratio(run, curve)
