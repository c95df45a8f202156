"""The reward and the tokens that a checkpoint of a reinforcement run is judged by."""

from __future__ import annotations

import msgspec
import numpy as np

from curvewise.comparable.graded_reward import graded_reward
from curvewise.comparable.losses import finite_series
from curvewise.comparable.reward_gap import validation_reward
from curvewise.model.run import Run
from curvewise.model.series import FloatArray, Series
from curvewise.stats.around import mean_around
from curvewise.stats.scatter import scatter
from curvewise.stats.smoothing import running_mean, running_median

APART = 1.645 * 2**0.5
"""Standard deviations of one value that two equal ones exceed in a twentieth of all cases."""
MEDIAN_OF_THREE = 0.67
"""Standard deviation of the median of three normal values over that of one (order statistics)."""
ASSUMED_NOISE = 0.05
"""Noise of one evaluation when it cannot be measured, as a share of the reward or in the grader's units,
whichever is more: evaluations of real runs scatter by about this much."""
LEAST_NOISE = 0.015
"""Noise, as a share of the highest reward, below which a measured one is not believed: a mean over 500
rollouts that spread by 0.35 has that standard error, and a few values can lie on a line by chance."""
TOKEN_STEPS = 5
"""Training steps around an evaluation whose tokens are averaged; those of one step depend on its prompts."""
TOKENS = (
    ("valid_completion_tokens_mean", "completion_tokens_mean"),
    ("valid_reasoning_tokens_mean", "reasoning_tokens_mean"),
)
"""Validation and training metric of completion and of reasoning tokens."""


class JudgedReward(msgspec.Struct, frozen=True, kw_only=True):
    """A reward curve to choose by.

    Parameters
    ----------
    metric
        The metric that it was taken from.
    raw
        The values as logged, finite; never empty.
    judged
        At the same steps, what they are judged as. An evaluation counts no more than the median of
        itself and its two neighbours, so a lucky one does not win; an unlucky one stays low.
        Training rewards are averaged over a tenth of the steps.
    error
        Standard error of a judged value, from how values scatter about their neighbours.
    validated
        Whether it is a validation reward.
    """

    metric: str
    raw: Series
    judged: Series
    error: float
    validated: bool

    @property
    def margin(self) -> float:
        """Difference of two judged values that noise alone exceeds in a twentieth of all cases."""
        return APART * self.error

    @property
    def name(self) -> str:
        """What to call it in a sentence."""
        return "validation reward" if self.validated else "smoothed training reward"

    def shown(self, step: int) -> float | None:
        """Return the value to show for a step: a validation as logged, a training reward smoothed."""
        return self.raw.at(step) if self.validated else self.smoothed(step)

    def smoothed(self, step: int) -> float | None:
        """Return the judged value at a step, between two values on the line that joins them.

        The last value holds for one more interval: some trainers number steps from 0 and save after them.
        """
        steps = self.judged.step
        interval = float(np.median(np.diff(steps))) if len(steps) > 1 else 1.0
        if not steps[0] <= step <= steps[-1] + interval:
            return None
        return float(np.interp(step, steps, self.judged.value))


def judged_reward(run: Run) -> JudgedReward | None:
    """Return the validation reward to choose by, else the smoothed training reward; None without either."""
    valid = validation_reward(run)
    if valid is not None:
        metric, raw = valid
        judged = np.minimum(raw.value, running_median(raw.value, 3)) if len(raw) > 2 else raw.value
        return JudgedReward(
            metric=metric,
            raw=raw,
            judged=Series(raw.step, judged),
            error=_noise(raw.value) * (MEDIAN_OF_THREE if len(raw) > 2 else 1.0),
            validated=True,
        )
    train = graded_reward(run)
    if train is None:
        return None
    raw, width = train.series, max(5, len(train.series) // 10)
    return JudgedReward(
        metric=train.metric,
        raw=raw,
        judged=Series(raw.step, running_mean(raw.value, width)),
        error=_noise(raw.value) / float(np.sqrt(min(width, len(raw)))),
        validated=False,
    )


def _noise(values: FloatArray) -> float:
    noise, largest = scatter(values), float(np.abs(values).max())
    return ASSUMED_NOISE * max(1.0, largest) if noise is None else max(noise, LEAST_NOISE * largest)


def tokens_at(run: Run, step: int, which: int = 0) -> float | None:
    """Return the tokens of a rollout at a step: of the validation there, else of training around it.

    Parameters
    ----------
    which
        0 for completion tokens, 1 for reasoning tokens.
    """
    valid, train = TOKENS[which]
    own = finite_series(run, valid).at(step)
    if own is not None:
        return own
    series = finite_series(run, train)
    return mean_around(series.step, series.value, step, TOKEN_STEPS)


def cost_at(run: Run, step: int) -> float | None:
    """Return what a rollout costs in tokens: completion tokens, which include reasoning; else reasoning."""
    completion = tokens_at(run, step)
    return completion if completion is not None else tokens_at(run, step, 1)
