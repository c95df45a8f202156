"""The validation loss that a checkpoint is judged by, and what chance may do to it."""

from __future__ import annotations

import numpy as np

from curvewise.comparable.rise import ASSUMED_NOISE, LEAST_NOISE
from curvewise.comparable.validation import ValidationCurve
from curvewise.model.series import Series
from curvewise.stats.around import mean_around
from curvewise.stats.noise import ROBUST_FROM, noise_level

NEIGHBOURS = 5
"""Single minibatches averaged around a step: their minimum marks an easy batch, not a good checkpoint."""
APART = 1.645 * 2**0.5
"""Standard deviations of one value that two equal ones exceed in a twentieth of all cases."""
UNMEASURED_MINIBATCH = 0.2
"""Relative noise assumed of a mean over few minibatches, when it cannot be measured."""


def judged_at(curve: ValidationCurve, step: int) -> float | None:
    """Return the loss to judge a checkpoint of a step by, or None when the curve does not tell.

    A full pass counts at exactly its step. Of a rotation, the mean over the last whole one that ended
    by then, no more than one evaluation ago. Of single minibatches, the mean over the five around.
    """
    if curve.basis == "full pass":
        return curve.series.at(step)
    raw = curve.raw
    if curve.rotation is None:
        return mean_around(raw.step, raw.value, step, NEIGHBOURS)
    stop = int(np.searchsorted(raw.step, step, side="right"))
    if stop < curve.rotation or step - raw.step[stop - 1] > spacing(raw):
        return None
    return float(raw.value[stop - curve.rotation : stop].mean())


def label(curve: ValidationCurve) -> str:
    """Return what to call a loss of `judged_at` in a sentence."""
    if curve.basis == "one minibatch":
        return f"validation loss averaged over {min(NEIGHBOURS, len(curve.raw))} neighbouring minibatches"
    return curve.label


def spacing(series: Series) -> float:
    """Return the median distance of two values in steps; 0 for a single value."""
    return float(np.median(np.diff(series.step))) if len(series) > 1 else 0.0


def margin(curve: ValidationCurve, best: float, best_step: int) -> float:
    """Return by how much a loss may exceed the best one and still tie with it.

    From the standard errors when the run has them; from the scatter of 32 values or more, since of
    fewer the bend of a good curve passes for noise; else 4 % of the best loss, as full passes of real
    runs scatter. Never less than 1 %. Single minibatches are
    averaged by five, and when their scatter cannot be measured, a fifth of the loss is a tie.
    """
    least = LEAST_NOISE * abs(best)
    if curve.basis == "one minibatch":
        noise = noise_level(curve.raw.value)
        if noise is None:
            return UNMEASURED_MINIBATCH * abs(best)
        return max(least, APART * noise / float(np.sqrt(min(NEIGHBOURS, len(curve.raw)))))
    errors = curve.series.standard_error
    at = int(np.searchsorted(curve.series.step, best_step))
    if errors is not None and at < len(errors) and np.isfinite(errors[at]):
        return max(least, APART * min(abs(float(errors[at])), 1e100))
    noise = noise_level(curve.series.value) if len(curve.series) >= ROBUST_FROM else None
    return float(max(least, ASSUMED_NOISE * abs(best) if noise is None else APART * noise))
