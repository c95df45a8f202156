"""The check `oscillating_validation_loss`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from curvewise.derived.task_metric import TaskMetric, task_metric
from curvewise.derived.validation import VALIDATION, ValidationCurve, validation_curves
from curvewise.model.finding import Evidence, Finding
from curvewise.model.run import Run
from curvewise.model.series import FloatArray
from curvewise.numbers import percent
from curvewise.plugin import check
from curvewise.stats.smoothing import median
from curvewise.stats.swings import LEAST, highest_by_chance, mean_swing, swing_of_noise


class _Swings(NamedTuple):
    """How far the evaluations that were looked at go to and fro, and what noise of the usual size does."""

    curve: ValidationCurve
    every: int
    value: FloatArray
    swing: float
    smallest: float

    @property
    def turns(self) -> int:
        """How often they turn."""
        moves = np.sign(self.value[1:] - self.value[:-1])
        moves = moves[moves != 0]
        return int(np.count_nonzero(moves[1:] != moves[:-1]))

    @property
    def possible(self) -> int:
        """How often they could."""
        return max(1, len(self.value) - 2)

    @property
    def certain(self) -> bool:
        """Whether they swing further than noise does, and turn as often as swings do."""
        return self.swing > self.smallest and self.turns >= self.possible / 2


MOST_BY_CHANCE = 1.9
"""Times the swings of noise of 10 % that those of thinned evaluations exceed: the highest of several swings
more by chance. What chance does to as few as 6 would hide swings that come twice."""
WORDS = {1: "", 2: ", of every second one", 3: ", of every third one"}
"""What to say of the evaluations that were looked at."""


@check(needs=(VALIDATION,), kinds=("sft", "dpo"), turns={"batch_size": "up", "learning_rate": "down"})
def oscillating_validation_loss(
    run: Run, *, max_noise: float = 0.1, usual_noise: float = 0.05, max_minibatch_noise: float = 0.5
) -> Finding:
    """Validation loss goes up and down from one evaluation to the next.

    A full pass over one validation set changes only because the model changes. When it jumps to and fro, the
    updates contradict each other: the batches are small, the learning rate is high for them, or the data
    are inconsistent. The lowest of such values is partly luck, so the choice of a checkpoint is uncertain.

    Judged is how far the loss goes one way and back again on average, the largest swing left out, relative
    to the median loss. A steep fall, a jump and one wild value make no swings. It has to be larger than
    independent noise of 10 % makes on average, and than noise of the usual size makes once in 20 in so few
    evaluations; at least half of the possible turns must be there. So are every second evaluation, every
    third and so on, while 6 are left, which shows swings that take several each way. Single minibatches
    differ because their examples differ; only a scatter that makes them useless is named, and of anything
    less nothing can be said. Of several evaluation sets the noisiest is judged. Where a metric of the task is
    steady at the same evaluations, the updates do not contradict each other: checkpoints are chosen by that
    metric.

    Of 1,000 simulated smooth courses of 6 to 40 evaluations with noise of 0.5 to 4 % it calls 0.1 %, and
    5.5 % of those with a steep fall and one jump or wild value; it finds 100.0 % of alternations by 15 to
    30 % and 89.8 % of courses with as much white noise (scripts/calibration/shapes.py).

    Parameters
    ----------
    max_noise
        Largest relative noise of full passes or rotation means that is not called oscillating. Checkpoints
        that differ in earnest often differ by a tenth.
    usual_noise
        Relative noise that is normal; 95 % of 1,664 AlgoPerf training runs scatter by less than 5 %.
    max_minibatch_noise
        Relative noise of single minibatches above which they are of no use.

    Examples
    --------
    >>> from curvewise.testing import make_run
    >>> print(oscillating_validation_loss(make_run(full_valid_loss=[1.0, 1.5] * 5)).summary)
    Validation loss swings by 40 % to and fro between evaluations, and turns 8 of 8 times (10
    full-pass evaluations).
    """
    judged = [
        swings
        for curve in validation_curves(run).values()
        for swings in _swings(curve, max_noise, usual_noise)
    ]
    if not judged:
        return Finding.unknown(
            f"How much a validation loss above zero scatters can be told from {LEAST} evaluations on."
        )
    worst = max(judged, key=lambda one: (one.certain, one.swing / one.smallest))
    curve, swing, turns = worst.curve, worst.swing, worst.turns
    name = curve.metric.partition("/")[2]
    where = f" on the set {name!r}" if name else ""
    of = WORDS.get(worst.every, f", of every {worst.every}th one")
    text = (
        f"Validation loss{where} swings by {percent(swing)} to and fro between evaluations{of}, and turns "
        f"{turns:,} of {worst.possible:,} times ({curve.words()})."
    )
    minibatch = curve.basis == "one minibatch"
    limit = max_minibatch_noise * swing_of_noise(len(worst.value)) if minibatch else worst.smallest
    evidence = (
        Evidence.of(curve.metric, "mean swing, relative", swing, curve.series, limit=limit),
        Evidence.of(curve.metric, "turns, of those possible", turns / worst.possible, curve.series),
    )
    if not worst.certain:
        return Finding.ok(text, *evidence)
    task = task_metric(run)
    if task is not None and _is_steady(task, len(curve.series), max_noise):
        return Finding.ok(f"{text} {task.called(run)} does not swing with it.", *evidence)
    if not minibatch:
        return Finding.warning(
            text,
            *evidence,
            advice="Take a larger batch or a lower learning rate, and look for examples that contradict each "
            "other.",
        )
    if swing <= limit:
        reason = (
            "Single minibatches scatter by which examples they hold. Full passes over the set would tell."
        )
        return Finding.unknown(reason, *evidence, summary=text)
    return Finding.warning(
        f"{text} Nothing can be read from values so far apart.",
        *evidence,
        advice="Evaluate on full passes over the validation set; look at the examples of the highest and the "
        "lowest minibatch for wrong labels or other formats; take a larger batch.",
    )


def _is_steady(task: TaskMetric, evaluations: int, most: float) -> bool:
    """Whether a metric of the task, measured as often as the loss, never falls far behind its best."""
    merit, level = task.sign * task.series.value, abs(median(task.series.value))
    behind = merit - np.minimum.accumulate(merit)
    return len(merit) == evaluations and level > 0 and float(behind.max()) <= most * level


def _swings(curve: ValidationCurve, max_noise: float, usual_noise: float) -> Iterator[_Swings]:
    """Yield the swings of every value, of every second one and so on, while enough are left."""
    value, level = curve.series.value, abs(median(curve.series.value))
    for every in range(1, len(value) // LEAST + 1) if level > 0 else ():
        thinned = value[every - 1 :: every]
        n = len(thinned)
        usual, beyond = (usual_noise, np.inf) if every == 1 else (max_noise, MOST_BY_CHANCE)
        yield _Swings(
            curve=curve,
            every=every,
            value=thinned,
            swing=(mean_swing(thinned) or 0.0) / level,
            smallest=max(max_noise, usual * min(highest_by_chance(n), beyond)) * swing_of_noise(n),
        )
