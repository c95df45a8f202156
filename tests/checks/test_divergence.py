from __future__ import annotations

import numpy as np
import pytest
from gallery import exhibit
from gallery.curves import fall, turn
from gallery.jobs import trainer_sft

from curvewise import Run
from curvewise.checks.divergence import divergence
from curvewise.testing import make_run


def test_a_loss_that_doubles_is_a_problem() -> None:
    train = [*np.linspace(3.0, 1.0, 30), *np.linspace(1.0, 2.5, 15)]
    finding = divergence(make_run(train_loss=train))
    assert finding.status == "problem"
    assert "learning rate" in finding.advice


@pytest.mark.parametrize("count", [8, 9, 10, 12, 16, 20])
@pytest.mark.parametrize("risen", [2, 3])
def test_few_values_that_end_seven_times_above_the_lowest_diverged(count: int, risen: int) -> None:
    rng = np.random.default_rng(count)
    course = np.concatenate([np.linspace(2, 1, count - risen), np.geomspace(1, 7, risen + 1)[1:]])
    for _ in range(5):
        finding = divergence(make_run(train_loss=course * np.exp(0.05 * rng.standard_normal(count))))
        assert finding.status == "problem"


def test_a_smaller_rise_is_a_warning() -> None:
    train = [*np.linspace(3.0, 1.0, 30), *np.linspace(1.0, 1.5, 15)]
    assert divergence(make_run(train_loss=train)).status == "warning"


def test_a_spike_that_comes_back_is_none() -> None:
    train = list(np.linspace(3.0, 1.0, 40))
    train[30] = 50.0
    assert divergence(make_run(train_loss=train)).status == "ok"


def test_noise_is_none() -> None:
    rng = np.random.default_rng(0)
    alarms = [
        divergence(make_run(train_loss=rng.lognormal(0.0, 0.5, n))).status != "ok"
        for n in (8, 12, 20, 60, 300)
        for _ in range(50)
    ]
    assert np.mean(alarms) < 0.03


def test_a_crumb_on_a_loss_near_zero_is_none() -> None:
    train = [2.0] * 5 + [0.001] * 20 + list(np.linspace(0.001, 0.01, 20))
    assert divergence(make_run(train_loss=train)).status == "ok"


def test_few_values_cannot_tell() -> None:
    assert divergence(make_run(train_loss=[1.0, 2.0, 3.0])).status == "unknown"


def test_both_losses_rising_is_a_problem_that_names_the_best_checkpoint() -> None:
    train = [*np.linspace(2.0, 1.0, 20), *np.linspace(1.0, 1.6, 20)]
    run = make_run(train_loss=train, full_valid_loss={10: 1.6, 20: 1.1, 30: 1.3, 40: 1.7})
    finding = divergence(run)
    assert finding.status == "problem"
    assert "1.7 at step 40, 1.1 at step 20 (+55 %)" in finding.summary
    assert "step 20" in finding.advice


def test_a_training_loss_that_rises_alone_is_none() -> None:
    train = [*np.linspace(2.0, 1.0, 20), *np.linspace(1.0, 1.6, 20)]
    run = make_run(train_loss=train, full_valid_loss={10: 1.6, 20: 1.3, 30: 1.2, 40: 1.1})
    assert divergence(run).status == "ok"


def test_a_jump_of_both_at_the_last_evaluation_counts() -> None:
    losses = [3.0, 2.0, 1.6, 1.4, 1.3, 1.25, 1.2, 1.18, 1.16, 1.15, 1.15, 4.0]
    assert divergence(make_run(train_loss=losses, full_valid_loss=losses)).status == "problem"


def test_a_loss_that_blows_up_at_once_and_comes_down_has_diverged() -> None:
    blown = [3.0, 40.0, *(90.0 * 0.97**step for step in range(80))]
    finding = divergence(make_run(train_loss=blown, full_valid_loss={40: 35.0, 80: 8.0}))
    assert finding.status == "problem"
    assert "begins at 3, climbs to 90 at step 3" in finding.summary


@pytest.mark.parametrize("seed", range(5))
def test_an_easy_first_batch_is_no_beginning(seed: int) -> None:
    noisy = np.random.default_rng(seed).exponential(0.6, 100)
    assert divergence(make_run(train_loss=[0.1, *noisy])).status != "problem"


@exhibit("problem", group="optimisation")
def constant_rate() -> Run:
    """The schedule kept its peak rate: after epoch 1.5 both losses climb, past where they began to pay."""
    return trainer_sft(
        "constant-rate",
        lambda e: fall(e, 2.0, 0.9, 0.5) + turn(e, 1.5, 0.55, 1.3),
        lambda e: fall(e, 2.0, 1.0, 0.5) + turn(e, 1.5, 0.5, 1.3),
        seed=31,
        peak_rate=3e-4,
    )


@exhibit("warning", group="optimisation")
def second_warm_up() -> Run:
    """The last stretch went slightly wrong: both losses end a little above their best."""
    return trainer_sft(
        "second-warm-up",
        lambda e: fall(e, 2.0, 0.9, 0.5) + turn(e, 1.5, 0.12),
        lambda e: fall(e, 2.0, 1.0, 0.5) + turn(e, 1.5, 0.12),
        seed=32,
        noise=0.03,
    )
