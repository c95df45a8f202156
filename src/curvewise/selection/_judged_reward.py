"""The reward and the tokens that a checkpoint of a reinforcement run is judged by."""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec
import numpy as np

from curvewise.derived.judged_loss import spacing
from curvewise.derived.losses import finite_series
from curvewise.derived.reward_gap import sampling_variance
from curvewise.derived.smoothed_reward import SmoothedReward, smoothed_reward
from curvewise.model.run import Run
from curvewise.model.series import FloatArray, IntArray, Series
from curvewise.numbers import fixed
from curvewise.selection._table import recorded
from curvewise.stats.noise import MIN_POINTS

ASSUMED_REWARD_NOISE = 0.05
"""Noise of one evaluation when it cannot be measured, as a share of the reward or in the grader's units,
whichever is more: evaluations of real runs scatter by about this much."""
LEAST_NOISE = 0.015
"""Noise, as a share of the highest reward, below which a measured one is not believed: a mean over 500
rollouts that spread by 0.35 has that standard error, and a few values can lie on a line by chance."""
GRADED = "valid_graded_rollouts"
"""Family of metrics that tells how many rollouts an evaluation rests on."""
TOKENS = (
    ("valid_completion_tokens_mean", "completion_tokens_mean"),
    ("valid_reasoning_tokens_mean", "reasoning_tokens_mean"),
)
"""Validation and training metric of completion and of reasoning tokens."""


class JudgedReward(SmoothedReward, frozen=True, kw_only=True):
    """A reward curve to choose by.

    Parameters
    ----------
    judged
        At the steps of `raw`, what the values are judged as. The standard errors are those of the judged
        values: where the run gives none, from how values scatter, and no less than sampling makes of as many
        graded rollouts.
    """

    judged: Series

    def errors_at(self, steps: IntArray) -> FloatArray:
        """Return the standard errors of the judged values of some steps, shape (k,)."""
        errors = self.judged.standard_error
        if errors is None:
            return np.full(len(steps), np.nan)
        return errors[np.minimum(np.searchsorted(self.judged.step, steps), len(errors) - 1)]

    @property
    def name(self) -> str:
        """What to call it in a sentence."""
        return "validation reward" if self.validated else "smoothed training reward"

    def words(self, step: int, value: float, *, named: bool = True) -> str:
        """Return the judged value of a step, behind its name, and the logged one where they differ."""
        raw = self.raw.at(step) if self.validated else None
        logged = "" if raw is None or fixed(raw) == fixed(value) else f", logged {fixed(raw)}"
        return f"{f'{self.name} ' * named}{fixed(value)}{logged}"

    def smoothed(self, steps: Sequence[int]) -> dict[int, float]:
        """Return the judged values of the steps that have one, between two values on their line.

        The last value holds for one more interval: some trainers number steps from 0 and save after them.
        """
        at, asked = self.judged.step, np.array(steps, dtype=np.int64)
        interval = spacing(self.judged) if len(at) > 1 else 1.0
        known = asked[(asked >= at[0]) & (asked <= at[-1] + interval)]
        return dict(zip(known.tolist(), np.interp(known, at, self.judged.value).tolist(), strict=True))


def judged_reward(run: Run) -> JudgedReward | None:
    """Return the validation reward to choose by, else the smoothed training reward; None without either."""
    reward = smoothed_reward(run)
    if reward is None:
        return None
    raw, found = reward.raw, reward.smooth
    error = found.error
    if not reward.measured:
        largest = float(np.abs(raw.value).max())
        few = len(raw) < MIN_POINTS
        least = ASSUMED_REWARD_NOISE * max(1.0, largest) if few else LEAST_NOISE * largest
        sampling = _sampling_noise(run, raw) if reward.validated else 0.0
        error = np.maximum(error, max(least, sampling / found.width**0.5))
    judged = Series(raw.step, -found.value, error)
    return JudgedReward(**msgspec.structs.asdict(reward), judged=judged)


def _sampling_noise(run: Run, reward: Series) -> float:
    """Return the most that drawing the rollouts can add to the best reward; 0 when nothing tells it.

    Evaluations scatter by more than that, so it is only the least that must be reckoned with.
    """
    counts = [finite_series(run, f"{GRADED}/{name}") for name in run.family(GRADED)]
    count = max((float(series.value.max()) for series in counts if len(series)), default=0.0)
    count = count or float(run.validation_examples or 0)
    if count < 1:
        return 0.0
    return float(np.sqrt(sampling_variance(reward.value.max(keepdims=True), np.array([count]))[0]))


def tokens_at(run: Run, steps: IntArray, which: int = 0) -> list[float | None]:
    """Return the tokens of a rollout at each step: of the validation there, else of the training step.

    A step's own, never a mean over others; where training logged none of these steps, what it logged last.

    Parameters
    ----------
    which
        0 for completion tokens, 1 for reasoning tokens.
    """
    valid, train = TOKENS[which]
    found = first_known(recorded(run, valid, steps), recorded(run, train, steps))
    series = finite_series(run, train)
    if len(series) and all(tokens is None for tokens in found):
        last = np.searchsorted(series.step, steps, side="right") - 1
        near = (last >= 0) & (steps - series.step[last] <= spacing(series))
        found = [float(series.value[place]) if hit else None for place, hit in zip(last, near, strict=True)]
    return [None if tokens is None or not math.isfinite(tokens) else tokens for tokens in found]


def costs_at(run: Run, steps: IntArray) -> dict[int, float]:
    """Return what a rollout costs in tokens: completion tokens, which include reasoning; else reasoning."""
    costs = tokens_at(run, steps)
    if None in costs:
        costs = first_known(costs, tokens_at(run, steps, 1))
    return {step: cost for step, cost in zip(steps.tolist(), costs, strict=True) if cost is not None}


def first_known(first: list[float | None], second: list[float | None]) -> list[float | None]:
    """Return the first values, and the second ones where those are None."""
    return [b if a is None else a for a, b in zip(first, second, strict=True)]
