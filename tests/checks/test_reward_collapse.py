from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from gallery import exhibit
from gallery.curves import climb, turn
from gallery.jobs import service_rft

from curvewise import Run
from curvewise.checks.reward_collapse import reward_collapse
from curvewise.model.finding import Finding
from curvewise.testing import make_run

CLIMB = [0.1, 0.4, 0.6, 0.75, 0.76, 0.77, 0.83, 0.82, 0.84, 0.83]


def evaluations(*rewards: float) -> Finding:
    return reward_collapse(make_run(every=5, full_valid_mean_reward=list(rewards)))


def test_a_fall_for_good_is_a_problem_and_names_the_step_before() -> None:
    finding = evaluations(*CLIMB, 0.4, 0.3, 0.25, 0.2)
    assert finding.status == "problem"
    assert "step 40" in finding.advice


def test_dips_of_one_evaluation_are_no_collapse() -> None:
    assert evaluations(*CLIMB, 0.55, 0.84, 0.83).status == "ok"
    assert evaluations(*CLIMB, 0.6).status == "ok"


def test_a_smaller_lasting_fall_is_watched() -> None:
    assert evaluations(*CLIMB, 0.83, 0.84, 0.83, 0.70, 0.69, 0.70).status == "warning"


def test_a_climb_is_fine() -> None:
    assert evaluations(*CLIMB).status == "ok"


def test_training_reward_is_judged_without_evaluations() -> None:
    rewards = [0.02 * i for i in range(40)] + [0.1] * 20
    assert reward_collapse(make_run(train_mean_reward=rewards)).status == "problem"


def test_more_ungraded_rollouts_are_no_collapse() -> None:
    ungraded = [0.0] * 20 + [0.4] * 20
    logged = [(1 - share) * 0.8 - share for share in ungraded]
    run = make_run(train_mean_reward=logged, train_ungraded_rate=ungraded)
    assert reward_collapse(run).status == "ok"


def test_a_fall_within_a_wide_scatter_cannot_be_called() -> None:
    rewards = [1.0, -0.5, 1.5, 0.0] * 5 + [0.6, -0.9, 1.0, -0.6, 0.1]
    finding = reward_collapse(make_run(train_mean_reward=rewards))
    assert finding.status == "unknown"
    assert "chance" in finding.reason


def test_five_evaluations_cannot_tell_a_dip_from_a_fall() -> None:
    assert evaluations(0.1, 0.5, 0.8, 0.8, 0.2).status == "unknown"


def wandering(n: int, memory: float, seed: int) -> np.ndarray:
    noise = np.random.default_rng(seed).standard_normal(n)
    for i in range(1, n):
        noise[i] = memory * noise[i - 1] + (1 - memory**2) ** 0.5 * noise[i]
    return noise


def called(metric: str, make: Callable[[int], np.ndarray]) -> float:
    """Return the share of 100 rewards that are called collapsed."""
    found = [reward_collapse(make_run(kind="rft", metrics={metric: make(seed)})) for seed in range(100)]
    return float(np.mean([finding.status in ("warning", "problem") for finding in found]))


@pytest.mark.parametrize("steps", [15, 30, 100])
@pytest.mark.parametrize("memory", [0.0, 0.5, 0.8])
def test_a_training_reward_that_wanders_is_no_collapse(steps: int, memory: float) -> None:
    share = called("train_mean_reward", lambda seed: 0.5 + 0.1 * wandering(steps, memory, seed))
    assert share <= 0.05 + memory / 10


@pytest.mark.parametrize("steps", [15, 30, 100])
@pytest.mark.parametrize(("chance", "rollouts"), [(0.02, 8), (0.05, 8), (0.05, 32), (0.1, 1), (0.3, 4)])
def test_a_sparse_reward_is_no_collapse(steps: int, chance: float, rollouts: int) -> None:
    def sparse(seed: int) -> np.ndarray:
        return np.random.default_rng(seed).binomial(rollouts, chance, steps) / rollouts

    assert called("train_mean_reward", sparse) <= 0.05
    if steps <= 30:
        assert called("full_valid_mean_reward", sparse) <= 0.1


@pytest.mark.parametrize(("steps", "rollouts", "least"), [(60, 8, 0.8), (200, 8, 0.95), (200, 1, 0.8)])
def test_a_sparse_reward_that_is_lost_is_a_collapse(steps: int, rollouts: int, least: float) -> None:
    def lost(seed: int) -> np.ndarray:
        chance = np.where(np.arange(steps) < steps // 2, 0.3 / rollouts**0.5, 0.005)
        return np.random.default_rng(seed).binomial(rollouts, chance) / rollouts

    assert called("train_mean_reward", lost) >= least


@pytest.mark.parametrize(
    ("rewards", "status"),
    [
        ([22.6, 20.3, 17.0, 14.9, 14.1, 14.1, 13.8, 14.1], "problem"),  # as a console shows every 50 episodes
        ([0.9, 0.9, 0.88, 0.8, 0.5, 0.3, 0.1, 0.1, 0.1, 0.1], "problem"),
        ([14.1, 14.1, 13.8, 14.9, 17.0, 20.3, 22.6, 22.1], "ok"),
        ([0.8, 0.8, 0.8, 0.79, 0.2, 0.8, 0.81, 0.8], "ok"),
        ([0.8, 0.82, 0.8, 0.79, 0.51, 0.5, 0.52, 0.5], "unknown"),  # harder prompts drop so too
        ([0.8, 0.5, 0.7, 0.2], "unknown"),
    ],
)
def test_few_steps_tell_a_clear_fall(rewards: list[float], status: str) -> None:
    assert reward_collapse(make_run(train_mean_reward=rewards)).status == status


def test_harder_prompts_leave_no_constant() -> None:
    noise = 0.05 * np.random.default_rng(0).standard_normal(60)
    rewards = 0.6 + noise - 0.25 * (np.arange(60) >= 30)
    assert reward_collapse(make_run(train_mean_reward=rewards)).status == "unknown"
    rewards[30:] = 0.35
    assert reward_collapse(make_run(train_mean_reward=rewards)).status == "problem"


@pytest.mark.parametrize("steps", [30, 60, 100, 400])
@pytest.mark.parametrize(("drop", "noise"), [(0.1, 0.04), (0.2, 0.04), (0.2, 0.08), (0.35, 0.12)])
def test_harder_prompts_under_noise_are_no_collapse(steps: int, drop: float, noise: float) -> None:
    def harder(seed: int) -> np.ndarray:
        level = 0.7 - drop * (np.arange(steps) >= steps // 2)
        return np.asarray(level + noise * np.random.default_rng(seed).standard_normal(steps))

    assert called("train_mean_reward", harder) <= 0.08


@pytest.mark.parametrize(("steps", "least"), [(60, 0.8), (200, 0.95)])
def test_a_slide_is_told_from_harder_prompts(steps: int, least: float) -> None:
    def sliding(seed: int) -> np.ndarray:
        level = np.interp(np.linspace(0, 1, steps), [0, 0.4, 0.7, 1], [0.3, 0.8, 0.45, 0.45])
        return np.asarray(level + 0.05 * np.random.default_rng(seed).standard_normal(steps))

    assert called("train_mean_reward", sliding) >= least


@pytest.mark.parametrize("steps", [20, 50, 200])
@pytest.mark.parametrize("drop", [0.2, 0.35])
def test_harder_prompts_from_the_middle_on_are_no_collapse(steps: int, drop: float) -> None:
    def harder(seed: int) -> np.ndarray:
        time = np.linspace(0, 1, steps)
        noise = 0.04 * np.random.default_rng(seed).standard_normal(steps)
        return 0.8 - 0.4 * np.exp(-4 * time) - drop * (time >= 0.5) + noise

    assert called("train_mean_reward", harder) <= 0.05
    evaluated = np.arange(1, steps + 1, max(1, steps // 10))
    for seed in range(5):
        run = make_run(
            train_mean_reward=harder(seed),
            full_valid_mean_reward={int(step): 0.8 - 0.4 * np.exp(-4 * step / steps) for step in evaluated},
        )
        finding = reward_collapse(run)
        assert finding.status == "ok"
    assert steps < 50 or "validation holds" in finding.summary


@pytest.mark.parametrize("steps", [15, 30, 100])
@pytest.mark.parametrize(("end", "noise"), [(0.05, 0.03), (0.05, 0.1), (0.2, 0.05)])
@pytest.mark.parametrize("scale", [1, 100])
def test_a_collapse_is_found(steps: int, end: float, noise: float, scale: float) -> None:
    def collapsing(seed: int) -> np.ndarray:
        time = np.linspace(0, 1, steps)
        climb = 0.8 - 0.6 * np.exp(-8 * time)
        level = climb - (climb - end) / (1 + np.exp(-(time - 0.6) / 0.03))
        return np.asarray(scale * (level + noise * np.random.default_rng(seed).standard_normal(steps)))

    for metric in ("train_mean_reward", "full_valid_mean_reward"):
        assert called(metric, collapsing) >= 0.9


def test_the_dips_of_a_real_run_are_no_collapse(corpus: Path) -> None:
    import curvewise

    run = curvewise.load(str(corpus / "openai_rft_csv" / "aparna-spektra__training_metrics_v7.csv"))
    assert reward_collapse(run).status == "ok"


@exhibit("problem", group="rewards")
def sql_queries() -> Run:
    """The policy climbs to 0.8, leaves the region where it earned, and does not come back."""
    return service_rft(
        "sql-queries",
        lambda t: climb(t, 0.25, 0.82, 30, 9) - climb(t, 0, 0.55, 88, 4),
        lambda t: climb(t, 0.24, 0.8, 31, 9) - climb(t, 0, 0.54, 88, 4),
        seed=73,
    )


@exhibit("warning", group="rewards")
def unit_tests() -> Run:
    """Past its peak: the reward slides by a sixth over the last third of the run."""
    return service_rft(
        "unit-tests",
        lambda t: climb(t, 0.25, 0.78, 28, 8) - turn(t, 80, 0.0031),
        lambda t: climb(t, 0.24, 0.77, 29, 8) - turn(t, 80, 0.0031),
        seed=74,
        rollouts=512,
    )
