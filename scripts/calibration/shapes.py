"""Error rates of the checks that look for a shape, on simulated runs whose truth is known."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.random import Generator

from calibration.figures import Figure, Figures
from calibration.simulated import Array, correlated, course, minibatches, rewards, run, white
from curvewise import Run
from curvewise.checks.flat_validation_loss import flat_validation_loss
from curvewise.checks.loss_spikes import loss_spikes
from curvewise.checks.oscillating_validation_loss import oscillating_validation_loss
from curvewise.checks.reward_collapse import reward_collapse
from curvewise.checks.reward_gap import reward_gap
from curvewise.checks.saturated_reward import saturated_reward
from curvewise.checks.stalled_preference_accuracy import stalled_preference_accuracy
from curvewise.checks.token_growth import token_growth
from curvewise.derived.reward_change import reward_change
from curvewise.plugin import Check
from curvewise.stats.intervals import mean_estimate
from curvewise.stats.rotation import rotation_length

RUNS = 1000
"""Simulated runs behind each rate: its standard error is at most 1.6 %, and 0.4 % for a rate of 2 %."""
FALL = (0.1, 0.3)
CHECKS, STATS, DERIVED = (f"src/curvewise/{folder}/{{}}.py" for folder in ("checks", "stats", "derived"))


class Cell(NamedTuple):
    """One rate: how to simulate a run, and whether something is said of it."""

    name: str
    note: str
    said: Callable[[Generator], bool]
    file: str


def calibrate(data: Path) -> Figures:
    """Return the share of simulated runs, in per cent, of which each check says something."""
    del data  # everything here is simulated
    groups = (_losses, _minibatches, _collapses, _scarce, _gaps, _preferences, _means, _tokens)
    return tuple(measure(cell) for group in groups for cell in group())


def measure(cell: Cell) -> Figure:
    """Simulate the runs of a cell, with a seed of its own, and return its rate."""
    random = np.random.default_rng(zlib.crc32(cell.name.encode()))
    return Figure(
        name=f"{cell.name}, %",
        value=100 * float(np.mean([cell.said(random) for _ in range(RUNS)])),
        n=RUNS,
        note=cell.note,
        digits=1,
        cited=(cell.file,),
    )


def says(check: Check, make: Callable[[Generator], Run], *statuses: str) -> Callable[[Generator], bool]:
    """Return whether a check says one of these of a run: a warning or a problem by default."""
    return lambda random: check(make(random)).status in (statuses or ("warning", "problem"))


def _losses() -> tuple[Cell, ...]:
    file = CHECKS.format("oscillating_validation_loss")
    flat = CHECKS.format("flat_validation_loss")

    def validated(make: Callable[[Generator, int], Array]) -> Callable[[Generator], bool]:
        return says(
            oscillating_validation_loss,
            lambda random: run(full_valid_loss=make(random, int(random.integers(6, 41)))),
        )

    def quiet(random: Generator, n: int) -> Array:
        return course(random, n) * white(random, n, random.uniform(0.005, 0.04))

    def jumping(random: Generator, n: int) -> Array:
        place = random.integers(1, n - 1)
        jump = np.arange(n) == place if random.random() < 0.5 else np.arange(n) < place
        steep = 0.3 + 3 * np.exp(-random.uniform(0.5, 3) * np.arange(n))
        return np.asarray(np.where(jump, 2.0, 1.0) * steep * white(random, n, 0.02))

    def noisy(random: Generator, n: int) -> Array:
        return course(random, n) * white(random, n, random.uniform(0.15, 0.3))

    def alternating(random: Generator, n: int) -> Array:
        return quiet(random, n) * (1 + random.uniform(0.15, 0.3) * (-1.0) ** np.arange(n))

    def settled(random: Generator) -> Run:
        return _after_epoch_1(random, 0.0, random.uniform(0.001, 0.01))

    def falling(random: Generator) -> Run:
        return _after_epoch_1(random, random.uniform(*FALL), random.uniform(0.001, 0.02))

    return (
        Cell("oscillation: smooth courses called", "noise 0.5-4 %, 6-40 evaluations", validated(quiet), file),
        Cell("oscillation: jumps called", "steep fall, one jump or wild value", validated(jumping), file),
        Cell("oscillation: alternations found", "by 15-30 % up and down", validated(alternating), file),
        Cell("oscillation: noise found", "white noise of 15-30 %", validated(noisy), file),
        Cell(
            "plateau: falling losses called",
            "by 10-30 % after epoch 1, noise 0.1-2 %",
            says(flat_validation_loss, falling),
            flat,
        ),
        Cell("plateau: found", "noise 0.1-1 %, 8-40 evaluations", says(flat_validation_loss, settled), flat),
    )


def _after_epoch_1(random: Generator, fall: float, spread: float) -> Run:
    """Make a run of 4 epochs that learned in the first; then its validation loss falls by a share."""
    n = int(random.integers(8, 41))
    epoch = np.arange(1, n + 1) * 4 / n
    valid = np.where(epoch < 0.95, 1.5, 1 - fall * (epoch - 1) / 3) * white(random, n, spread)
    steps = np.arange(1, 10 * n + 1)
    return Run.from_series(
        {
            "train_loss": (steps, np.linspace(2.0, 0.5, len(steps))),
            "full_valid_loss": (10 * np.arange(1, n + 1), valid),
        },
        steps_per_epoch=10 * n / 4,
    )


def _minibatches() -> tuple[Cell, ...]:
    spikes, rotation = CHECKS.format("loss_spikes"), STATS.format("rotation")

    def plain(random: Generator) -> Run:
        return run(train_loss=minibatches(random, int(random.integers(100, 1001))))

    def spiked(low: float, high: float) -> Callable[[Generator], Run]:
        def make(random: Generator) -> Run:
            n = int(random.integers(100, 1001))
            noise = random.uniform(low, high) * correlated(random, n, random.uniform(0.0, 0.5))
            loss = course(random, n) * np.exp(noise)
            places = random.choice(np.arange(5, n - 5), random.integers(1, 4), replace=False)
            loss[places] *= random.uniform(3, 10, len(places))
            return run(train_loss=loss)

        return make

    def unordered(random: Generator) -> bool:
        n = int(random.integers(15, 401))
        return rotation_length(course(random, n) * white(random, n, random.uniform(0.05, 0.5))) is not None

    def rotating(random: Generator) -> bool:
        period = int(random.integers(5, 26))
        n = int(period * random.uniform(4, 12))
        batches = white(random, period, random.uniform(0.1, 0.5))
        return rotation_length(course(random, n) * np.resize(batches, n) * white(random, n, 0.05)) == period

    return (
        Cell("spikes: plain noise called", "log-normal, 5-40 %", says(loss_spikes, plain), spikes),
        Cell("spikes: found, quiet", "x3-x10, noise 5-20 %", says(loss_spikes, spiked(0.05, 0.2)), spikes),
        Cell("spikes: found, noisy", "x3-x10, noise 20-40 %", says(loss_spikes, spiked(0.2, 0.4)), spikes),
        Cell("rotation: white noise called", "5-50 %, 15-400 evaluations", unordered, rotation),
        Cell("rotation: period found", "5-25 batches 10-50 % apart, 4-12 rounds", rotating, rotation),
    )


def _collapses() -> tuple[Cell, ...]:
    collapse = CHECKS.format("reward_collapse")

    def dipping(random: Generator) -> Array:
        reward = rewards(random, int(random.integers(10, 31)), random.uniform(0.02, 0.05))
        reward[random.random(len(reward)) < 0.1] -= 0.2
        return reward

    def fallen(low: float, high: float) -> Callable[[Generator], Run]:
        def make(random: Generator) -> Run:
            reward = dipping(random)
            reward[-random.integers(4, max(5, len(reward) // 2)) :] -= random.uniform(low, high)
            return run(full_valid_mean_reward=reward)

        return make

    def wandering(random: Generator) -> Run:
        n = int(random.integers(20, 201))
        noise = random.uniform(0.02, 0.12) * correlated(random, n, random.uniform(0.0, 0.8))
        return run(train_mean_reward=rewards(random, n, 0.0) + noise)

    def sparse(random: Generator) -> Run:
        rollouts = random.choice([1, 4, 8, 32, 64])
        rewards_ = random.binomial(rollouts, random.uniform(0.02, 0.3), random.integers(15, 201)) / rollouts
        return run(train_mean_reward=rewards_)

    def harder(random: Generator) -> Run:
        n = int(random.integers(20, 201))
        left = np.where(np.arange(n) < n // 2, 1.0, random.uniform(0.5, 0.85))
        noise = random.uniform(0.02, 0.06) * random.standard_normal(n)
        return run(train_mean_reward=rewards(random, n, 0.0) * left + noise)

    def lost(random: Generator) -> Run:
        n = int(random.integers(15, 201))
        kept = 1 / (
            1 + np.exp((np.linspace(0, 1, n) - random.uniform(0.5, 0.7)) / random.uniform(0.005, 0.05))
        )
        noise = random.uniform(0.02, 0.1) * correlated(random, n, random.uniform(0.0, 0.5))
        return run(train_mean_reward=rewards(random, n, 0.0) * (0.1 + 0.9 * kept) + noise)

    def dipped(random: Generator) -> Run:
        return run(full_valid_mean_reward=dipping(random))

    return (
        Cell(
            "collapse: dips called",
            "dips of 0.2 in a tenth of 10-30 evaluations",
            says(reward_collapse, dipped),
            collapse,
        ),
        Cell(
            "collapse: wandering called",
            "20-200 training steps, noise 0.02-0.12, memory to 0.8",
            says(reward_collapse, wandering),
            collapse,
        ),
        Cell(
            "collapse: sparse called",
            "2-30 % of 1-64 rollouts earn, 15-200 steps",
            says(reward_collapse, sparse),
            collapse,
        ),
        Cell(
            "collapse: harder prompts called",
            "15-50 % less from the middle of 20-200 steps on",
            says(reward_collapse, harder),
            collapse,
        ),
        Cell(
            "collapse: lost rewards found",
            "nine tenths lost over up to a fifth of 15-200 steps, noise 0.02-0.1",
            says(reward_collapse, lost),
            collapse,
        ),
        Cell(
            "collapse: small falls found",
            "by 0.1-0.2 for 4 evaluations or more, with dips",
            says(reward_collapse, fallen(0.1, 0.2)),
            collapse,
        ),
        Cell(
            "collapse: large falls found",
            "by 0.2-0.3 for 4 evaluations or more, with dips",
            says(reward_collapse, fallen(0.2, 0.3)),
            collapse,
        ),
    )


def _scarce() -> tuple[Cell, ...]:
    collapse = CHECKS.format("reward_collapse")

    def rarely(random: Generator) -> Run:
        n, rollouts = int(random.integers(40, 201)), int(random.choice([1, 4, 8]))
        gone = np.clip((np.linspace(0, 1, n) - random.uniform(0.3, 0.6)) / random.uniform(0.05, 0.2), 0, 1)
        earned = random.uniform(0.1, 0.3) * (1 - random.uniform(0.9, 1.0) * gone)
        return run(train_mean_reward=random.binomial(rollouts, earned) / rollouts)

    def few(random: Generator) -> Array:
        n = int(random.integers(6, 15))
        noise = random.uniform(0.02, 0.1) * correlated(random, n, random.uniform(0.0, 0.8))
        return rewards(random, n, 0.0) + noise

    def few_fallen(random: Generator) -> Run:
        reward = few(random)
        gone = np.clip((np.linspace(0, 1, len(reward)) - 0.3) / random.uniform(0.1, 0.5), 0, 1)
        return run(train_mean_reward=reward * (1 - random.uniform(0.5, 0.95) * gone))

    return (
        Cell(
            "collapse: sparse and lost found",
            "nine tenths or more lost, 40-200 steps",
            says(reward_collapse, rarely),
            collapse,
        ),
        Cell(
            "collapse: few steps called",
            "6-14 training steps, noise 0.02-0.1, memory to 0.8",
            says(reward_collapse, lambda random: run(train_mean_reward=few(random))),
            collapse,
        ),
        Cell(
            "collapse: few steps found",
            "half or more lost over 6-14 training steps, the same noise",
            says(reward_collapse, few_fallen),
            collapse,
        ),
    )


def _gaps() -> tuple[Cell, ...]:
    gap = CHECKS.format("reward_gap")

    def apart(by: float) -> Callable[[Generator], Run]:
        def make(random: Generator) -> Run:
            n = int(random.integers(4, 31))
            valid = rewards(random, n, 0.02)
            noise = random.uniform(0.02, 0.06) * correlated(random, n, random.uniform(0.0, 0.5))
            return run(full_valid_mean_reward=valid, train_mean_reward=valid + by + noise)

        return make

    def remembering(random: Generator) -> Run:
        n = int(random.integers(3, 13))
        noise = random.uniform(0.02, 0.06) * correlated(random, n, 0.8)
        return run(full_valid_mean_reward=np.full(n, 0.5), train_mean_reward=0.5 + noise)

    return (
        Cell("gap: none, called", "4-30 evaluations, noise 0.02-0.06", says(reward_gap, apart(0.0)), gap),
        Cell("gap: none, called, memory 0.8", "3-12 evaluations", says(reward_gap, remembering), gap),
        Cell("gap: none, a problem", "the same", says(reward_gap, apart(0.0), "problem"), gap),
        Cell("gap: 0.15, a problem", "the same", says(reward_gap, apart(0.15), "problem"), gap),
        Cell("gap: 0.3, a problem", "the same", says(reward_gap, apart(0.3), "problem"), gap),
    )


def _means() -> tuple[Cell, ...]:
    intervals, change = STATS.format("intervals"), DERIVED.format("reward_change")

    def holds(memory: float, fewest: int, most: int) -> Callable[[Generator], bool]:
        def said(random: Generator) -> bool:
            found = mean_estimate(correlated(random, int(random.integers(fewest, most + 1)), memory))
            return found.low <= 0 <= found.high

        return said

    def moved(memory: float) -> Callable[[Generator], bool]:
        def said(random: Generator) -> bool:
            noise = 0.05 * correlated(random, int(random.integers(6, 101)), memory)
            found = reward_change(run(train_mean_reward=0.5 + noise))
            return found is not None and (found.rose or found.fell)

        return said

    return (
        Cell("mean: intervals that hold", "3-30 independent values", holds(0.0, 3, 30), intervals),
        Cell("mean: intervals that hold, memory 0.5", "6-30 values", holds(0.5, 6, 30), intervals),
        Cell("mean: intervals that hold, memory 0.8", "6-30 values", holds(0.8, 6, 30), intervals),
        Cell("reward change: none, called", "6-100 independent values", moved(0.0), change),
        Cell("reward change: none, called, memory 0.6", "6-100 values", moved(0.6), change),
    )


def _preferences() -> tuple[Cell, ...]:
    accuracy = CHECKS.format("stalled_preference_accuracy")

    def right(share: float) -> Callable[[Generator], Run]:
        def make(random: Generator) -> Run:
            pairs = int(random.integers(32, 501))
            drift = np.abs(share + 0.01 * random.standard_normal(random.integers(1, 9)))
            accuracies = np.clip(drift + random.binomial(pairs, share) / pairs - share, 0, 1)
            return run(full_valid_reward_accuracy=np.round(accuracies * pairs) / pairs)

        return make

    called = says(stalled_preference_accuracy, right(0.65))
    found = says(stalled_preference_accuracy, right(0.5))
    return (
        Cell("preferences: accuracy 0.65 called", "32-500 pairs, 1-8 evaluations", called, accuracy),
        Cell("preferences: guessing found", "the same", found, accuracy),
    )


def _tokens() -> tuple[Cell, ...]:
    tokens, saturated = CHECKS.format("token_growth"), CHECKS.format("saturated_reward")

    def longer(low: float, high: float) -> Callable[[Generator], Run]:
        def make(random: Generator) -> Run:
            n = int(random.integers(20, 101))
            time = np.clip(np.linspace(-0.3, 1.3, n), 0.0, 1.0)
            growth = 1 + (random.uniform(low, high) - 1) * time
            tokens = 500 * growth * white(random, n, random.uniform(0.05, 0.3))
            return run(completion_tokens_mean=tokens, train_mean_reward=rewards(random, n, 0.05))

        return make

    def steady(random: Generator) -> Run:
        n = int(random.integers(8, 41))
        return run(
            completion_tokens_mean=500 * np.linspace(1, 4, n) * white(random, n, random.uniform(0, 0.1))
        )

    def level(low: float, high: float) -> Callable[[Generator], Run]:
        def make(random: Generator) -> Run:
            n = int(random.integers(10, 101))
            reward = random.uniform(low, high) + 0.04 * random.standard_normal(n)
            return run(train_mean_reward=np.clip(reward, 0.0, 1.0))

        return make

    return (
        Cell(
            "tokens: x1-x1.5 called",
            "20-100 steps, noise 5-30 %",
            says(token_growth, longer(1, 1.5)),
            tokens,
        ),
        Cell(
            "tokens: x4 from end to end, a problem",
            "8-40 steps, noise 0-10 %",
            says(token_growth, steady, "problem"),
            tokens,
        ),
        Cell("tokens: x3.5 found", "the same", says(token_growth, longer(3.5, 3.5)), tokens),
        Cell("tokens: x3.5 a problem", "the same", says(token_growth, longer(3.5, 3.5), "problem"), tokens),
        Cell("saturated: 0.2-0.8 called", "noise 0.04", says(saturated_reward, level(0.2, 0.8)), saturated),
        Cell("saturated: 0.93-1 found", "noise 0.04", says(saturated_reward, level(0.93, 1.0)), saturated),
    )
