from __future__ import annotations

import numpy as np
import pytest
from gallery import exhibit
from gallery.curves import climb, scattered, steps
from gallery.jobs import series, trainer_rft

from curvewise import Run, analyze, load
from curvewise.checks.kl_blowup import kl_blowup
from curvewise.testing import make_run

TIME = np.linspace(0, 1, 40)


@pytest.mark.parametrize(
    ("kl", "status"),
    [
        (0.05 * TIME, "ok"),
        (3 * (1 - np.exp(-5 * TIME)), "ok"),
        (7 * TIME, "warning"),
        (22 * TIME, "problem"),
        (0.3 * (65 / 0.3) ** TIME, "problem"),
        (12 + 0 * TIME, "warning"),
        (30 - 29 * TIME, "ok"),
        (np.where(np.arange(40) % 9 == 8, 900.0, 1.5), "problem"),
        (np.where(np.arange(40) == 8, 900.0, 0.1), "ok"),
    ],
)
def test_level_growth_and_bursts_are_judged(kl: np.ndarray, status: str) -> None:
    assert kl_blowup(make_run(kind="rft", kl=kl)).status == status


REFERENCE = ("kl", "objective/kl", "critic/kl", "actor/kl_loss", "kl_div")
BEFORE = ("actor/ppo_kl", "policy/approxkl_avg", "approx_kl")


@pytest.mark.parametrize("column", [*REFERENCE, *BEFORE])
@pytest.mark.parametrize("count", [8, 20, 60, 400])
@pytest.mark.parametrize(("start", "end"), [(0.3, 65), (1e-3, 22)])
def test_a_divergence_that_runs_away_is_seen_under_every_name(
    start: float, end: float, count: int, column: str
) -> None:
    kl = start * (end / start) ** np.linspace(0, 1, count)
    rows = [{"step": step, "reward": 0.3, column: float(value)} for step, value in enumerate(kl)]
    diagnosis = analyze(load(rows)).diagnosis
    assert (diagnosis.name, diagnosis.severity) == ("kl_blowup", "problem")
    assert ("the reference model" if column in REFERENCE else "before the update") in diagnosis.summary


def test_the_step_and_the_reward_are_named() -> None:
    finding = kl_blowup(make_run(train_mean_reward=0.2 + 0.5 * TIME, kl=40 * TIME))
    assert "beyond 10 nats from step 11 on" in finding.summary
    assert "the reward rose" in finding.summary


def test_bursts_are_told_by_the_worst_of_them() -> None:
    finding = kl_blowup(make_run(kind="rft", kl=np.where(np.arange(40) % 9 == 8, 900.0, 1.5)))
    assert "bursts at 4 of 40 steps, up to 900 nats at step 9; its median is 1.5" in finding.summary


def test_four_steps_say_nothing() -> None:
    assert kl_blowup(make_run(kind="rft", kl=[1, 10, 100, 1000])).status == "unknown"


@exhibit("problem", group="rollouts")
def runaway() -> Run:
    """Without a KL penalty the policy leaves the reference model: from 0.3 to 65 nats."""
    at = steps(400, 5)
    kl = scattered(0.3 * (65 / 0.3) ** (at / 400), 0.15, 121)
    return trainer_rft(
        "no-leash", lambda t: climb(t, 0.3, 0.8, 150, 60), seed=120, metrics={"kl": series(at, kl)}
    )


@exhibit("warning", group="rollouts")
def high_price() -> Run:
    """The divergence settles at 12 nats: further from the reference model than most runs go."""
    at = steps(400, 5)
    kl = scattered(12 - 2 * np.exp(-at / 30), 0.1, 123)
    return trainer_rft(
        "long-leash", lambda t: climb(t, 0.3, 0.7, 90, 40), seed=122, metrics={"kl": series(at, kl)}
    )
