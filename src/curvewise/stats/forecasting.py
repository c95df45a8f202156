"""Forecasting: how far the best validation loss will still fall, from the tail of its curve."""

from __future__ import annotations

import msgspec
import numpy as np

from curvewise.model.series import FloatArray, IntArray
from curvewise.stats.forecasting_table import MODEL
from curvewise.stats.logistic import Logistic
from curvewise.stats.smoothing import median

FEWEST = 5
"""Evaluations below which no tail can be told from noise; the model was fitted on runs with 5 or more."""
WORTH = 0.01
"""Relative gain from which more training is worth it: below, checkpoints are of equal use."""
GAINS = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 0.6)
"""Relative gains whose chance of being exceeded is modelled, one row of the table each."""
TAIL = 0.08
"""Modelled chance beyond either end of a 90 % interval: of workloads that it has not seen the model takes too
many gains for possible, and 5 % would hold 93 %."""
FEATURES = ("quarter_fall", "most_fall", "half_drop", "late_drop", "step", "horizon")
_LOG_GAINS = np.log([*GAINS, 1.0])
_GRID = np.linspace(0.5, 1.0, 9)


class Tail(msgspec.Struct, frozen=True):
    """How a validation curve ends, on the logarithm of the loss, so that its unit does not count.

    Parameters
    ----------
    quarter_fall, most_fall
        Fall of the best value so far over the last quarter and the last three quarters of the training.
    half_drop, late_drop
        From the median of the third quarter of the training to that of the fourth; from the
        median over 70 to 85 % of it to that of the rest.
    step
        Typical change over a sixteenth of the training, up or down, in its last half.
    horizon
        Training ahead, in units of the training so far.
    """

    quarter_fall: float
    most_fall: float
    half_drop: float
    late_drop: float
    step: float
    horizon: float

    def features(self) -> FloatArray:
        """Return what the model is fitted on, shape (6,)."""
        return np.array(
            [
                np.log(self.quarter_fall + 3e-4),
                np.log(self.most_fall + 3e-4),
                np.arcsinh(self.half_drop / 0.01),
                np.arcsinh(self.late_drop / 0.01),
                np.log(self.step + 1e-4),
                np.log(self.horizon),
            ]
        )


def tail(step: IntArray, value: FloatArray, horizon: int) -> Tail:
    """Measure the tail of a validation curve.

    Parameters
    ----------
    step
        Steps of the evaluations, increasing, shape (n,), n from `FEWEST`.
    value
        Their losses, positive and finite, shape (n,).
    horizon
        Steps ahead, from 1.

    Examples
    --------
    >>> steps = np.arange(1, 11) * 100
    >>> end = tail(steps, 2.0 * (steps / 100.0) ** -0.5, horizon=1000)
    >>> round(end.quarter_fall, 2), end.horizon
    (0.14, 1.0)
    """
    at = step.astype(np.float64)
    origin = max(0.0, float(at[0]) - median(at[1:] - at[:-1]))
    elapsed = float(at[-1]) - origin
    done = (at - origin) / elapsed
    loss: FloatArray = np.log(value)
    best = np.minimum.accumulate(loss)
    return Tail(
        quarter_fall=float(np.interp(0.75, done, best) - best[-1]),
        most_fall=float(np.interp(0.25, done, best) - best[-1]),
        half_drop=_level(done, loss, 0.5, 0.75) - _level(done, loss, 0.75, 1.0),
        late_drop=_level(done, loss, 0.7, 0.85) - _level(done, loss, 0.85, 1.0),
        step=median(np.abs(np.diff(np.interp(_GRID, done, loss)))),
        horizon=horizon / elapsed,
    )


def _level(done: FloatArray, loss: FloatArray, begin: float, end: float) -> float:
    """Median of the values from `begin` to `end`; on the line between its neighbours when there is none."""
    inside = loss[done.searchsorted(begin - 1e-9) : done.searchsorted(end + 1e-9, side="right")]
    return median(inside) if len(inside) else float(np.interp((begin + end) / 2, done, loss))


class GainForecast(msgspec.Struct, frozen=True):
    """How probable each relative gain of the best validation loss is.

    Parameters
    ----------
    exceeded
        Chance that the gain exceeds each of `GAINS`, falling, shape (7,).
    """

    exceeded: FloatArray

    @property
    def worth(self) -> float:
        """Chance that the gain is at least `WORTH`."""
        return float(self.exceeded[GAINS.index(WORTH)])

    def quantile(self, share: float) -> float:
        """Return the gain below which the true one lies with a chance of `share`.

        Between `GAINS` the chance is taken as linear in the logarithm of the gain; a gain below the
        smallest of them counts as none.
        """
        if 1 - share >= self.exceeded[0]:
            return 0.0
        chance = np.concatenate([self.exceeded, [0.0]])  # no loss falls by more than all of itself
        return float(np.exp(np.interp(share - 1, -chance, _LOG_GAINS)))

    @property
    def interval(self) -> tuple[float, float]:
        """Ends of the gain that hold the true one in 90 % of cases."""
        return self.quantile(TAIL), self.quantile(1 - TAIL)


def forecast_gain(end: Tail, model: Logistic = MODEL) -> GainForecast:
    """Forecast the relative gain of the best validation loss over the horizon of a tail."""
    return GainForecast(in_order(model.each(end.features())))


def in_order(chance: FloatArray) -> FloatArray:
    """Make chances of exceeding `GAINS` fall with the gain, as they must; that of `WORTH` stays as it is.

    Examples
    --------
    >>> in_order(np.array([0.7, 0.95, 0.9, 0.5, 0.6, 0.1, 0.0]))
    array([0.95, 0.95, 0.9 , 0.5 , 0.5 , 0.1 , 0.  ])
    """
    middle = GAINS.index(WORTH)
    smaller = np.maximum.accumulate(chance[..., middle::-1], axis=-1)[..., ::-1]
    larger = np.minimum.accumulate(chance[..., middle:], axis=-1)
    return np.concatenate([smaller[..., :-1], larger], axis=-1)
