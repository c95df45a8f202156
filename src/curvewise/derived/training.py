"""The course of the training loss: where it starts, gets to and ends, each a median over a stretch."""

from __future__ import annotations

import msgspec
import numpy as np

from curvewise.derived.losses import finite_series
from curvewise.derived.memo import once_per_run
from curvewise.model.run import Run
from curvewise.model.series import Series
from curvewise.stats.moments import mean
from curvewise.stats.noise import noise_level
from curvewise.stats.smoothing import row_medians, stretches
from curvewise.stats.trend import critical_score, late_rise

SHARE = 0.1
"""Share of the training values in each stretch."""
LEAST = 3
"""Fewest values in a stretch, when the run has three times as many."""
FEWEST = 8
"""Training values below which a rise cannot be told from noise with any certainty."""
CONTRAST = 4.0
"""Standard errors of the difference of two stretches that a rise must exceed."""
CRUMB = 0.05
"""Share of the starting loss that a rise must have: a loss of nearly zero may double without meaning."""
FEW, STEEP = 20, 3.0
"""Values up to which a rise to so many times the lowest level hides in its own noise."""
_MOST_WINDOWS = 40


class TrainingCourse(msgspec.Struct, frozen=True, kw_only=True):
    """Medians of the training loss over stretches of `width` values.

    Parameters
    ----------
    series
        The finite training loss.
    smooth
        The running medians; each stands at the last step of its stretch.
    width
        Values in each stretch.
    start, low, final
        Median over the first stretch, the lowest and the last.
    low_step
        Last step of the lowest stretch.
    noise
        Standard deviation of one value about the course up to the lowest stretch, when there are
        enough values before it, else of all; None with fewer than 6 values.
    """

    series: Series
    smooth: Series
    width: int
    start: float
    low: float
    final: float
    low_step: int
    noise: float | None

    @property
    def error(self) -> float | None:
        """Standard error of the median of one stretch, pi / 2 times the variance of a mean."""
        return None if self.noise is None else self.noise * float(np.sqrt(np.pi / 2 / self.width))

    def words(self) -> str:
        """On what the levels rest, such as ``medians over 10 of 100 values``."""
        n = len(self.series)
        values = f"{n:,} value{'' if n == 1 else 's'}"
        return f"medians over {self.width:,} of {values}" if self.width > 1 else values

    def risen(self, smallest: float) -> bool | None:
        """Whether the end lies above the lowest stretch by a share `smallest` of it, beyond noise.

        Beyond noise: by four standard errors, by rank more than chance makes it in 2 % of series
        without a trend (see `trend.late_rise`), and by a twentieth of the starting loss. Few values do not
        tell their noise apart from a steep rise: an end above all values before it, and far above the lowest,
        counts as well. None with fewer than 8 values.
        """
        error = self.error
        if len(self.series) < FEWEST or error is None:
            return None
        if self._ends_on_top():
            return True
        rise = self.final - self.low
        if rise <= max(smallest * abs(self.low), CRUMB * abs(self.start), CONTRAST * error * 2**0.5):
            return False
        return late_rise(self.series.value)[1] >= critical_score(len(self.series))

    def _ends_on_top(self) -> bool:
        """Whether the last two of few values lie above all others, and `STEEP` times above the lowest."""
        before, end = self.series.value[:-2], self.series.value[-2:]
        if len(before) > FEW or self.low <= 0 or mean(end) < STEEP * self.low:
            return False
        return bool(end.min() > before.max())


@once_per_run
def training_course(run: Run) -> TrainingCourse | None:
    """Return the course of the training loss; None when the run has no finite training loss."""
    series = finite_series(run, "train_loss")
    n = len(series)
    if not n:
        return None
    width = max(min(LEAST, n // 3), int(n * SHARE), 1)
    smooth = _running(series, width)
    low = int(smooth.value.argmin())
    return TrainingCourse(
        series=series,
        smooth=smooth,
        width=width,
        start=float(smooth.value[0]),
        low=float(smooth.value[low]),
        final=float(smooth.value[-1]),
        low_step=int(smooth.step[low]),
        noise=_noise_before(series, int(smooth.step[low]), 3 * width),
    )


def _noise_before(series: Series, step: int, least: int) -> float | None:
    before = series.between(None, step).value
    return noise_level(before[-least:] if len(before) >= least else series.value)


def _running(series: Series, width: int) -> Series:
    """Return running medians, both ends among them; on long logs only about 40 of them."""
    windows = stretches(series.value, width)
    every = max(1, len(windows) // _MOST_WINDOWS)
    picked = slice((len(windows) - 1) % every, None, every)
    step, medians = series.step[width - 1 :][picked], row_medians(windows[picked])
    if picked.start:
        step = np.concatenate([series.step[width - 1 : width], step])
        medians = np.concatenate([row_medians(windows[:1]), medians])
    return Series(step, medians)
