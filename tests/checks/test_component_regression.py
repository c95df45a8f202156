from __future__ import annotations

import numpy as np
import pytest
from gallery import exhibit
from gallery.curves import climb, shares, steps
from gallery.jobs import series, trainer_rft

from curvewise import Run
from curvewise.checks.component_regression import component_regression
from curvewise.testing import make_run

TIME = np.linspace(0, 1, 40)
WAVE = 0.02 * np.sin(7 * np.arange(40))


def parts(scale: float = 1.0, **ends: tuple[float, float]) -> Run:
    found = {
        f"train_grader_reward/{name}": scale * (start + (end - start) * TIME + WAVE)
        for name, (start, end) in ends.items()
    }
    return make_run(train_mean_reward=np.sum(list(found.values()), axis=0), metrics=found)


@pytest.mark.parametrize("scale", [1, 100])
@pytest.mark.parametrize(
    ("safety", "status"),
    [
        ((0.9, 0.9), "ok"),
        ((0.9, 0.8), "ok"),
        ((0.9, 0.6), "warning"),
        ((0.9, 0.2), "problem"),
        ((-0.3, -0.6), "warning"),
        ((0.2, 0.9), "ok"),
    ],
)
def test_a_part_that_falls_under_a_rising_total(
    safety: tuple[float, float], status: str, scale: float
) -> None:
    finding = component_regression(parts(scale, style=(0.1, 1.9), safety=safety))
    assert finding.status == status
    assert ("safety fell" in finding.summary) == (status != "ok")


def test_a_total_that_does_not_rise_makes_it_a_warning() -> None:
    assert component_regression(parts(style=(0.1, 0.8), safety=(0.9, 0.2))).status == "warning"


def test_a_total_that_falls_is_another_matter() -> None:
    assert component_regression(parts(style=(0.1, 0.2), safety=(0.9, 0.2))).status == "ok"


def test_noise_in_one_of_many_parts_is_no_fall() -> None:
    called = 0
    for seed in range(50):
        random = np.random.default_rng(seed)
        found = {f"train_grader_reward/{name}": 0.5 + 0.1 * random.standard_normal(30) for name in "abcdef"}
        run = make_run(train_mean_reward=np.sum(list(found.values()), axis=0), metrics=found)
        called += component_regression(run).status in ("warning", "problem")
    assert called <= 2


def test_one_grader_has_no_parts() -> None:
    assert component_regression(parts(style=(0.1, 0.2))).status == "not_applicable"


def _sold(name: str, tests: tuple[float, float], seed: int) -> Run:
    at = steps(400, 5)
    t = at.astype(np.float64)
    style = shares(climb(t, 0.15, 0.9, 150, 50), 256, seed)
    passed = shares(climb(t, *tests, 180, 50), 256, seed + 1)
    return trainer_rft(
        name,
        lambda t: 0 * t,
        seed=seed + 2,
        metrics={
            "train_mean_reward": series(at, style + passed),
            "train_grader_reward/style": series(at, style),
            "train_grader_reward/tests": series(at, passed),
        },
    )


@exhibit("problem", group="rewards")
def style_over_tests() -> Run:
    """The judge of style is easier to please than the tests: the total climbs, and fewer tests pass."""
    return _sold("style-over-tests", (0.6, 0.2), 131)


@exhibit("warning", group="rewards")
def fewer_tests() -> Run:
    """The total climbs on style, while a third of the tests that passed are lost."""
    return _sold("fewer-tests", (0.6, 0.4), 135)
