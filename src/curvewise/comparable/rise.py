"""The rise of a validation loss after its best value, and whether chance could have made it."""

from __future__ import annotations

from typing import Literal

import msgspec
import numpy as np

from curvewise.comparable.validation import ValidationCurve
from curvewise.stats.noise import noise_level
from curvewise.stats.trend import critical_score, late_rise

Certainty = Literal["clear", "few points", "within noise", "no rise"]

GUIDE = 1.2
"""The guide: a final validation loss of more than 1.2 times the best means overfit."""
FEW = 6
"""Below this many evaluations their scatter cannot be measured."""
ASSUMED_NOISE = 0.04
"""Relative noise that is assumed when it cannot be measured. An assumption on the safe side: of 1,664
AlgoPerf training runs half scatter by less than 0.4 % and 90 % by less than 1.7 %, but 5 % by more than 5 %,
and full passes over a small evaluation set were seen to scatter by 10 %."""
CONTRAST = 4.5
"""Standard errors between the smoothed end and the smoothed best that make a rise clear; simulated series
of 6 to 32 values without a trend exceed it together with `smallest` in 1 to 4 % of cases."""
LEAST_NOISE = 0.01
"""Relative noise below which a measured noise is not believed: a few values can lie on a line by chance."""
MOST_MINIBATCH_NOISE = 0.25
"""Relative noise of single minibatches beyond which no rise is called: the batches differ by more than
checkpoints do, and an uneven rotation of easy and hard ones looks like a trend."""
_BY_CHANCE = {2: 2.8, 3: 3.1, 4: 3.3, 5: 3.4}
"""Last value minus the lowest before, in standard deviations, that chance exceeds once in 40, by number."""


class Rise(msgspec.Struct, frozen=True, kw_only=True):
    """How the end of a validation loss compares with its best.

    Parameters
    ----------
    curve
        The validation loss.
    best_step, best
        Step and value of the lowest value.
    final
        The last value.
    ratio
        The guide's figure: `final` / `best` as they are. Infinite when only the best is 0.
    level
        The same between averages over `width` evaluations, so that a lucky best or an unlucky end
        does not make a rise.
    width
        Evaluations averaged for `level`.
    noise
        Relative noise of one value; None when there are too few to measure it.
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
    level: float
    width: int
    noise: float | None
    certainty: Certainty

    @property
    def rising(self) -> bool:
        """Whether the rise is one to act on."""
        return self.certainty in ("clear", "few points")


def validation_rise(curve: ValidationCurve, *, smallest: float = 0.04) -> Rise | None:
    """Judge the rise of a validation loss after its best value.

    With 6 values or more the smoothed end has to be higher than the smoothed best by `smallest`, and
    either the trend of the last stretch stronger than chance makes it in 2 % of series without any
    (see `trend.late_rise`), or the end 4.5 standard errors above the best with both of the last two
    values up. With 2 to 5 values the end has to exceed the best by what chance exceeds once in 40,
    taking each value to have a relative noise of 4 % (with 4 or 5, a rise through all of the last 4
    counts as well). Single minibatches that scatter by more than a quarter never show a clear rise.

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
    width = 1 if n < FEW else max(2, n // 8)
    means = np.convolve(value, np.full(width, 1 / width), "valid")
    level = _over(float(means[-1]), float(means.min()))
    noise = noise_level(value)
    typical = float(np.median(value))
    relative_noise = None if noise is None else (noise / typical if typical else float("inf"))
    return Rise(
        curve=curve,
        best_step=int(curve.series.step[index]),
        best=best,
        final=final,
        ratio=_over(final, best),
        level=level,
        width=width,
        noise=relative_noise,
        certainty=_certainty(curve, level, float(means.min()), smallest, relative_noise, width),
    )


def _certainty(
    curve: ValidationCurve, level: float, lowest: float, smallest: float, noise: float | None, width: int
) -> Certainty:
    value = curve.series.value
    n = len(value)
    if int(np.argmin(value)) == n - 1 or level < 1 + smallest:
        return "no rise"
    trending = late_rise(value)[1] >= critical_score(n)
    if noise is not None:
        if curve.basis == "one minibatch" and noise > MOST_MINIBATCH_NOISE:
            return "within noise"
        error = max(noise, LEAST_NOISE) * np.sqrt(2 / width)
        up = float(value[-2:].min()) > lowest * (1 + smallest)
        return "clear" if trending or (up and level - 1 > CONTRAST * error) else "within noise"
    if curve.basis == "one minibatch":
        return "within noise"
    beyond_assumed = level - 1 > _BY_CHANCE[n] * ASSUMED_NOISE
    return "few points" if trending or beyond_assumed else "within noise"


def _over(value: float, reference: float) -> float:
    if reference > 0:
        return min(value / reference, float("inf")) if value < reference * 1e300 else float("inf")
    return 1.0 if value == reference else float("inf")
