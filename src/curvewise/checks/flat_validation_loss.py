"""The check `flat_validation_loss`."""

from __future__ import annotations

import numpy as np

from curvewise import numbers
from curvewise.derived.forecasting import validation_forecast
from curvewise.derived.losses import finite_series
from curvewise.derived.progress import schedule_ended
from curvewise.derived.rise import validation_rises
from curvewise.derived.task_metric import task_metric
from curvewise.derived.training import training_course
from curvewise.derived.validation import VALIDATION, ValidationCurve, validation_curve
from curvewise.model.finding import Evidence, Finding
from curvewise.model.run import Run
from curvewise.model.series import Series
from curvewise.plugin import check
from curvewise.stats.moments import mean
from curvewise.stats.noise import noise_level
from curvewise.stats.smoothing import median, running_mean
from curvewise.stats.trend import relative_change

GOES_ON = 0.8
"""Probability of a gain by more training from which a loss is not called flat: `unfinished_learning` is."""
LARGE = 4.0
"""Whole fall, over the level at rest, that counts at most: what still falls by a fifth does not rest."""


@check(
    needs=(VALIDATION,),
    uses=("train_loss", "learning_rate"),
    kinds=("sft", "dpo"),
    turns={"training_length": "down", "learning_rate": "down"},
)
def flat_validation_loss(
    run: Run,
    *,
    max_change: float = 0.02,
    min_evaluations: int = 3,
    learned: float = 0.1,
    late: float = 0.34,
    tail: float = 0.4,
    min_tail: int = 4,
    of_fall: float = 0.05,
) -> Finding:
    """Validation loss stays flat after the first epoch.

    The model learned quickly what the data can teach it; the rest of the training changed nothing
    that shows on new examples, and costs money and the risk of overfitting. One epoch, or a lower
    learning rate, would do.

    Judged is the course of the validation loss from the end of epoch 1 on (when no epochs are known, from the
    first evaluation after a third of the training): its change along a Theil-Sen line, and that averages over
    a third of these evaluations do not bend. A loss that still falls a little after the first epoch and comes
    to rest is as flat: from two fifths of the training on it falls by a twentieth of its whole fall at most,
    beyond the noise of its evaluations, and rises by no more than twice `max_change`. Where the learning rate
    comes down to nothing, the end is what the decay brings, and has to lie flat by itself; a twentieth of the
    whole fall is then what is left of learning, and no rest. A loss that surely rises from its best, or that
    more training would probably lower, is not called flat. Nothing is said when one standard error of the
    change is more than a flat curve may change. A training loss that never fell is another state, see
    `stalled_training_loss`, and is not called so. Single minibatches scatter too much for this unless they
    come in a recognisable rotation.

    Of 1,000 simulated losses that still fall by 10 to 30 % after epoch 1 it calls 0.0 %, and it finds
    100.0 % of flat ones with noise of 0.1 to 1 % (scripts/calibration/shapes.py).

    Parameters
    ----------
    max_change
        Largest relative change that is flat: below it checkpoints are of equal use.
    min_evaluations
        Evaluations needed after the first epoch.
    learned
        Least relative fall of the training loss for which something was learned.
    late
        Share of the training after which to begin when no epochs are known.
    tail, min_tail
        Share of the training after which a loss may come to rest, and evaluations needed from there on.
    of_fall
        Share of the whole fall that a loss at rest may still do.

    Examples
    --------
    >>> from curvewise.testing import make_run
    >>> run = make_run(
    ...     full_valid_loss={50: 1.4, 100: 1.0, 200: 1.001, 300: 0.998, 400: 1.0}, steps_per_epoch=100,
    ...     train_loss={1: 2.0, 100: 1.0, 200: 0.9, 300: 0.8, 400: 0.7},
    ... )
    >>> print(flat_validation_loss(run).summary)
    Validation loss changes by -0.075 % from step 100 (epoch 1) to step 400 (epoch 4), over 4 full-pass
    evaluations.
    """
    curve = validation_curve(run)
    if curve is None:
        return Finding.unknown("Validation loss has no finite value.")
    after, begin = _after_first_epoch(run, curve, late)
    n = len(after)
    if n < min_evaluations:
        return Finding.unknown(
            f"{n} evaluation{'' if n == 1 else 's'} {begin}; {min_evaluations} are needed to call it flat."
        )
    change = relative_change(after.value)
    settled = curve.series.between(int(np.ceil(tail * curve.series.last_step)))
    at_rest = 0.0 if schedule_ended(run) else of_fall * min(LARGE, _whole_fall(run, settled))
    allowed = max(max_change, at_rest)
    rests = len(settled) >= min_tail and _rests(settled, allowed, 2 * max_change)
    if rests and not (_flat(after, change, max_change) and not _too_noisy(after, curve, max_change)):
        after, change = settled, relative_change(settled.value)
    if not np.isfinite(change):
        return Finding.unknown("Validation loss is zero, so a relative change has no meaning.")
    text = (
        f"Validation loss changes by {numbers.change(1 + change)} from {run.where(after.first_step)} "
        f"to {run.where(after.last_step)}, over {len(after):,} {curve.words().partition(' ')[2]}."
    )
    evidence = Evidence.of(
        curve.metric, "relative change after the first epoch", change, after, limit=max_change
    )
    falls = schedule_ended(run) and -change > of_fall * _whole_fall(run, after)
    if rests and not falls and not curve.weak:
        return _flat_finding(run, text, evidence, learned)
    if abs(change) > max_change or falls:
        return Finding.ok(text, evidence)
    if reason := _too_noisy(after, curve, max_change):
        return Finding.unknown(reason, evidence, summary=text)
    if not _flat(after, change, max_change):
        moves = numbers.percent(_spread(after))
        return Finding.ok(f"{text} In between it moves by {moves}, so it is not flat.", evidence)
    return _flat_finding(run, text, evidence, learned)


def _flat_finding(run: Run, text: str, evidence: Evidence, learned: float) -> Finding:
    task = task_metric(run)
    if task is not None and task.gained_after(evidence.first_step or 0):
        return Finding.ok(f"{text} Meanwhile {task.called(run)} gained.", evidence)
    if any(rise.rising for rise in validation_rises(run)):
        return Finding.ok(f"{text} It ends above its best, which is more than flat.", evidence)
    ahead = validation_forecast(run)
    if not ahead.planned and (ahead.probability or 0.0) >= GOES_ON:
        return Finding.ok(f"{text} It still falls all the same. {ahead.reason}", evidence)
    course = training_course(run)
    if course is not None and course.low > (1 - learned) * course.start:
        return Finding.ok(
            f"{text} Training loss did not fall either, so this is no quick learning.", evidence
        )
    return Finding.warning(
        text,
        evidence,
        advice="Try a single epoch, or a lower learning rate; more epochs of this data add nothing.",
    )


def _after_first_epoch(run: Run, curve: ValidationCurve, late: float) -> tuple[Series, str]:
    series = curve.series
    if run.epoch_at(series.last_step) is not None:
        done = np.array([(epoch or 0.0) >= 0.95 for epoch in run.epochs_at(series.step.tolist())])
        return series.where(done), "from the end of epoch 1 on"
    train = run.get("train_loss")
    first = train.first_step if train is not None and len(train) else 0
    last = max(series.last_step, run.last_step or 0)
    begin = first + late * (last - first)
    return series.where(
        series.step >= begin
    ), "after the first third of the training (its epochs are not known)"


def _whole_fall(run: Run, settled: Series) -> float:
    """Return the fall from the first training losses to the level of some evaluations, as a share of that."""
    losses, level = finite_series(run, "train_loss").value, median(settled.value) if len(settled) else 0.0
    if level <= 0 or not len(losses):
        return 0.0
    return max(0.0, mean(losses[: max(2, len(losses) // 30)]) / level - 1)


def _rests(series: Series, allowed: float, rise: float) -> bool:
    """Whether a series falls by no more than allowed, even half a standard error lower, and hardly rises.

    One that falls by more than it may rise, and never does rise, has not come to rest.
    """
    if (series.value[1:] < series.value[:-1]).all():
        allowed = min(allowed, rise)
    change = relative_change(series.value)
    if not -allowed <= change <= rise:
        return False
    level = abs(median(series.value))
    return not level or -allowed + _error(series) / level / 2 <= change


def _error(series: Series) -> float:
    """Return the standard error of the change along a line, sqrt(12 / n) times the noise; 0 where unknown."""
    return float((noise_level(series.value) or 0.0) * 3.5 / len(series) ** 0.5)


def _flat(series: Series, change: float, max_change: float) -> bool:
    """Whether neither a line, of that change, nor averages over thirds move."""
    return abs(change) <= max_change and _spread(series) <= 3 * max_change


def _spread(series: Series) -> float:
    smooth = running_mean(series.value, len(series) // 3)
    low, high = smooth.min(), smooth.max()
    with np.errstate(over="ignore"):
        return float(high / low - 1) if low > 0 else float("inf")


def _too_noisy(after: Series, curve: ValidationCurve, limit: float) -> str | None:
    if curve.basis == "one minibatch":
        return f"{curve.words()} scatter by which minibatch it is. Full passes would tell."
    noise, level = noise_level(after.value), abs(median(after.value))
    if noise is None or not level:
        return None
    if _error(after) / level > limit:
        scatter = f"Evaluations scatter by {numbers.percent(noise / level)}"
        return f"{scatter}, which hides a change of {numbers.percent(limit)}."
    return None
