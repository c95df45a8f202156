"""Reinforcement fine-tuning: what the reward does."""

from __future__ import annotations

import numpy as np

from curvewise import Run, Series
from gallery.curves import climb, fall, scattered, shares, steps, turn, wandering
from gallery._exhibits import exhibit
from gallery.jobs import Curve, series, service_rft, trainer_rft


@exhibit("problem")
def reward_gap() -> Run:
    """The policy finds words that the grader pays for in training; validation falls while training rises."""
    return service_rft(
        "magic-phrase",
        lambda t: climb(t, 0.22, 0.93, 45, 12),
        lambda t: climb(t, 0.2, 0.46, 22, 7) - turn(t, 45, 0.004),
        seed=71,
        tokens=lambda t: climb(t, 310, 590, 50, 15),
    )


@exhibit("warning")
def reward_gap_warning() -> Run:
    """Training earns a little more than validation at every evaluation: a gap of 0.07, worth watching."""
    return service_rft(
        "unit-conversion",
        lambda t: climb(t, 0.3, 0.82, 40, 14),
        lambda t: climb(t, 0.28, 0.75, 41, 14),
        seed=72,
        rollouts=512,
    )


@exhibit("problem")
def reward_collapse() -> Run:
    """The policy climbs to 0.8, leaves the region where it earned, and does not come back."""
    return service_rft(
        "sql-queries",
        lambda t: climb(t, 0.25, 0.82, 30, 9) - climb(t, 0, 0.55, 88, 4),
        lambda t: climb(t, 0.24, 0.8, 31, 9) - climb(t, 0, 0.54, 88, 4),
        seed=73,
    )


@exhibit("warning")
def reward_collapse_warning() -> Run:
    """Past its peak: the reward slides by a sixth over the last third of the run."""
    return service_rft(
        "unit-tests",
        lambda t: climb(t, 0.25, 0.78, 28, 8) - turn(t, 80, 0.0031),
        lambda t: climb(t, 0.24, 0.77, 29, 8) - turn(t, 80, 0.0031),
        seed=74,
        rollouts=512,
    )


@exhibit("problem")
def flat_reward() -> Run:
    """The grader compares with an answer key of another format: no rollout ever earns a point."""
    return service_rft("wrong-answer-key", lambda t: 0.001 + 0 * t, lambda t: 0 * t, seed=75, last=60)


@exhibit("problem")
def saturated_reward() -> Run:
    """The prompts are too easy: the untrained model earns 96 %, and there is nothing to learn."""
    return service_rft("easy-sums", lambda t: 0.96 + 0.0001 * t, lambda t: 0.965 + 0 * t, seed=76, last=60)


@exhibit("problem")
def negative_reward() -> Run:
    """Penalties for missing fields outweigh what right answers earn: the mean stays a third below zero."""
    return _penalised("strict-schema", lambda t: -0.35 + 0.00002 * t, seed=77)


@exhibit("warning")
def negative_reward_warning() -> Run:
    """Punished at every step, but the policy is climbing out: from -0.8 to -0.2."""
    return _penalised("climbing-out", lambda t: fall(t, -0.82, -0.15, 160), seed=78)


@exhibit("problem")
def vanishing_reward_variance() -> Run:
    """The prompts are too hard: nine groups in ten fail in every rollout, and the reward stays low."""
    return trainer_rft(
        "olympiad",
        lambda t: 0.04 + 0 * t,
        seed=79,
        metrics={"zero_std_group_share": _share(lambda t: climb(t, 0.8, 0.92, 100, 40), 80)},
    )


@exhibit("warning")
def vanishing_reward_variance_warning() -> Run:
    """The prompts are learned: three groups in four now succeed in every rollout."""
    return trainer_rft(
        "school-maths",
        lambda t: climb(t, 0.35, 0.93, 120, 40),
        seed=81,
        metrics={"zero_std_group_share": _share(lambda t: climb(t, 0.15, 0.76, 180, 45), 82)},
    )


@exhibit("problem")
def entropy_collapse() -> Run:
    """Cold sampling and a high learning rate: within 150 steps all rollouts are alike, and none is better."""
    return trainer_rft(
        "one-answer-only",
        lambda t: 0.31 + 0 * t,
        seed=83,
        metrics={"entropy": _entropy(lambda t: fall(t, 0.9, 0.015, 45), 84)},
    )


@exhibit("warning")
def entropy_collapse_warning() -> Run:
    """The reward climbed to 0.9, and cost nearly all the entropy there was: little is left to explore."""
    return trainer_rft(
        "tool-choice",
        lambda t: climb(t, 0.3, 0.9, 110, 35),
        seed=85,
        metrics={"entropy": _entropy(lambda t: fall(t, 0.8, 0.03, 110), 86)},
    )


def _penalised(name: str, level: Curve, *, seed: int) -> Run:
    """Make a run whose reward is not a share: points for what is right, less points for what is wrong."""
    return trainer_rft(
        name, lambda t: 0 * t, seed=seed, metrics={"train_mean_reward": _scored(level, seed + 1)}
    )


def _scored(level: Curve, seed: int) -> Series:
    at = steps(400, 5)
    return series(at, wandering(level(at.astype(np.float64)), 0.04, seed))


def _share(level: Curve, seed: int) -> Series:
    at = steps(400, 5)
    return series(at, shares(level(at.astype(np.float64)), 32, seed))


def _entropy(level: Curve, seed: int) -> Series:
    at = steps(400, 5)
    return series(at, scattered(level(at.astype(np.float64)), 0.06, seed))
