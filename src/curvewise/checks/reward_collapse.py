"""The check `reward_collapse`."""

from __future__ import annotations

import msgspec
import numpy as np

from curvewise.derived.graded_reward import TRAINING_REWARD, graded_reward
from curvewise.derived.reward_gap import VALIDATION_REWARD, validation_reward
from curvewise.model.finding import Evidence, Finding
from curvewise.model.run import Run
from curvewise.model.series import FloatArray, Series
from curvewise.numbers import fixed
from curvewise.plugin import check
from curvewise.stats.intervals import inflation, memory_of_bends
from curvewise.stats.moments import mean
from curvewise.stats.noise import clipped_scatter
from curvewise.stats.smoothing import median, row_medians, stretches

CERTAIN = 2.5
"""Standard errors that a fall must exceed: the highest of many levels is partly high by luck."""
MEDIAN_ERROR = 1.2533
"""Standard error of a median over that of a mean, for normal scatter: sqrt(pi / 2)."""
SWING = 1.5
"""Times the largest other rise or fall of the level that a fall must exceed: a wandering level has many."""
APART = 0.5
"""Share of the peak level whose loss is certain when no value at the end reaches one at the peak."""
NEVER = float("inf")
OF_EVALUATIONS, OF_FEW_STEPS, OF_STEPS = (0.0, 1.8), (NEVER, 0.5), (0.0, NEVER)
"""Ranges of the values at the peak or at the end by which both lie apart where a fall is certain: one by
`APART`, and a smaller one, which must exceed the other swings too."""
FLOOR = 0.65
"""Share lost from which no change of the prompts is taken for the cause."""
SUDDEN = 0.7
"""Share of a fall that comes at once where it is a jump."""
SPANS, MOST = (3, 5, 8, 13, 21, 34, 55, 89, 144, 233), 400
"""Values over which a fall may slide, of so many means at most."""
BETTER = 8.0
"""F by which a slope has to fit better than a jump: of 150 jumps noise brings 0 to 7 % there."""
FEW_REMEMBER, FEW = 0.4, 15
"""Correlation from step to step that is taken for granted of so few steps, and less the more there are."""
FEWEST = 3
"""Evaluations, or few steps, in a median: the fewest of which one may be a dip."""
TENTH, QUARTER = 10, 4
"""The part of the steps that a level rests on; a sparse reward needs more: most of its values are alike."""


class _Level(msgspec.Struct, frozen=True):
    metric: str
    name: str
    series: Series
    width: int
    of: str
    start: int
    peak: float
    end: float
    lost: float
    noise: float
    certain: bool

    @property
    def step(self) -> int:
        """The step in the middle of the values at the peak."""
        return int(self.series.step[self.start + self.width // 2])

    @property
    def may_be_harder(self) -> bool:
        """Whether harder prompts may be the cause: they leave more than a constant, and not all is lost."""
        end = self.series.value[-self.width :]
        return self.lost < FLOOR and bool(end.min() < end.max())

    def words(self) -> str:
        return (
            f"{self.name} is {fixed(self.end)} at the end and was {fixed(self.peak)} around step "
            f"{self.step:,} ({self.of} of {self.width:,} of {len(self.series):,} values)"
        )


@check(
    needs=((*TRAINING_REWARD[:2], *VALIDATION_REWARD),),
    uses=(*TRAINING_REWARD, *VALIDATION_REWARD),
    kinds=("rft",),
    turns={"learning_rate": "down", "beta": "up"},
)
def reward_collapse(
    run: Run, *, watch: float = 0.10, limit: float = 0.25, min_evaluations: int = 6, min_steps: int = 6
) -> Finding:
    """Reward falls and does not come back.

    The policy has left the region in which it earned: too high a learning rate, too weak a hold on the
    reference model, or a hack that stopped to pay. The last checkpoint is then not the one to take.

    Single evaluations drop by 0.2 and come back when a tool or an environment failed for a moment, so
    levels are compared, not points: the median of the last values with the highest earlier median of
    as many, 3 for evaluations and for fewer than 15 steps, else a tenth of the steps. One dip leaves no
    trace in a median of 3. Of a sparse training reward, most of whose values are the same lowest one, means
    over a quarter of the steps are compared. A fall counts when
    it is a large enough share of the peak level (or of the climb to it, if that is more), larger than
    the scatter of neighbouring values explains, correlated as they are, and larger than the other swings
    of the level. Values far below every value at the peak need no such proof.

    Training is judged on graded rollouts where these are known. A training reward that falls while
    validation holds shows harder prompts and no collapse; without validation, one that drops at a single
    step and falls no further cannot be told from them, unless most of it is lost or nothing but a constant is
    left: a slope over several steps has to fit clearly better than a jump.

    Of 1,000 simulated runs with dips of 0.2 in a tenth of 10 to 30 evaluations it calls 0.2 %, of
    those whose training reward wanders 0.0 %, also over 6 to 14 steps, of sparse rewards 0.6 %, and with
    harder prompts from the middle on 1.4 %. It finds 64.6 % of lasting falls by 0.2 to 0.3 among such dips,
    27.3 % of those by 0.1 to 0.2, 99.6 % of training rewards that lose most of what they had, 76.2 % of
    sparse ones that do, and 63.2 % of those that lose half or more within 6 to 14 steps
    (scripts/calibration/shapes.py).

    Parameters
    ----------
    watch
        Share of the peak that must be lost for a warning: a tenth.
    limit
        Share lost from which it is a problem: a quarter.
    min_evaluations
        Evaluations needed to judge validation: two medians of 3 that share none.
    min_steps
        Training steps needed to judge training: two medians of 3.

    Examples
    --------
    >>> from curvewise.testing import make_run
    >>> rewards = [0.1, 0.3, 0.5, 0.7, 0.8, 0.8, 0.8, 0.3, 0.2, 0.2]
    >>> print(reward_collapse(make_run(every=10, full_valid_mean_reward=rewards)).summary)
    Validation reward is 0.200 at the end and was 0.800 around step 50 (medians of 3 of 10 values).
    """
    train, valid = graded_reward(run), validation_reward(run)
    validated = None
    if valid is not None and len(valid[1]) >= max(min_evaluations, 6):
        validated = _level(valid[0], "Validation reward", valid[1], FEWEST, OF_EVALUATIONS)
    levels = [] if validated is None else [validated]
    if train is not None and len(train.series) >= max(min_steps, 6):
        levels.append(_of_training(train.metric, train.series))
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
    if validated is not None and validated.lost < watch / 2:
        return Finding.ok(
            f"{summary[:-1]}: validation holds, so the training prompts became harder.", *evidence
        )
    if validated is None and fallen[0].may_be_harder and (step := _sudden_step(fallen[0])) is not None:
        return Finding.unknown(
            f"It drops at step {step:,} at once and falls no further: either the policy changed there, or "
            "the prompts from there on are harder. A validation reward would tell.",
            *evidence,
            summary=summary,
        )
    advice = (
        f"Take a checkpoint from around step {fallen[0].step:,}, before the fall; for another run lower the "
        "learning rate, or hold the policy closer to the reference model."
    )
    make = Finding.problem if fallen[0].lost >= limit else Finding.warning
    return make(_sentence(fallen), *evidence, advice=advice)


def _of_training(metric: str, series: Series) -> _Level:
    """Compare levels over a tenth of the steps, or means over a quarter where most rewards are the lowest."""
    name, values, n = "Training reward", series.value, len(series)
    memory = FEW_REMEMBER * min(1.0, FEW / n)
    if n < FEW:
        return _level(metric, name, series, FEWEST, OF_FEW_STEPS, memory)
    sparse = bool(2 * np.count_nonzero(values == values.min()) > n)
    width = max(5, n // (QUARTER if sparse else TENTH))
    return _level(metric, name, series, width - 1 + width % 2, OF_STEPS, memory, sparse)


def _level(
    metric: str,
    name: str,
    series: Series,
    width: int,
    far: tuple[float, float],
    memory: float = 0.0,
    sparse: bool = False,
) -> _Level:
    values, n = series.value, len(series)
    stride = max(1, width // 8)  # windows this close share most of their values
    windows = stretches(values, width)[::stride]
    levels = windows.mean(axis=1) if sparse else row_medians(windows)
    earlier = levels[: max(1, (n - 2 * width) // stride + 1)]  # that share none with the end
    place, tail = int(earlier.argmax()), values[-width:]
    peak, end = float(earlier[place]), mean(tail) if sparse else median(tail)
    fall = min(peak - end, mean(windows[place]) - mean(tail))  # of rewards that jump a median may be luck
    scale = max(abs(peak), peak - float(levels[0]))
    lost = fall / scale if scale > 0 else 0.0
    swing = SWING * _other_swings(levels, place)
    error = _error(values, width, memory) * (1.0 if sparse else MEDIAN_ERROR)
    noise = max(CERTAIN * 2**0.5 * error, swing)
    apart = _margin(windows[place], tail)
    return _Level(
        metric=metric,
        name=name,
        series=series,
        width=width,
        of="means" if sparse else "medians",
        start=place * stride,
        peak=peak,
        end=end,
        lost=lost,
        noise=noise,
        certain=fall > noise or (lost >= APART and apart > far[0]) or (fall > swing and apart > far[1]),
    )


def _error(values: FloatArray, width: int, memory: float) -> float:
    """Standard error of a mean of `width` values, which may remember each other."""
    r = max(memory_of_bends(values), memory)
    noise = (clipped_scatter(values) or 0.0) * (1.5 / (1.5 - 2 * r + r**2 / 2)) ** 0.5
    return float(noise * (inflation(width, r) / width) ** 0.5)


def _margin(peak: FloatArray, end: FloatArray) -> float:
    """Distance between the values at the peak and at the end, over the larger range of the two."""
    low, high = float(peak.min()), float(end.max())
    return (low - high) / max(float(peak.max()) - low, high - float(end.min()), 1e-12)


def _other_swings(levels: FloatArray, peak: int) -> float:
    """Largest fall of a level before the peak, and largest rise after it."""
    before, after = levels[: peak + 1], levels[peak:]
    fall = (np.maximum.accumulate(before) - before).max()
    return float(max(fall, (after - np.minimum.accumulate(after)).max()))


def _sudden_step(level: _Level) -> int | None:
    """Return the step of a fall between two values that carries all of it, or None where it goes on."""
    values, width = level.series.value[level.start :], level.width
    n = len(values)
    if n < 2 * width:
        return None
    sums = np.concatenate([[0.0], np.cumsum(values)])
    at = np.arange(width // 2, n - width + 1)
    fallen = sums[at] / at - (sums[n] - sums[at]) / (n - at)
    place = int(at[np.argmax(fallen * np.sqrt(at * (n - at)))])
    size = mean(values[:place]) - mean(values[place:])
    later = median(values[place : place + width]) - median(values[-width:])
    if later > max(level.noise / 2, (1 - SUDDEN) * size) or _slides(values, place):
        return None
    return int(level.series.step[level.start + place])


def _slides(values: FloatArray, place: int) -> bool:
    """Whether a slope around a place fits clearly better than a jump there, by an F test."""
    block = -(-len(values) // MOST)
    values, place = values[: len(values) // block * block].reshape(-1, block).mean(axis=1), place // block
    n = len(values)
    time = np.arange(n) - place + 0.5
    spans = [span for span in SPANS if span <= n]
    centres = [(span, shift) for span in spans for shift in np.linspace(-span / 4, span / 4, 5)]
    slopes = np.array([np.clip((time - shift) / span + 0.5, 0.0, 1.0) for span, shift in centres])
    left = _unexplained(values, slopes).min(initial=np.inf)
    jump = float(_unexplained(values, (time > 0)[None].astype(np.float64))[0])
    return bool(jump - left > BETTER * left / max(n - 4, 1))


def _unexplained(values: FloatArray, shapes: FloatArray) -> FloatArray:
    """Return the sum of squares that the best multiple of each shape leaves of the values."""
    centred, shapes = values - mean(values), shapes - shapes.mean(axis=1, keepdims=True)
    squares = np.maximum((shapes**2).sum(axis=1), 1e-300)
    return np.asarray(centred @ centred - (shapes @ centred) ** 2 / squares)


def _sentence(levels: list[_Level]) -> str:
    first, *others = (level.words() for level in levels)
    return "; ".join([first, *(f"{words[0].lower()}{words[1:]}" for words in others)]) + "."


def _evidence(level: _Level) -> tuple[Evidence, Evidence]:
    tail = Series(level.series.step[-level.width :], level.series.value[-level.width :])
    return (
        Evidence.at(level.metric, "highest level before", level.peak, level.step, points=level.width),
        Evidence.of(level.metric, "level at the end", level.end, tail, limit=level.peak - level.noise),
    )
