"""Logs of agents that play episodes of an environment: Stable-Baselines3, RLlib, Baselines."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from curvewise import analyze, load
from curvewise.errors import MalformedError
from curvewise.model.report import Report

RISING = [-200.0 + 10 * row + (row % 3) for row in range(30)]
FILES = {
    "progress.csv": ("time/total_timesteps", "rollout/ep_rew_mean"),
    "rllib.csv": ("timesteps_total", "episode_reward_mean"),
    "new_rllib.csv": ("num_env_steps_sampled_lifetime", "env_runners/episode_return_mean"),
}


def _judged(tmp_path: Path, columns: tuple[str, str], rewards: list[float]) -> Report:
    rows = [f"{2048 * (row + 1)},{reward},0.25" for row, reward in enumerate(rewards)]
    path = tmp_path / "progress.csv"
    path.write_text("\n".join([f"{','.join(columns)},rollout/ep_len_mean", *rows]))
    return analyze(load(path))


@pytest.mark.parametrize("name", FILES)
def test_what_episodes_earn_is_the_task_itself(name: str, tmp_path: Path) -> None:
    report = _judged(tmp_path, FILES[name], RISING)
    assert report.run.last_step == 30 * 2048
    assert (report.diagnosis.name, report.diagnosis.severity) == ("healthy", "ok")
    assert report.selection.best is not None
    assert "fresh episodes" in report.selection.reason
    assert "cheats" not in report.selection.reason


@pytest.mark.parametrize(
    "rewards",
    [
        RISING[:3],  # too few
        [20.0, 19.0, *(5.0 + 0.1 * row for row in range(28))],  # highest where it began
        [-200.0, -200.0, 5.0] * 10,  # back where it began again and again
    ],
)
def test_a_reward_that_is_not_seen_to_hold_a_rise_is_not_healthy(
    rewards: list[float], tmp_path: Path
) -> None:
    assert _judged(tmp_path, FILES["progress.csv"], rewards).diagnosis.name != "healthy"


def test_evaluations_are_the_means_over_their_episodes(tmp_path: Path) -> None:
    steps = np.array([1000, 2000, 3000])
    path = tmp_path / "evaluations.npz"
    np.savez(
        path,
        timesteps=steps,
        results=np.array([[1.0, 3.0], [4.0, 6.0], [2.0, 3.0]]),
        ep_lengths=np.array([[10, 20], [30, 30], [40, 20]]),
    )
    run = load(path)
    assert run["full_valid_mean_reward"].step.tolist() == steps.tolist()
    assert run["full_valid_mean_reward"].value.tolist() == [2.0, 5.0, 2.5]


@pytest.mark.parametrize(
    ("results", "said"),
    [(np.ones((2, 5)), "2 evaluations"), (np.array([["a"], ["b"], ["c"]]), "not numbers")],
)
def test_evaluations_that_do_not_fit_are_refused(results: np.ndarray, said: str, tmp_path: Path) -> None:
    path = tmp_path / "evaluations.npz"
    np.savez(path, timesteps=np.arange(3), results=results)
    with pytest.raises(MalformedError, match=said):
        load(path)
