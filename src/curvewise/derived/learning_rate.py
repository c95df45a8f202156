"""What the training loss tells of the learning rate."""

from __future__ import annotations

import msgspec

from curvewise.derived.memo import once_per_run
from curvewise.derived.validation import VALIDATION, validation_curve
from curvewise.model.finding import Evidence
from curvewise.model.run import Run
from curvewise.model.series import Series
from curvewise.numbers import percent
from curvewise.stats.learning_rate import CurveShape, curve_shape
from curvewise.stats.learning_rate_table import MODEL
from curvewise.stats.moments import mean, variance
from curvewise.stats.noise import scatter
from curvewise.stats.smoothing import median, running_mean

USES = VALIDATION
"""Metrics that are read beside the training loss."""
CLIMB, NO_FALL, MANY = 1.1, 0.001, 20
"""Highest level over the start from which a loss climbs that never falls below its start by this share in as
many values: of so many, noise puts the first one lowest once in twenty times."""
TOO_NOISY, TOO_NOISY_PASSES = 0.1, 0.2
"""Scatter of a level, as a share of the whole fall, beyond which the shape of the curve is lost. Means over
as much data as an evaluation scatter by what training does; of them, a fall that is all scatter is none."""


BURST, EARLY, SOME = 4.0, 0.25, 5
"""Times its first value, or the median of all, from which on a training loss has burst, in the mean of so
many values within this share of the run. Log-normal noise of 50 % brings none of 2,000 losses there; measured
from the first value alone it brings 2 to 9 %."""
FAR, LARGEST = 1e6, 1e150
"""Times its first value beyond which a loss is cut, and the largest one whose square is finite."""
FEW_TO_AVERAGE, LUCK = 3, 3.5
"""Values of a mean, and standard errors by which the last one lies above the lowest of four by luck."""
HIGHER, SURE, STRETCHES = 1.15, 3.0, ((0.1, 0.25), (0.2, 0.35))
"""Times its first values from which on a training loss has climbed, in the mean over a stretch, and standard
errors by which it has to. Of 110 small healthy trainings none has; of 90 with a rate that was six times too
high or more, four of ten."""
WORTH, FEWEST, ENOUGH = 0.1, 8, 10
"""First loss in nats below which a multiple says nothing, and losses that show a burst, and a climb."""


class LearningRate(msgspec.Struct, frozen=True, kw_only=True):
    """How probable each verdict on the learning rate is.

    Parameters
    ----------
    series
        The logged training loss, NaN and infinity among them.
    sampled
        Whether its values come from a few minibatches each; else they cover as much as an evaluation.
    shape
        Of the training curve.
    low, fine, high
        Probabilities; they add up to one.
    """

    series: Series
    sampled: bool
    shape: CurveShape
    low: float
    fine: float
    high: float

    @property
    def diverged(self) -> bool:
        """Whether the loss ends in NaN or infinity, or about as far above its lowest level as its start."""
        shape = self.shape
        if shape.broken or shape.risen < 1.0:
            return shape.broken
        climbs = (shape.top >= 2.0 and not self._spiked) or (
            shape.top >= CLIMB and shape.taken < NO_FALL and len(self.series) >= MANY
        )
        return (climbs or not self.noisy) and not (self.sampled and self._is_luck)

    @property
    def burst(self) -> tuple[float, float, int] | None:
        """First and highest loss of one that burst within the first steps, and the step of the highest."""
        series = self.series.finite()
        value = series.value
        if len(value) < FEWEST or value.max() < BURST * max(float(value[0]), WORTH):
            return None
        usual = median(value) if self.sampled else 0.0  # a first batch may have been an easy one
        first = max(float(value[0]), usual)
        early = value[: max(FEWEST // 2, int(EARLY * len(value)))]
        if first < WORTH or running_mean(early[1:], SOME).max() < BURST * first:
            return None
        at = int(early.argmax())
        return first, float(early[at]), int(series.step[at])

    @property
    def climb(self) -> tuple[float, float, int] | None:
        """First level of a loss, the higher one that it climbed to soon after, and the last step of that."""
        series = self.series.finite()
        value, count = series.value, len(series)
        if count < ENOUGH:
            return None
        begun = value[: max(2, count // 30)]
        first = mean(begun)
        for since, until in STRETCHES if first >= WORTH else ():
            later = value[int(since * count) : int(until * count) + 1]
            high = mean(later)
            if high < HIGHER * first:
                continue
            error = (scatter(value) or 0.0) * (1 / len(begun) + 1 / len(later)) ** 0.5
            if high - first >= SURE * error:
                return first, high, int(series.step[int(until * count)])
        return None

    @property
    def _is_luck(self) -> bool:
        """Whether the end lies above the lowest quarter by no more than single values scatter."""
        value = self.series.finite().value
        most = min(FAR * abs(float(value[0])), LARGEST)
        value = value.clip(-most, most)
        width = max(FEW_TO_AVERAGE, len(value) // 4)
        if median(value[-width:]) >= BURST * abs(median(value[:FEW_TO_AVERAGE])):
            return False
        stretches = [value[at : at + width] for at in range(0, len(value) - width + 1, width)]
        low, end = min(stretches, key=mean, default=value), value[-width:]
        error = ((variance(low) + variance(end)) / width) ** 0.5
        return bool(mean(end) - mean(low) <= LUCK * error)

    @property
    def _spiked(self) -> bool:
        """Whether a single value alone lies at twice the first one or higher."""
        values = self.series.finite().value
        return len(values) > 0 and int((values >= 2.0 * values[0]).sum()) < 2

    @property
    def noisy(self) -> bool:
        """Whether the values scatter too much, against their fall, for the curve to have a shape."""
        return self.shape.noise > (TOO_NOISY if self.sampled else TOO_NOISY_PASSES)

    def obstacle(self, min_values: int) -> str | None:
        """Say why the shape of the curve tells nothing, or None when it does."""
        if len(self.series) < min_values:
            return f"{self.words()}; {min_values} are needed to see the shape of the curve."
        if self.noisy:
            return (
                f"Training loss scatters too much against its fall ({self.words()}): averages over "
                f"stretches still vary by {percent(self.shape.noise)} of the fall. A longer log, or a loss "
                "averaged over more steps, would tell."
            )
        return None

    def rather_high(self, min_values: int) -> bool:
        """Whether the shape of the curve speaks for a rate that is too high more than for any other."""
        shaped = self.obstacle(min_values) is None and self.high > max(self.low, self.fine)
        return self.diverged or self.burst is not None or shaped

    def words(self) -> str:
        """On what it rests, such as ``200 values of minibatches``."""
        return f"{len(self.series):,} training values{' of minibatches' if self.sampled else ''}"

    def evidence(self, label: str, value: float, limit: float | None = None) -> Evidence:
        """One number of the shape."""
        return Evidence.of("train_loss", label, value, self.series, limit=limit)


@once_per_run
def learning_rate(run: Run) -> LearningRate | None:
    """Judge the learning rate by the shape of the training loss.

    A training loss that is logged at most twice as often as full-pass evaluations, and at most twice an epoch
    where epochs are known, is taken as one over as much data; of any other the scatter of single minibatches
    is allowed for.

    Returns
    -------
    LearningRate or None
        None with fewer than 5 training values, when none is finite, or when the loss starts at zero.

    Examples
    --------
    >>> from curvewise.testing import make_run
    >>> found = learning_rate(make_run(train_loss=[2.0 - 0.01 * i for i in range(60)]))
    >>> found.low > 0.5, found.sampled
    (True, True)
    """
    series = run.get("train_loss")
    if series is None:
        return None
    curve = validation_curve(run)
    passes = 0 if curve is None or curve.weak else len(curve.series)
    epochs = run.epoch_at(series.last_step) if len(series) else None
    sampled = len(series) > 2 * passes or (epochs is not None and len(series) > 2 * epochs)
    shape = curve_shape(series.value, sampled=sampled)
    if shape is None:
        return None
    low, fine, high = MODEL.one_of(shape.features()).tolist()
    return LearningRate(series=series, sampled=sampled, shape=shape, low=low, fine=fine, high=high)
