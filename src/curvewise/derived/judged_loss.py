"""The validation loss that a checkpoint is judged by, and what chance may do to it."""

from __future__ import annotations

import msgspec
import numpy as np

from curvewise.derived.memo import once_per_run
from curvewise.derived.validation import (
    ASSUMED_NOISE,
    AVERAGED_MINIBATCHES,
    ValidationCurve,
    validation_curve,
)
from curvewise.model.run import Run
from curvewise.model.series import FloatArray, IntArray, Series
from curvewise.stats.best import Smooth, smooth
from curvewise.stats.noise import MIN_POINTS
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
        Standard error of the estimate.
    merit
        What to choose by: lower is better, and of equals the surer.
    """

    value: float
    raw: float
    error: float
    merit: float


class JudgedLoss(msgspec.Struct, frozen=True):
    """A validation loss to choose checkpoints by.

    Parameters
    ----------
    curve
        The validation loss.
    smooth
        Estimates of its values: as logged where evaluations are precise, else leaning on their neighbours.
    assumed
        Whether the standard errors are assumed, since neither the run nor so few values tell them.
    """

    curve: ValidationCurve
    smooth: Smooth
    assumed: bool

    @property
    def series(self) -> Series:
        """The values that estimates stand for: of single minibatches, those as logged."""
        return self.curve.raw if self.curve.basis == "one minibatch" else self.curve.series

    def at(self, steps: IntArray) -> dict[int, LossAt]:
        """Return what to judge the checkpoints of some steps by; steps that the curve does not tell lack.

        A full pass counts at exactly its step. Of a rotation, the mean over the last whole one that ended
        by then, no more than one evaluation ago. Of single minibatches, the estimate at the nearest.
        """
        curve, raw, found = self.curve, self.curve.raw, self.series.step
        if curve.rotation is not None:
            stop = raw.step.searchsorted(steps, side="right")
            told = (stop >= curve.rotation) & (steps - raw.step[stop - 1] <= spacing(raw))
            ends = np.maximum(stop, curve.rotation)[:, None] - np.arange(curve.rotation, 0, -1)
            means = np.where(told, raw.value[ends].mean(axis=1), np.nan).tolist()
            error = median(self.smooth.error)
            values = zip(steps.tolist(), means, strict=True)
            return {step: LossAt(mean, mean, error, mean) for step, mean in values if mean == mean}
        place = np.minimum(found.searchsorted(steps), len(found) - 1)
        if curve.weak:
            before = np.maximum(place - 1, 0)
            place = np.where(np.abs(found[before] - steps) < np.abs(found[place] - steps), before, place)
            told = (steps >= found[0]) & (steps <= found[-1])
        else:
            told = found[place] == steps
        judged = zip(*(line[place[told]].tolist() for line in self._lines), strict=True)
        return {step: LossAt(*at) for step, at in zip(steps[told].tolist(), judged, strict=True)}

    def between(self, step: int) -> LossAt:
        """Return what to judge a step between two evaluations by: the straight line from one to the other."""
        return LossAt(*(float(np.interp(step, self.series.step, line)) for line in self._lines))

    @property
    def _lines(self) -> tuple[FloatArray, ...]:
        """What `LossAt` holds, of every value of the series."""
        return self.smooth.value, self.series.value, self.smooth.error, self.smooth.merit

    def lowest(self) -> tuple[int, float]:
        """Return step and estimate of the best point of the curve."""
        place = int(self.smooth.merit.argmin())
        return int(self.series.step[place]), float(self.smooth.value[place])

    @property
    def label(self) -> str:
        """What to call a loss in a sentence."""
        width = self.smooth.width
        if self.curve.basis == "one minibatch":
            several = f"averaged over up to {width} neighbouring minibatches"
            return f"validation loss {several if width > 1 else 'of one minibatch'}"
        if width > 1 and self.curve.rotation is None:
            return f"{self.curve.label} smoothed over up to {width} evaluations"
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


@once_per_run
def judged_loss(run: Run) -> JudgedLoss | None:
    """Return what to choose checkpoints by; None without a validation loss."""
    curve = validation_curve(run)
    if curve is None:
        return None
    series = curve.raw if curve.basis == "one minibatch" else curve.series
    errors, examples = series.standard_error, run.validation_examples
    if errors is not None and np.isfinite(errors).any():
        found = smooth(series.value, errors, None if examples is None else examples - 1.0)
        return JudgedLoss(curve, found, assumed=False)
    found = smooth(series.value)
    least = neighbours(len(series)) if curve.basis == "one minibatch" else 1
    if found.width < least:
        value = means_around(series.step, series.value, series.step, least)
        found = msgspec.structs.replace(found, value=value, width=least)
    few = len(series) < MIN_POINTS
    floor = assumed_error(curve, float(found.value.min())) if few else LEAST * abs(float(found.value.min()))
    return JudgedLoss(curve, msgspec.structs.replace(found, error=np.maximum(found.error, floor)), few)


def spacing(series: Series) -> float:
    """Return the median distance of two values in steps; 0 for a single value."""
    step = series.step
    return median((step[1:] - step[:-1]).astype(np.float64)) if len(step) > 1 else 0.0


def assumed_error(curve: ValidationCurve, best: float) -> float:
    """Return the standard error of one of so few losses that they cannot tell it.

    4 % of the best loss, as full passes of real runs scatter. Of single minibatches, a tenth: of the best
    one, or of a typical one when that is higher.
    """
    if curve.basis == "one minibatch":
        return ASSUMED_MINIBATCH_NOISE * max(abs(best), abs(median(curve.raw.value)))
    return ASSUMED_NOISE * abs(best)
