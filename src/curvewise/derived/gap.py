"""The validation-to-training ratio over a stretch of a run, as one figure that noise does not make."""

from __future__ import annotations

import msgspec
import numpy as np
from numpy.typing import NDArray

from curvewise.derived.ratio import NEAR_ZERO, Band, LossRatio, band
from curvewise.stats.moments import mean

SHARE = 0.2
"""Share of the single-minibatch evaluations that one figure averages."""
LEAST = 5
"""Fewest of them: the scatter of a mean of 5 is less than half that of one."""


class Gap(msgspec.Struct, frozen=True, kw_only=True):
    """One ratio, over one evaluation or a mean of several.

    Parameters
    ----------
    ratio
        Validation over training loss; infinite over a training loss of 0.
    valid, train
        The two losses.
    first_step, last_step
        The evaluations that it covers.
    points
        How many.
    """

    ratio: float
    valid: float
    train: float
    first_step: int
    last_step: int
    points: int

    @property
    def band(self) -> Band:
        """The guide's band."""
        return band(self.ratio)

    @property
    def near_zero(self) -> bool:
        """Whether the training loss is too near zero to divide by."""
        return self.train < NEAR_ZERO

    @property
    def trivial(self) -> bool:
        """Whether both losses are so near zero that their ratio says nothing."""
        return self.near_zero and self.valid - self.train < NEAR_ZERO


def final_gap(ratio: LossRatio) -> Gap | None:
    """Return the ratio at the end: the last evaluation, or of single minibatches the last fifth."""
    return _gap(ratio, ratio.known[-_count(ratio) :])


def first_gap(ratio: LossRatio, until: float = 0.0) -> Gap | None:
    """Return the ratio at the start: the last of the evaluations up to a step, where there are several.

    Else it is the first one, and of single minibatches the mean over the first fifth.
    """
    known, count = ratio.known, _count(ratio)
    early = int(ratio.step[known].searchsorted(until, side="right")) if count == 1 else count
    return _gap(ratio, known[max(early, 1) - count : max(early, 1)])


def _count(ratio: LossRatio) -> int:
    """Return how many evaluations one figure takes."""
    if ratio.curve.basis != "one minibatch":
        return 1
    known = len(ratio.known)
    return min(max(LEAST, int(SHARE * known)), known)


def _gap(ratio: LossRatio, chosen: NDArray[np.intp]) -> Gap | None:
    count = len(chosen)
    if not count:
        return None
    valid, train = mean(ratio.valid[chosen]), mean(ratio.train[chosen])
    if train > 0:
        value = round(valid / train, 9)
    elif valid > 0:
        value = float("inf")
    else:
        return None
    return Gap(
        ratio=value,
        valid=valid,
        train=train,
        first_step=int(ratio.step[chosen[0]]),
        last_step=int(ratio.step[chosen[-1]]),
        points=count,
    )
