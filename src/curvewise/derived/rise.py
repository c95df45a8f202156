"""The rise of a validation loss after its best value, and whether chance could have made it."""

from __future__ import annotations

from typing import Literal

import msgspec
import numpy as np

from curvewise.derived.losses import finite_series, means_between
from curvewise.derived.memo import once_per_run
from curvewise.derived.validation import ValidationCurve, validation_curves
from curvewise.model.finding import Evidence
from curvewise.model.run import Run
from curvewise.model.series import FloatArray, IntArray
from curvewise.stats.rising import FEW as FEW_TO_MEASURE
from curvewise.stats.rising import SURE, rising

Certainty = Literal["clear", "few points", "within noise", "no rise"]

GUIDE = 1.2
"""The guide: a final validation loss of more than 1.2 times the best means overfit."""
FEW = 6
"""Below this many evaluations their scatter cannot be measured."""
SMALLEST = 0.03
"""Smallest relative rise that is worth a word: below it the checkpoints are of equal use."""
MOST_MINIBATCH_NOISE = 0.25
"""Relative noise of single minibatches beyond which no rise is called: the batches differ by more than
checkpoints do, and an uneven rotation of easy and hard ones looks like a trend."""
BEYOND_ERRORS = 3.0
"""Standard errors of their difference by which the end must exceed the best, when the errors are known;
above the usual 2 because the best is the luckiest of several."""
SURE_BY_ERRORS = 0.95
"""Probability of a rise beyond so many standard errors."""


LEAST_MOVE, MOVED = 0.1, 6.0
"""Move of the logarithm of the training loss that says nothing yet, and log odds that a unit of more adds."""
MOST_ODDS, MOST_ODDS_OF_MORE = 1.66, 0.45
"""The most that it adds with fewer than 5 evaluations, whose noise cannot be measured, and with more:
training loss falls on in most runs that are fine as well, so it must not make a rise of their noise."""


class Rise(msgspec.Struct, frozen=True, kw_only=True):
    """How the end of a validation loss compares with its best.

    Parameters
    ----------
    curve
        The validation loss.
    best_step, best
        Step and value of the lowest value: where a rise sets in.
    final
        The last value.
    ratio
        The guide's figure: `final` / `best` as they are. Infinite when only the best is 0.
    course, interval
        The same ratio of the course itself, with the noise taken off, and its 90 % interval.
    noise
        Relative noise of one value; None when there are too few to measure it.
    probability
        That the course itself rises by more than a few per cent.
    certainty
        ``clear``: chance does not make such a rise. ``few points``: larger than any usual noise, which so
        few values cannot measure. ``within noise``: the end is higher, and
        chance could have done it. ``no rise``: the end is not higher by `smallest`.
    """

    curve: ValidationCurve
    best_step: int
    best: float
    final: float
    ratio: float
    course: float
    interval: tuple[float, float]
    noise: float | None
    probability: float
    certainty: Certainty

    @property
    def rising(self) -> bool:
        """Whether the rise is one to act on."""
        return self.certainty in ("clear", "few points")

    def evidence(self, limit: float) -> list[Evidence]:
        """Return the ratio of the values as they are, and that of their course with its interval."""
        metric, series, label = self.curve.metric, self.curve.series, "final / best validation loss"
        found = [Evidence.of(metric, label, self.ratio, series, limit=limit)]
        if self.best > 0:
            label += ", noise taken off"
            found.append(Evidence.of(metric, label, self.course, series, interval=self.interval))
        return found


def validation_rise(curve: ValidationCurve, *, smallest: float = SMALLEST, moved: float = 0.0) -> Rise | None:
    """Judge the rise of a validation loss after its best value.

    The last value has to be higher than the best by `smallest`, and the probability that the course
    itself rises (see `stats.rising`) to reach 80 %.
    Single minibatches never show a clear rise when they are fewer than 6, or scatter by more than a
    quarter. Where the values have standard errors, the last has to exceed the best by 3 of those of
    their difference as well; of 2 to 5 values, whose scatter cannot be measured, that is enough.

    Parameters
    ----------
    curve
        The validation loss.
    smallest
        Smallest relative rise that counts.
    moved
        Logarithm by which training loss moves in the second half of the evaluations. It falls on in
        overfitting and rises in divergence, so a rise is more probable: up to nine times with fewer than
        5 evaluations, less than twice with more, and no more than before when it falls by a tenth.

    Returns
    -------
    Rise or None
        None with fewer than two values, or with a negative one.
    """
    value = curve.series.value
    n = len(value)
    if n < 2 or value.min() < 0:
        return None
    index = int(value.argmin())
    best, final = float(value[index]), float(value[-1])
    ratio = _over(final, best)
    most = MOST_ODDS if n < FEW_TO_MEASURE else MOST_ODDS_OF_MORE
    judged = rising(value, min(max(MOVED * (moved - LEAST_MOVE), 0.0), most))
    beyond = _beyond_errors(curve, index)
    chance = judged.probability
    if beyond is False:
        chance = min(chance, 0.5)
    elif beyond and n < FEW:
        chance = max(chance, SURE_BY_ERRORS)
    return Rise(
        curve=curve,
        best_step=int(curve.series.step[index]),
        best=best,
        final=final,
        ratio=ratio,
        course=judged.ratio,
        interval=(judged.low, judged.high),
        noise=judged.noise,
        probability=chance,
        certainty=_certainty(curve, ratio > 1 + smallest, judged.noise, chance, known=beyond is not None),
    )


@once_per_run
def validation_rises(run: Run, smallest: float = SMALLEST) -> tuple[Rise, ...]:
    """Return the rise of each evaluation set, the one to speak of first; empty when none can be judged."""
    rises = [
        rise
        for curve in validation_curves(run).values()
        if (rise := validation_rise(curve, smallest=smallest, moved=_moved(run, curve))) is not None
    ]
    return tuple(
        sorted(
            rises,
            key=lambda rise: (rise.rising, rise.certainty == "within noise", rise.ratio),
            reverse=True,
        )
    )


@once_per_run
def training_between(run: Run, curve: ValidationCurve) -> tuple[FloatArray, IntArray]:
    """Return the mean training loss since the evaluation before, at each, and of how many values it is."""
    return means_between(finite_series(run, "train_loss"), curve.series.step)


def _moved(run: Run, curve: ValidationCurve) -> float:
    """Logarithm by which training loss moves from the middle evaluation to the last."""
    level, counts = training_between(run, curve)
    middle = (len(level) - 1) // 2
    known = counts[middle] and counts[-1] and min(level[middle], level[-1]) > 0
    return abs(float(np.log(level[-1] / level[middle]))) if known else 0.0


def ends_broken(run: Run, metric: str) -> bool:
    """Whether a loss ends in NaN or infinity, so that its sound values do not tell how it ends.

    Examples
    --------
    >>> from curvewise.testing import make_run
    >>> run = make_run(full_valid_loss=[1.0, 0.9, float("nan")])
    >>> ends_broken(run, "full_valid_loss")
    True
    """
    series = run.get(metric)
    return series is not None and len(series) > 0 and not np.isfinite(series.value[-1])


def _certainty(
    curve: ValidationCurve, higher: bool, noise: float | None, chance: float, *, known: bool
) -> Certainty:
    if not higher:
        return "no rise"
    useless = curve.basis == "one minibatch" and (noise is None or noise > MOST_MINIBATCH_NOISE)
    if useless or chance < SURE:
        return "within noise"
    return "clear" if known or len(curve.series) >= FEW else "few points"


def _beyond_errors(curve: ValidationCurve, best: int) -> bool | None:
    """Whether the end exceeds the best by more than standard errors explain; None when there are none."""
    errors, value = curve.series.standard_error, curve.series.value
    error = 0.0 if errors is None else float(np.hypot(errors[best], errors[-1]))
    return bool(value[-1] - value[best] >= BEYOND_ERRORS * error) if error > 0 else None


def _over(value: float, reference: float) -> float:
    if reference > 0:
        return value / reference
    return 1.0 if value == reference else float("inf")
