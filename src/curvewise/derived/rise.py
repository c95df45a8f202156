"""The rise of a validation loss after its best value, and whether chance could have made it."""

from __future__ import annotations

from typing import Literal

import msgspec
import numpy as np

from curvewise.derived.memo import once_per_run
from curvewise.derived.validation import ASSUMED_NOISE, ValidationCurve, validation_curves
from curvewise.model.run import Run
from curvewise.stats.rising import rising

Certainty = Literal["clear", "few points", "within noise", "no rise"]

GUIDE = 1.2
"""The guide: a final validation loss of more than 1.2 times the best means overfit."""
FEW = 6
"""Below this many evaluations their scatter cannot be measured."""
LEAST_NOISE = 0.01
"""Relative noise below which a measured noise is not believed: a few values can lie on a line by chance."""
SMALLEST = 0.03
"""Smallest relative rise that is worth a word: below it the checkpoints are of equal use."""
SURE, SURE_OF_FEW = 0.81, 0.82
"""Probability of a rise from which it is called one, and with fewer than 6 evaluations: of flat courses that
scatter by 4 %, 3 to 6 % are then taken for rising, and by 2 % at most 3 %."""
MOST_MINIBATCH_NOISE = 0.25
"""Relative noise of single minibatches beyond which no rise is called: the batches differ by more than
checkpoints do, and an uneven rotation of easy and hard ones looks like a trend."""
BEYOND_ERRORS = 3.0
"""Standard errors of their difference by which the end must exceed the best, when the errors are known;
above the usual 2 because the best is the luckiest of several."""
_BY_CHANCE = {2: 2.8, 3: 3.3, 4: 5.0, 5: 5.0}
"""Last value minus the lowest before, in standard deviations, that chance exceeds once in 40 (of 4 or 5
values more rarely, since their order is judged as well), by number."""


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
    interval
        90 % interval of the same ratio of the course itself, with the noise taken off.
    noise
        Relative noise of one value; None when there are too few to measure it.
    probability
        That the course itself rises by more than a few per cent.
    certainty
        ``clear``: chance does not make such a rise. ``few points``: larger than the noise that is
        assumed, which so few values cannot confirm. ``within noise``: the end is higher, and
        chance could have done it. ``no rise``: the end is not higher by `smallest`.
    """

    curve: ValidationCurve
    best_step: int
    best: float
    final: float
    ratio: float
    interval: tuple[float, float]
    noise: float | None
    probability: float
    certainty: Certainty

    @property
    def rising(self) -> bool:
        """Whether the rise is one to act on."""
        return self.certainty in ("clear", "few points")


def validation_rise(curve: ValidationCurve, *, smallest: float = SMALLEST) -> Rise | None:
    """Judge the rise of a validation loss after its best value.

    The last value has to be higher than the best by `smallest`, and the probability that the course
    itself rises (see `stats.rising`) to reach 81 %, of 2 to 5 values 82 %; these count as rising as well
    when values with a relative noise of 4 % do not make such a rise once in 40 times.
    Single minibatches never show a clear rise when they are fewer than 6, or scatter by more than a
    quarter. Where the values have standard errors, the last has to exceed the best by 3 of those of
    their difference as well.

    Parameters
    ----------
    curve
        The validation loss.
    smallest
        Smallest relative rise that counts.

    Returns
    -------
    Rise or None
        None with fewer than two values, or with a negative one.
    """
    value = curve.series.value
    n = len(value)
    if n < 2 or value.min() < 0:
        return None
    index = int(np.argmin(value))
    best, final = float(value[index]), float(value[-1])
    ratio = _over(final, best)
    judged = rising(value)
    return Rise(
        curve=curve,
        best_step=int(curve.series.step[index]),
        best=best,
        final=final,
        ratio=ratio,
        interval=(judged.low, judged.high),
        noise=judged.noise,
        probability=judged.probability,
        certainty=_by_errors(
            curve, _certainty(curve, ratio, smallest, judged.noise, judged.probability), index
        ),
    )


@once_per_run
def validation_rises(run: Run, smallest: float = SMALLEST) -> tuple[Rise, ...]:
    """Return the rise of each evaluation set, the one to speak of first; empty when none can be judged."""
    rises = [
        rise
        for curve in validation_curves(run).values()
        if (rise := validation_rise(curve, smallest=smallest)) is not None
    ]
    return tuple(
        sorted(
            rises,
            key=lambda rise: (rise.rising, rise.certainty == "within noise", rise.ratio),
            reverse=True,
        )
    )


def ends_broken(run: Run, rise: Rise) -> bool:
    """Whether the validation loss ends in NaN or infinity, so that its sound values do not tell how it ends.

    Examples
    --------
    >>> from curvewise.testing import make_run
    >>> run = make_run(full_valid_loss=[1.0, 0.9, float("nan")])
    >>> ends_broken(run, validation_rises(run)[0])
    True
    """
    series = run.get(rise.curve.metric)
    return series is not None and len(series) > 0 and not np.isfinite(series.value[-1])


def _certainty(
    curve: ValidationCurve, ratio: float, smallest: float, noise: float | None, probability: float
) -> Certainty:
    n = len(curve.series)
    if ratio <= 1 + smallest:
        return "no rise"
    if curve.basis == "one minibatch" and (noise is None or noise > MOST_MINIBATCH_NOISE):
        return "within noise"
    if n >= FEW:
        return "clear" if probability >= SURE else "within noise"
    return (
        "few points"
        if probability >= SURE_OF_FEW or ratio - 1 > _BY_CHANCE[n] * ASSUMED_NOISE
        else "within noise"
    )


def _by_errors(curve: ValidationCurve, certainty: Certainty, best: int) -> Certainty:
    """Correct a certainty by the standard errors of the values, when the run has them."""
    errors, value = curve.series.standard_error, curve.series.value
    if errors is None or certainty == "no rise":
        return certainty
    error = float(np.hypot(errors[best], errors[-1]))
    if not error > 0:
        return certainty
    if value[-1] - value[best] < BEYOND_ERRORS * error:
        return "within noise"
    return "clear" if certainty == "few points" else certainty


def _over(value: float, reference: float) -> float:
    if reference > 0:
        return value / reference
    return 1.0 if value == reference else float("inf")
