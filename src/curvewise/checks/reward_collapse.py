"""The check `reward_collapse`."""

from __future__ import annotations

import msgspec
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from curvewise.derived.graded_reward import TRAINING_REWARD, graded_reward
from curvewise.derived.reward_gap import VALIDATION_REWARD, validation_reward
from curvewise.model.finding import Evidence, Finding
from curvewise.model.run import Run
from curvewise.model.series import FloatArray, Series
from curvewise.numbers import fixed
from curvewise.plugin import check
from curvewise.stats.intervals import inflation, memory_of_moves
from curvewise.stats.noise import scatter
from curvewise.stats.smoothing import median, row_medians

CERTAIN = 3.0
"""Standard errors that a fall must exceed: the highest of many levels is partly high by luck."""
MEDIAN_ERROR = 1.2533
"""Standard error of a median over that of a mean, for normal scatter: sqrt(pi / 2)."""

EVALUATIONS = 3
"""Evaluations in a median: the fewest of which one may be a dip."""
MEMORABLE = 30
"""Training steps from which their memory of each other is measured."""


class _Level(msgspec.Struct, frozen=True):
    metric: str
    name: str
    series: Series
    width: int
    step: int
    peak: float
    end: float
    lost: float
    noise: float

    @property
    def certain(self) -> bool:
        return self.peak - self.end > self.noise

    def words(self) -> str:
        return (
            f"{self.name} is {fixed(self.end)} at the end and was {fixed(self.peak)} around step "
            f"{self.step:,} (medians of {self.width:,} of {len(self.series):,} values)"
        )


@check(
    needs=((*TRAINING_REWARD[:2], *VALIDATION_REWARD),),
    uses=(*TRAINING_REWARD, *VALIDATION_REWARD),
    kinds=("rft",),
)
def reward_collapse(
    run: Run, *, watch: float = 0.10, limit: float = 0.25, min_evaluations: int = 6, min_steps: int = 15
) -> Finding:
    """Reward falls and does not come back.

    The policy has left the region in which it earned: too high a learning rate, too weak a hold on the
    reference model, or a hack that stopped to pay. The last checkpoint is then not the one to take.

    Single evaluations drop by 0.2 and come back when a tool or an environment failed for a moment, so
    levels are compared, not points: the median of the last values with the highest earlier median of
    as many, 3 for evaluations and a tenth of the steps for training. One dip leaves no trace in
    a median of 3. A fall counts when it is a large enough share of the peak level (or of the climb to
    it, if that is more), and larger than three standard errors of the difference as the neighbouring
    values scatter. From 30 training steps on it is allowed for that they remember
    each other. Training is judged on graded rollouts where these are known.

    Of 1,000 simulated runs with dips of 0.2 in a tenth of 10 to 30 evaluations it calls 1.7 %, and 2.0 % of
    those whose training reward wanders. It finds 77.5 % of lasting falls by 0.2 to 0.3 among such dips, and
    42.9 % of those by 0.1 to 0.2 (scripts/calibration/shapes.py).

    Parameters
    ----------
    watch
        Share of the peak that must be lost for a warning: a tenth.
    limit
        Share lost from which it is a problem: a quarter.
    min_evaluations
        Evaluations needed to judge validation: two medians of 3 that share none.
    min_steps
        Training steps needed to judge training.

    Examples
    --------
    >>> from curvewise.testing import make_run
    >>> rewards = [0.1, 0.3, 0.5, 0.7, 0.8, 0.8, 0.8, 0.3, 0.2, 0.2]
    >>> print(reward_collapse(make_run(every=10, full_valid_mean_reward=rewards)).summary)
    Validation reward is 0.200 at the end and was 0.800 around step 50 (medians of 3 of 10 values).
    """
    train, valid = graded_reward(run), validation_reward(run)
    levels = []
    if valid is not None and len(valid[1]) >= max(min_evaluations, 6):
        levels.append(_level(valid[0], "Validation reward", valid[1], EVALUATIONS))
    if train is not None and len(train.series) >= max(min_steps, 15):
        width = max(5, len(train.series) // 10)
        levels.append(_level(train.metric, "Training reward", train.series, width - 1 + width % 2))
    if not levels:
        steps = 0 if train is None else len(train.series)
        evaluations = 0 if valid is None else len(valid[1])
        return Finding.unknown(
            f"{evaluations:,} evaluations and {steps:,} training steps have a reward; {min_evaluations} or "
            f"{min_steps} are needed to tell a lasting fall from a dip."
        )
    evidence = [item for level in levels for item in _evidence(level)]
    lower = sorted((level for level in levels if level.lost >= watch), key=lambda level: -level.lost)
    fallen = [level for level in lower if level.certain]
    summary = _sentence(levels)
    if not fallen and len(lower) == len(levels) and lower[0].lost >= limit:
        return Finding.unknown(
            f"Single values scatter so much that a fall of up to {fixed(lower[0].noise)} may be chance; "
            "more rollouts a step, or more evaluations, would tell.",
            *evidence,
            summary=summary,
        )
    if not fallen:
        return Finding.ok(summary, *evidence)
    advice = (
        f"Take a checkpoint from around step {fallen[0].step:,}, before the fall; for another run lower the "
        "learning rate, or hold the policy closer to the reference model."
    )
    make = Finding.problem if fallen[0].lost >= limit else Finding.warning
    return make(_sentence(fallen), *evidence, advice=advice)


def _level(metric: str, name: str, series: Series, width: int) -> _Level:
    stride = max(1, width // 8)  # medians this close share most of their values
    medians = row_medians(sliding_window_view(series.value, width)[::stride])
    earlier = medians[: max(1, (len(series) - 2 * width) // stride + 1)]  # that share none with the end
    place = int(np.argmax(earlier))
    index = place * stride + width // 2
    peak, end = float(earlier[place]), median(series.value[-width:])
    scale = max(abs(peak), peak - float(medians[0]))
    return _Level(
        metric=metric,
        name=name,
        series=series,
        width=width,
        step=int(series.step[index]),
        peak=peak,
        end=end,
        lost=(peak - end) / scale if scale > 0 else 0.0,
        noise=CERTAIN * 2**0.5 * _error(series.value, width),
    )


def _error(values: FloatArray, width: int) -> float:
    """Standard error of a median of `width` values; training steps may remember each other.

    Their memory counts as far as it exceeds its own standard error, which is about 1 / sqrt(n).
    """
    n = len(values)
    r = max(memory_of_moves(values) - 1 / n**0.5, 0.0) if width > EVALUATIONS and n >= MEMORABLE else 0.0
    noise = (scatter(values) or 0.0) * (1.5 / (1.5 - 2 * r + r**2 / 2)) ** 0.5
    return float(MEDIAN_ERROR * noise * (inflation(width, r) / width) ** 0.5)


def _sentence(levels: list[_Level]) -> str:
    first, *others = (level.words() for level in levels)
    return "; ".join([first, *(f"{words[0].lower()}{words[1:]}" for words in others)]) + "."


def _evidence(level: _Level) -> tuple[Evidence, Evidence]:
    tail = Series(level.series.step[-level.width :], level.series.value[-level.width :])
    return (
        Evidence.at(level.metric, "highest level before", level.peak, level.step, points=level.width),
        Evidence.of(level.metric, "level at the end", level.end, tail, limit=level.peak - level.noise),
    )
