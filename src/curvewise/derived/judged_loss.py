"""The validation loss that a checkpoint is judged by, and what chance may do to it."""

from __future__ import annotations

import msgspec
import numpy as np

from curvewise.derived.validation import ASSUMED_NOISE, AVERAGED_MINIBATCHES, ValidationCurve
from curvewise.model.run import Run
from curvewise.model.series import IntArray, Series
from curvewise.stats.best import Smooth, smooth
from curvewise.stats.noise import ROBUST_FROM, noise_level
from curvewise.stats.smoothing import means_around, median

ASSUMED_MINIBATCH_NOISE = 0.1
"""Relative noise assumed of a mean over few minibatches, when it cannot be measured."""
LEAST = 0.005
"""Relative noise below which a measured one is not believed."""


class LossAt(msgspec.Struct, frozen=True):
    """What a checkpoint is judged by.

    Parameters
    ----------
    value
        The estimate to compare.
    raw
        The logged value, or the mean of logged ones, that it stands on.
    error
        Standard error of the estimate; None when the run does not give it.
    """

    value: float
    raw: float
    error: float | None = None


class JudgedLoss(msgspec.Struct, frozen=True):
    """A validation loss to choose checkpoints by.

    Parameters
    ----------
    curve
        The validation loss.
    smooth
        Its estimates where standard errors are known; None when they are not, and values count as they
        are: full passes are precise, and what looks like their noise is mostly real (choosing by
        smoothed values lost more than it won on 1,679 AlgoPerf runs).
    """

    curve: ValidationCurve
    smooth: Smooth | None

    def at(self, steps: IntArray) -> dict[int, LossAt]:
        """Return what to judge the checkpoints of some steps by; steps that the curve does not tell lack.

        A full pass counts at exactly its step. Of a rotation, the mean over the last whole one that ended
        by then, no more than one evaluation ago. Of single minibatches, the mean over up to five around.
        """
        curve, raw = self.curve, self.curve.raw
        if curve.basis == "full pass":
            place = np.minimum(np.searchsorted(curve.series.step, steps), len(curve.series) - 1)
            hit = curve.series.step[place] == steps
            return {int(steps[index]): self.of(int(place[index])) for index in np.flatnonzero(hit)}
        if curve.rotation is None:
            means = means_around(raw.step, raw.value, steps, neighbours(len(raw)))
        else:
            stop = np.searchsorted(raw.step, steps, side="right")
            told = (stop >= curve.rotation) & (steps - raw.step[stop - 1] <= spacing(raw))
            ends = np.maximum(stop, curve.rotation)[:, None] - np.arange(curve.rotation, 0, -1)
            means = np.where(told, raw.value[ends].mean(axis=1), np.nan)
        values = zip(steps.tolist(), means.tolist(), strict=True)
        return {step: LossAt(mean, mean) for step, mean in values if mean == mean}

    def of(self, index: int) -> LossAt:
        """Return what a full pass is judged by."""
        raw = float(self.curve.series.value[index])
        if self.smooth is None:
            return LossAt(raw, raw)
        return LossAt(float(self.smooth.value[index]), raw, float(self.smooth.error[index]))

    def lowest(self) -> tuple[int, float]:
        """Return step and estimate of the lowest point of the curve."""
        series = self.curve.series
        values = series.value if self.smooth is None else self.smooth.value
        return Series(series.step, values).lowest()

    @property
    def label(self) -> str:
        """What to call a loss in a sentence."""
        if self.curve.basis == "one minibatch":
            count = neighbours(len(self.curve.raw))
            several = f"averaged over {count} neighbouring minibatches"
            return f"validation loss {several if count > 1 else 'of one minibatch'}"
        if self.smooth is not None and self.smooth.width > 1:
            return f"{self.curve.label} smoothed over {self.smooth.width} evaluations"
        return self.curve.label


def neighbours(minibatches: int) -> int:
    """Return how many minibatches to average around a step: an odd number, at most 5 and at most half.

    Examples
    --------
    >>> [neighbours(minibatches) for minibatches in (1, 3, 6, 10, 300)]
    [1, 1, 3, 5, 5]
    """
    most = min(AVERAGED_MINIBATCHES, max(1, minibatches // 2))
    return most - (most % 2 == 0)


def judged_loss(run: Run, curve: ValidationCurve) -> JudgedLoss:
    """Return what to choose checkpoints by."""
    errors = curve.series.standard_error
    if curve.basis != "full pass" or errors is None or not np.isfinite(errors).any():
        return JudgedLoss(curve, None)
    examples = run.validation_examples
    return JudgedLoss(curve, smooth(curve.series.value, errors, None if examples is None else examples - 1.0))


def spacing(series: Series) -> float:
    """Return the median distance of two values in steps; 0 for a single value."""
    return median(np.diff(series.step).astype(np.float64)) if len(series) > 1 else 0.0


def assumed_error(curve: ValidationCurve, best: float) -> float:
    """Return the standard error of one loss when the run gives none.

    From the scatter of 32 values or more, since of fewer the bend of a good curve passes for noise;
    else 4 % of the best loss, as full passes of real runs scatter. Single minibatches are averaged by
    up to five, and when their scatter cannot be measured, a tenth of the loss is taken: of the best one,
    or of a typical one when that is higher.
    """
    if curve.basis == "one minibatch":
        noise = noise_level(curve.raw.value)
        if noise is None:
            return ASSUMED_MINIBATCH_NOISE * max(abs(best), abs(median(curve.raw.value)))
        return max(noise / float(np.sqrt(neighbours(len(curve.raw)))), LEAST * abs(best))
    noise = noise_level(curve.series.value) if len(curve.series) >= ROBUST_FROM else None
    return ASSUMED_NOISE * abs(best) if noise is None else max(noise, LEAST * abs(best))
