from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest

from curvewise.derived.rise import Rise, validation_rise, validation_rises
from curvewise.derived.validation import validation_curve
from curvewise.model.run import Run
from curvewise.testing import make_run


def rise_of(values: Sequence[float] | np.ndarray, metric: str = "full_valid_loss") -> Rise | None:
    curve = validation_curve(make_run(metrics={metric: values}))
    assert curve is not None
    return validation_rise(curve)


@pytest.mark.parametrize(
    ("values", "certainty"),
    [
        ([1.0, 0.8], "no rise"),
        ([1.0, 1.15], "within noise"),  # a noise of 10 % does that
        ([1.0, 1.4], "few points"),
        ([0.170, 0.164, 0.188], "within noise"),
        ([1.0, 0.8, 1.15], "few points"),
        ([0.221, 0.203, 0.216], "within noise"),
        ([1.0, 0.8, 0.85, 0.92, 1.0], "few points"),  # all of the last four in order
        ([1.0, 0.9, 0.8, 0.9, 1.0, 1.2, 1.4, 1.6], "clear"),
        ([1.0, 0.8, 0.7, 0.7, 0.7, 0.701, 0.7, 0.7], "no rise"),
        (
            [1.0, 0.8, 0.7, 0.7, 0.7, 0.7, 0.7, 1.2],
            "clear",
        ),  # a late jump, out of all proportion to the noise
        ([1.0, 0.8, 0.7, 0.75, 0.69, 0.76, 0.7, 0.74], "within noise"),
        *(([1.6, 1.3, 1.15, 1.07, 1.03, 1.0, 1.0, last], "clear") for last in (1.2, 1.4, 2.0, 3.0, 7.0)),
        ([1.0, 0.9, 0.8, 0.75, 0.8, 0.7, 0.75, 4.9], "clear"),
    ],
)
def test_certainty(values: list[float], certainty: str) -> None:
    rise = rise_of(values)
    assert rise is not None
    assert rise.certainty == certainty


def test_the_figure_of_the_guide_is_as_logged() -> None:
    rise = rise_of([1.0, 0.8, 0.96])
    assert rise is not None
    assert (rise.best_step, rise.best, rise.final) == (2, 0.8, 0.96)
    assert rise.ratio == pytest.approx(1.2)


@pytest.mark.parametrize("n", [2, 3, 5, 8, 16, 40, 100])
def test_no_evidence_lies_outside_of_its_own_interval(n: int) -> None:
    rng = np.random.default_rng(n)
    for noise in (0.01, 0.1, 0.5):
        rise = rise_of(np.exp(np.linspace(0.0, 0.3, n) + noise * rng.standard_normal(n)))
        assert rise is not None
        seen, course = rise.evidence(1.2)
        assert (seen.value, seen.interval) == (rise.ratio, None)
        assert course.interval is not None
        assert course.interval[0] <= course.value <= course.interval[1]


def test_scattered_minibatches_show_no_clear_rise() -> None:
    rng = np.random.default_rng(0)
    values = np.linspace(1.0, 3.0, 25) * rng.lognormal(0.0, 1.0, 25)
    rise = rise_of(values, "valid_loss")
    assert rise is not None
    assert not rise.rising


@pytest.mark.parametrize("noise", [0.005, 0.04, 0.1])
@pytest.mark.parametrize("n", [2, 3, 4, 5, 8, 16, 40])
def test_a_noisy_course_without_a_rise_is_rarely_called_one(n: int, noise: float) -> None:
    rng = np.random.default_rng([n, int(1000 * noise)])
    course = 1 + 0.3 * np.exp(-5 * np.arange(1, n + 1) / n)
    rises = [rise_of(course * (1 + noise * rng.standard_normal(n))) for _ in range(120)]
    share = np.mean([rise is not None and rise.rising for rise in rises])
    assert share <= (0.1 if noise > 0.04 else 0.06)


@pytest.mark.parametrize("last", [0.85, 0.6])
def test_more_evaluations_never_see_less_of_a_late_rise(last: float) -> None:
    seen = []
    for n in (3, 8, 16, 40):
        rng = np.random.default_rng(n)
        x = np.arange(1, n + 1) / n
        course = 1 + 0.4 * np.exp(-5 * x) + 0.25 * np.clip((x - last) / (1 - last), 0, 1)
        rises = [rise_of(course * (1 + 0.04 * rng.standard_normal(n))) for _ in range(60)]
        seen.append(np.mean([rise is not None and rise.rising for rise in rises]))
    assert all(more >= less - 0.05 for less, more in pairwise(seen))
    assert seen[1] > 0.7


def test_training_loss_that_falls_on_makes_a_rise_more_probable() -> None:
    losses = {10: 1.2, 20: 1.05, 30: 1.0, 40: 1.03, 50: 1.06, 60: 1.1}
    falling, still = (np.linspace(1.0, end, 60) for end in (0.2, 1.0))
    (sure,), (less,) = (
        validation_rises(make_run(train_loss=train, full_valid_loss=losses)) for train in (falling, still)
    )
    assert sure.probability > less.probability


@pytest.mark.parametrize("n", [3, 5, 8, 16])
def test_training_loss_that_falls_on_makes_no_rise_of_noise(n: int) -> None:
    rng = np.random.default_rng(n)
    train, steps = np.exp(-1.1 * np.linspace(0, 1, 10 * n)), range(10, 10 * n + 1, 10)
    draws = (dict(zip(steps, 1 + 0.04 * rng.standard_normal(n), strict=True)) for _ in range(100))
    rises = [validation_rises(make_run(train_loss=train, full_valid_loss=draw))[0] for draw in draws]
    assert np.mean([rise.rising for rise in rises]) <= 0.09


@pytest.mark.parametrize("n", [3, 8, 16])
def test_a_rise_that_is_called_has_the_odds_on_its_side(n: int) -> None:
    rng = np.random.default_rng(n)
    rises = [rise_of(np.exp(np.cumsum(0.2 * rng.standard_normal(n)))) for _ in range(60)]
    assert all(rise.probability >= 0.8 for rise in rises if rise is not None and rise.rising)


@pytest.mark.parametrize("n", [3, 5, 8, 16])
def test_a_rise_of_two_fifths_is_seen(n: int) -> None:
    rng = np.random.default_rng(n)
    x = np.arange(1, n + 1) / n
    course = 1 + 0.5 * np.exp(-8 * x) + 0.4 * np.clip((x - 0.4) / 0.6, 0, 1)
    seen = [rise_of(course * (1 + 0.015 * rng.standard_normal(n))) for _ in range(50)]
    assert np.mean([rise is not None and rise.rising for rise in seen]) >= 0.9


def test_zero_and_negative_values() -> None:
    rise = rise_of([0.0, 1.0])
    assert rise is not None
    assert rise.ratio == math.inf
    still = rise_of([0.0, 0.0, 0.0])
    assert still is not None
    assert (still.ratio, still.certainty) == (1.0, "no rise")
    assert rise_of([-1.0, 1.0]) is None
    assert rise_of([1.0]) is None


@pytest.mark.parametrize(("error", "certainty"), [(0.01, "clear"), (0.1, "within noise")])
def test_known_standard_errors_settle_what_few_values_cannot(error: float, certainty: str) -> None:
    run = Run.from_series(
        {"full_valid_loss": ([1, 2, 3], [1.0, 0.8, 1.1])}, standard_errors={"full_valid_loss": [error] * 3}
    )
    (rise,) = validation_rises(run)
    assert rise.certainty == certainty
