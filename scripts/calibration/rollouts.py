"""Error rates of the checks on the parts of a reward and on the KL divergence, on simulated runs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.random import Generator

from calibration.figures import Figures
from calibration.shapes import CHECKS, Cell, measure, says
from calibration.simulated import Array, correlated, white
from curvewise import Run
from curvewise.checks.component_regression import component_regression
from curvewise.checks.format_reward_only import format_reward_only
from curvewise.checks.kl_blowup import kl_blowup
from curvewise.checks.stalled_reward import stalled_reward
from curvewise.testing import make_run


def calibrate(data: Path) -> Figures:
    """Return the share of simulated runs, in per cent, of which each check says something."""
    del data  # everything here is simulated
    return tuple(measure(cell) for cell in (*_divergences(), *_parts(), *_levels()))


def _divergences() -> tuple[Cell, ...]:
    file = CHECKS.format("kl_blowup")

    def divergence(
        low: float, high: float, shape: Callable[[Array, Generator], Array]
    ) -> Callable[[Generator], Run]:
        def make(random: Generator) -> Run:
            time = np.linspace(0, 1, random.integers(10, 201))
            level = np.exp(random.uniform(np.log(low), np.log(high)))
            return make_run(
                kind="rft",
                kl=level * shape(time, random) * white(random, len(time), random.uniform(0.05, 0.5)),
            )

        return make

    def settles(time: Array, random: Generator) -> Array:
        return np.asarray(1 - np.exp(-random.uniform(2, 10) * time) + 1e-3)

    def runs_away(time: Array, random: Generator) -> Array:
        kinds = [time, time**2, np.exp(random.uniform(3, 6) * (time - 1))]
        return np.asarray(kinds[random.integers(len(kinds))] + 1e-3)

    return (
        Cell("kl: settled called", "to 0.01-3 nats, noise 5-50 %",
             says(kl_blowup, divergence(0.01, 3, settles)), file),
        Cell("kl: runaway found", "to 15-100 nats", says(kl_blowup, divergence(15, 100, runs_away)), file),
    )  # fmt: skip


def _parts() -> tuple[Cell, ...]:
    regression, form = CHECKS.format("component_regression"), CHECKS.format("format_reward_only")

    def parts(ends: Callable[[Generator], dict[str, tuple[float, float]]]) -> Callable[[Generator], Run]:
        def make(random: Generator) -> Run:
            n = int(random.integers(15, 151))
            climb = 1 - np.exp(-random.uniform(2, 8) * np.linspace(0, 1, n))
            found = {}
            for name, (start, end) in ends(random).items():
                noise = random.uniform(0.02, 0.08) * correlated(random, n, random.uniform(0, 0.5))
                found[f"train_grader_reward/{name}"] = start + (end - start) * climb + noise
            return make_run(train_mean_reward=np.sum(list(found.values()), axis=0), metrics=found)

        return make

    def sound(random: Generator) -> dict[str, tuple[float, float]]:
        levels = random.uniform(0.1, 0.8, 3)
        return {
            name: (level, level + random.choice([0.0, 0.2]))
            for name, level in zip("abc", levels, strict=True)
        }

    def sold(random: Generator) -> dict[str, tuple[float, float]]:
        level = random.uniform(0.3, 0.9)
        return {
            "a": (level, level * random.uniform(0, 0.5)),
            "b": (0.2, random.uniform(0.7, 1.0)),
            "c": (0.5, 0.6),
        }

    def both(random: Generator) -> dict[str, tuple[float, float]]:
        return {
            "format": (random.uniform(0, 0.5), 0.95),
            "answer": (random.uniform(0, 0.3), random.uniform(0.4, 0.9)),
        }

    def alone(random: Generator) -> dict[str, tuple[float, float]]:
        level = random.uniform(0, 0.1)
        return {"format": (random.uniform(0, 0.4), 0.95), "answer": (level, level)}

    return (
        Cell("parts: none falls, called", "3 parts, 15-150 steps, noise 0.02-0.08",
             says(component_regression, parts(sound)), regression),
        Cell("parts: one falls by half or more, found", "the same",
             says(component_regression, parts(sold)), regression),
        Cell("form: content rises too, called", "2 parts", says(format_reward_only, parts(both)), form),
        Cell("form: learned alone, found", "2 parts", says(format_reward_only, parts(alone)), form),
    )  # fmt: skip


def _levels() -> tuple[Cell, ...]:
    file = CHECKS.format("stalled_reward")

    def rising(low: float, high: float) -> Callable[[Generator], Run]:
        def make(random: Generator) -> Run:
            n = int(random.integers(20, 201))
            climb = 1 - np.exp(-random.uniform(2, 8) * np.linspace(0, 1, n))
            noise = random.uniform(0.01, 0.05) * correlated(random, n, random.uniform(0, 0.5))
            return make_run(train_mean_reward=0.3 + random.uniform(low, high) * climb + noise)

        return make

    return (
        Cell(
            "level: rising called",
            "by 0.1-0.5 over 20-200 steps",
            says(stalled_reward, rising(0.1, 0.5)),
            file,
        ),
        Cell("level: found", "noise 0.01-0.05", says(stalled_reward, rising(0, 0)), file),
    )
