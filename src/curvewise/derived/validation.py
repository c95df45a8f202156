"""The validation loss that a run can honestly be judged by."""

from __future__ import annotations

from typing import Literal

import msgspec
import numpy as np

from curvewise.derived.losses import finite_series
from curvewise.derived.memo import once_per_run
from curvewise.model.run import Run
from curvewise.model.series import Series, table
from curvewise.stats.rotation import rotation_ends, rotation_length, rotation_means

Basis = Literal["full pass", "rotation mean", "one minibatch"]

FULL = "full_valid_loss"
MINIBATCH = "valid_loss"
EVERY_SET = "full_valid_loss/*"
"""Stands as the metric of a mean over evaluation sets."""
VALIDATION = (FULL, EVERY_SET, MINIBATCH)
"""The metrics that a validation curve may come from: what a check that uses one declares."""
ASSUMED_NOISE = 0.04
"""Relative noise assumed of a full pass when it cannot be measured. On the safe side: of 1,664 AlgoPerf
training runs half scatter by less than 0.4 % and 90 % by less than 1.7 %, but 5 % by more than 5 %, and full
passes over a small evaluation set were seen to scatter by 10 %."""
AVERAGED_MINIBATCHES = 5
"""Single minibatches averaged around a step: their minimum marks an easy batch, not a good checkpoint.
At most half of them, or the means of all checkpoints would be much the same."""


class ValidationCurve(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """A validation loss, and what its values rest on; each is made once a run, and equal to itself alone.

    Parameters
    ----------
    metric
        Where it comes from; ``full_valid_loss/*`` for the mean over several evaluation sets.
    series
        The values to judge by, finite. Of a rotation mean, each stands at the step at which its
        rotation was complete, and no two share an evaluation.
    basis
        ``full pass``: each value covers the whole validation set. ``rotation mean``: each value is
        the mean of as many minibatches as the rotation has. ``one minibatch``: each value is
        another part of the validation set, so values differ by which part it was.
    rotation
        Evaluations in one rotation, when one shows.
    raw
        The logged finite values.
    """

    metric: str
    series: Series
    basis: Basis
    rotation: int | None
    raw: Series

    @property
    def weak(self) -> bool:
        """Whether the values are something less than full passes over the validation set."""
        return self.basis != "full pass"

    @property
    def label(self) -> str:
        """What to call one value in a sentence."""
        return {
            "full pass": "full-pass validation loss",
            "rotation mean": f"validation loss averaged over rotations of {self.rotation} minibatches",
            "one minibatch": "validation loss of single minibatches",
        }[self.basis]

    def words(self) -> str:
        """On how many values it rests, such as ``3 full-pass evaluations``."""
        n = len(self.series)
        many = "" if n == 1 else "s"
        if self.basis == "full pass":
            return f"{n:,} full-pass evaluation{many}"
        if self.basis == "rotation mean":
            return f"{n:,} mean{many} over whole rotations of {self.rotation:,} minibatches"
        return f"{n:,} evaluation{many} of one minibatch each"


@once_per_run
def validation_curve(run: Run) -> ValidationCurve | None:
    """Return the one validation loss to judge and to choose checkpoints by.

    ``full_valid_loss`` when the run has it; else the mean over its evaluation sets, at the steps at
    which all of them were evaluated (the most complete steps when there is none); else the minibatch
    ``valid_loss``, averaged over whole rotations when a rotation shows.

    Returns
    -------
    ValidationCurve or None
        None when the run has no finite validation loss.

    Examples
    --------
    >>> from curvewise.testing import make_run
    >>> curve = validation_curve(make_run(valid_loss=[0.9, 0.2, 0.5, 0.3] * 6))
    >>> curve.basis, curve.rotation, len(curve.series)
    ('rotation mean', 4, 6)
    """
    curves = validation_curves(run)
    if len(curves) <= 1 or FULL in curves:
        return curves.get(FULL) or next(iter(curves.values()), None)
    return _full(EVERY_SET, mean_over_sets([curve.series for curve in curves.values()]))


@once_per_run
def validation_curves(run: Run) -> dict[str, ValidationCurve]:
    """Return a validation loss for each evaluation set, by metric name.

    ``full_valid_loss`` and every ``full_valid_loss/<set>`` that have a finite value; the minibatch
    ``valid_loss`` only when there is none of them. Empty when the run has no validation loss.
    """
    full = [FULL, *(f"{FULL}/{member}" for member in run.family(FULL))]
    found = {name: series for name in full if len(series := finite_series(run, name))}
    if found:
        return {name: _full(name, series) for name, series in found.items()}
    minibatch = finite_series(run, MINIBATCH)
    return {MINIBATCH: _minibatch(minibatch)} if len(minibatch) else {}


def _full(metric: str, series: Series) -> ValidationCurve:
    return ValidationCurve(metric=metric, series=series, basis="full pass", rotation=None, raw=series)


def _minibatch(raw: Series) -> ValidationCurve:
    rotation = rotation_length(raw.value)
    if rotation is None:
        return ValidationCurve(metric=MINIBATCH, series=raw, basis="one minibatch", rotation=None, raw=raw)
    ends = list(rotation_ends(len(raw), rotation))
    series = Series(raw.step[ends], rotation_means(raw.value, rotation))
    return ValidationCurve(metric=MINIBATCH, series=series, basis="rotation mean", rotation=rotation, raw=raw)


def mean_over_sets(sets: list[Series]) -> Series:
    """Return the mean of a metric over evaluation sets, at the steps at which most of them have it."""
    steps, values = table(sets)
    present = np.isfinite(values).sum(axis=1)
    common = present == present.max()
    # Where no step has all sets, values over different sets must not be mixed: keep those of one choice.
    columns = np.isfinite(values[common][-1])
    common = np.isfinite(values[:, columns]).all(axis=1)
    return Series(steps[common], values[common][:, columns].mean(axis=1))
