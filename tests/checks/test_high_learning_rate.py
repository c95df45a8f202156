from __future__ import annotations

import numpy as np
import pytest
from gallery import exhibit
from gallery.curves import fall, turn
from gallery.jobs import trainer_sft

from curvewise.checks.high_learning_rate import high_learning_rate
from curvewise.derived.learning_rate import BURST
from curvewise.model.run import Run
from curvewise.testing import make_run

EPOCHS = np.arange(100.0)


def passes(train: object) -> Run:
    """Training and validation loss of one epoch each."""
    return make_run(train_loss=train, full_valid_loss=train)


@pytest.mark.parametrize("lost", [np.nan, np.inf, 1e300])
def test_a_loss_that_is_lost_is_a_problem(lost: float) -> None:
    train = np.concatenate([[2.3, 1.9, 1.6], np.full(97, lost)])
    finding = high_learning_rate(passes(train))
    assert finding.status == "problem"
    assert "Lower the learning rate" in finding.advice


def test_a_run_that_ends_early_in_nan_is_judged() -> None:
    assert high_learning_rate(make_run(train_loss=[2.3, 2.9, 8.0, 1e4, np.nan, np.nan])).status == "problem"


def test_getting_stuck_near_the_start_is_a_warning() -> None:
    rng = np.random.default_rng(0)
    train = np.concatenate([[2.40], 2.303 + 0.002 * rng.standard_normal(99)])
    finding = high_learning_rate(passes(train))
    assert finding.status == "warning"
    assert "falls by" in finding.summary


def test_jumping_about_is_a_warning() -> None:
    rng = np.random.default_rng(0)
    finding = high_learning_rate(passes(np.concatenate([[2.3], 1.5 + 0.25 * rng.standard_normal(99)])))
    assert finding.status in ("warning", "problem")
    assert "again and again" in finding.summary


def test_a_steady_fall_is_fine() -> None:
    assert high_learning_rate(passes(0.3 + 2.0 * np.exp(-EPOCHS / 10))).status == "ok"


SOUND = 0.3 + 2.0 * np.exp(-np.arange(200) / 60)


@pytest.mark.parametrize(
    ("first", "status"),
    [
        ([2.3, 77.0, 40.0, 12.0, 6.0], "warning"),
        ([60.0, 14.0, 6.0], "ok"),  # a sum over tokens, or a head that is new
        ([2.3, 12.0], "ok"),  # one batch
    ],
)
def test_a_loss_that_bursts_in_the_first_steps_had_too_high_a_rate(first: list[float], status: str) -> None:
    finding = high_learning_rate(make_run(train_loss=[*first, *SOUND[len(first) :]]))
    assert finding.status == status
    assert ("climbed from 2.3 to 77 at step 2" in finding.summary) == (status == "warning")
    assert status == "ok" or finding.evidence[0].limit == BURST


def test_a_loss_that_ends_far_above_its_start_is_no_low_rate() -> None:
    rng = np.random.default_rng(3)
    scattered = np.exp(0.5 * rng.standard_normal(300)) * np.linspace(0.6, 1.6, 300)
    finding = high_learning_rate(make_run(train_loss=scattered))
    assert finding.status != "ok" or "climbs" not in finding.summary


def test_a_loss_beyond_all_measure_is_judged_without_an_overflow() -> None:
    finding = high_learning_rate(make_run(train_loss=1e160 * np.linspace(1, 3, 30)))
    assert finding.status in ("warning", "problem")


def test_one_skipped_batch_does_not_diverge() -> None:
    train = 0.3 + 2.0 * np.exp(-np.arange(400) / 60)
    train[200] = np.inf
    assert high_learning_rate(make_run(train_loss=train)).status == "ok"


@pytest.mark.parametrize("noise", [0.01, 0.05])
@pytest.mark.parametrize("n", [3, 5, 6, 7, 8, 20, 40])
def test_noise_about_a_level_is_no_high_rate(n: int, noise: float) -> None:
    rng = np.random.default_rng([n, int(100 * noise)])
    levels = [2 * (1 + noise * rng.standard_normal(n)) for _ in range(60)]
    for made in (passes, lambda level: make_run(train_loss=level)):
        alarms = [high_learning_rate(made(level)).status in ("warning", "problem") for level in levels]
        assert np.mean(alarms) <= 0.1


@pytest.mark.parametrize("scale", [0.002, 2.0, 300.0])
@pytest.mark.parametrize("noise", [0.1, 0.3, 0.5])
@pytest.mark.parametrize("n", [5, 6, 8, 19, 60, 300])
def test_no_noise_of_minibatches_is_a_divergence_or_a_burst(n: int, noise: float, scale: float) -> None:
    rng = np.random.default_rng([n, int(100 * noise)])
    levels = [scale * np.exp(noise * rng.standard_normal(n)) for _ in range(60)]
    alarms = [
        high_learning_rate(make_run(train_loss=level)).status in ("warning", "problem") for level in levels
    ]
    assert np.mean(alarms) <= 0.05


@pytest.mark.parametrize(("noise", "least"), [(0.0, 20), (0.1, 18), (0.3, 12)])
@pytest.mark.parametrize("n", [20, 60, 300])
def test_a_loss_that_climbs_above_its_start_has_diverged(n: int, noise: float, least: int) -> None:
    course = np.interp(np.linspace(0, 1, n), [0, 0.3, 0.6, 1], [2.0, 1.2, 4.0, 5.0])
    rng = np.random.default_rng([n, int(100 * noise)])
    found = [
        high_learning_rate(make_run(train_loss=course * np.exp(noise * rng.standard_normal(n)))).status
        for _ in range(20)
    ]
    assert found.count("problem") >= least
    assert found.count("ok") == 0


def test_scatter_larger_than_the_fall_leaves_it_open() -> None:
    rng = np.random.default_rng(2)
    finding = high_learning_rate(make_run(train_loss=2.9 + 0.2 * rng.standard_normal(400)))
    assert finding.status == "unknown"
    assert "scatters" in finding.reason


def test_a_single_spike_is_no_divergence() -> None:
    assert high_learning_rate(make_run(train_loss=[0.66, 0.8, 4.27, 0.77, 0.56, 0.82])).status == "unknown"
    climbing = [1.6, 1.4, 3.3, 6.4, 5.5, 4.9, 4.9, 4.6]
    assert high_learning_rate(make_run(train_loss=climbing)).status == "problem"


@exhibit("problem", group="optimisation")
def rate_1e_3() -> Run:
    """A learning rate fifty times too high: the loss jumps about, and ends above its start."""
    return trainer_sft(
        "rate-1e-3",
        lambda e: fall(e, 2.2, 1.5, 0.05) + turn(e, 0.12, 3.1, 0.5) + 0.9 * np.abs(np.sin(9 * e)),
        lambda e: fall(e, 2.2, 1.5, 0.05) + turn(e, 0.12, 3.1, 0.5) + 0.4,
        seed=33,
        epochs=1.5,
        noise=0.18,
        peak_rate=1e-3,
    )


@exhibit("warning", group="optimisation")
def rate_2e_4() -> Run:
    """A rate some times too high: the loss drops at once, then goes up and down without getting lower."""
    return trainer_sft(
        "rate-2e-4",
        lambda e: fall(e, 2.2, 1.55, 0.04) * (1 + 0.1 * np.sin(11 * e) + 0.07 * np.sin(29 * e + 1)),
        lambda e: fall(e, 2.2, 1.6, 0.04) * (1 + 0.06 * np.sin(11 * e)),
        seed=34,
        epochs=2,
        noise=0.02,
        peak_rate=2e-4,
    )


@pytest.mark.parametrize(
    ("highest", "planned", "status"), [(2.6, None, True), (2.1, None, False), (2.6, 300, False)]
)
def test_a_loss_that_climbs_before_it_comes_down_had_first_steps_too_large(
    highest: float, planned: int | None, status: bool
) -> None:
    rng = np.random.default_rng(5)
    at = np.linspace(0, 1, 100)
    course = np.interp(at, [0, 0.15, 0.4, 1], [2.0, highest, 1.7, 1.5])
    run = make_run(train_loss=course + 0.05 * rng.standard_normal(100), planned_steps=planned)
    assert ("before it came down" in high_learning_rate(run).summary) == status
