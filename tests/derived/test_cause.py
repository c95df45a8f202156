from __future__ import annotations

import numpy as np
import pytest

from curvewise.derived.cause import TrainingSince, diverges, training_since
from curvewise.derived.rise import Rise, validation_rises
from curvewise.model.run import Run
from curvewise.testing import make_run

VALID = {10: 1.6, 20: 1.1, 30: 2.2, 40: 3.3}


def judged(run: Run) -> tuple[Rise, TrainingSince]:
    rise = validation_rises(run)[0]
    since = training_since(run, rise)
    assert since is not None
    return rise, since


def test_training_loss_is_averaged_since_the_evaluation_before() -> None:
    run = make_run(train_loss=[4.0, 2.0, 1.0, 1.0, 3.0, 5.0], full_valid_loss={2: 2.0, 4: 1.0, 6: 2.0})
    _, since = judged(run)
    assert since.series.value.tolist() == [3.0, 1.0, 4.0]
    assert (since.final, since.points) == (4.0, 2)
    assert since.best == pytest.approx(1.0)


def test_both_rising_diverges() -> None:
    train = [*np.linspace(2.0, 1.0, 20), *np.linspace(1.0, 3.0, 20)]
    assert diverges(*judged(make_run(train_loss=train, full_valid_loss=VALID)))


def test_training_falling_on_is_no_divergence() -> None:
    assert not diverges(*judged(make_run(train_loss=np.linspace(2.0, 0.2, 40), full_valid_loss=VALID)))


def test_of_nearly_equal_evaluations_each_may_be_the_best() -> None:
    run = make_run(train_loss=[4.0, 1.0, 2.0], full_valid_loss={1: 2.0, 2: 1.0, 3: 1.001})
    _, since = judged(run)
    assert 1.3 < since.best < 1.5  # between 1 and 2, of which the geometric mean is 1.41


def test_without_training_loss_there_is_no_cause() -> None:
    run = make_run(full_valid_loss=VALID)
    assert training_since(run, validation_rises(run)[0]) is None


def test_a_loss_of_zero_and_a_huge_one_have_a_cause() -> None:
    _, since = judged(make_run(train_loss=[1.0, 0.5, 2.0], full_valid_loss=[1.0, 0.0, 1e300]))
    assert since.best == 0.5


def test_a_wild_value_counts_only_where_it_stands() -> None:
    train = [2.0, 1e38, 2.0, 2.0, 1.0, 1.0]
    _, since = judged(make_run(train_loss=train, full_valid_loss={2: 2.0, 4: 1.0, 6: 2.0}))
    assert since.series.value.tolist()[1:] == [2.0, 1.0]


@pytest.mark.parametrize(
    ("valid", "train", "both"),
    [(1.11, 1.15, True), (1.09, 1.15, False), (1.3, 1.11, True), (1.3, 1.1, False)],
)
def test_rises_of_both_losses_by_a_tenth_speak_for_each_other(valid: float, train: float, both: bool) -> None:
    swings = [1.0, 1.3, 1.0, 1.25, 1.0, 1.3, 1.0, 1.2, 1.0, valid]
    losses = {3 * place: loss for place, loss in enumerate(swings, 1)}
    rise, since = judged(make_run(train_loss=[1.0] * 27 + [train] * 3, full_valid_loss=losses))
    assert rise.certainty == "within noise"
    assert diverges(rise, since) == both
