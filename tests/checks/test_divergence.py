from __future__ import annotations

import numpy as np

from curvewise.checks.divergence import divergence
from curvewise.testing import make_run


def test_a_loss_that_doubles_is_a_problem() -> None:
    train = [*np.linspace(3.0, 1.0, 30), *np.linspace(1.0, 2.5, 15)]
    finding = divergence(make_run(train_loss=train))
    assert finding.status == "problem"
    assert "learning rate" in finding.advice


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
        for n in (20, 60, 300)
        for _ in range(50)
    ]
    assert np.mean(alarms) < 0.03


def test_a_crumb_on_a_loss_near_zero_is_none() -> None:
    train = [2.0] * 5 + [0.001] * 20 + list(np.linspace(0.001, 0.01, 20))
    assert divergence(make_run(train_loss=train)).status == "ok"


def test_few_values_cannot_tell() -> None:
    assert divergence(make_run(train_loss=[1.0, 2.0, 3.0])).status == "unknown"
