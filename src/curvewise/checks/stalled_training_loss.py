"""The check `stalled_training_loss`."""

from __future__ import annotations

import numpy as np

from curvewise.derived.learning_rate import USES, learning_rate
from curvewise.derived.losses import finite_series
from curvewise.derived.preference import ACCURACY, told_apart
from curvewise.derived.training import TrainingCourse, training_course
from curvewise.derived.validation import validation_curve
from curvewise.model.finding import Evidence, Finding
from curvewise.model.run import Run
from curvewise.numbers import change, percent
from curvewise.plugin import check
from curvewise.stats.moments import mean
from curvewise.stats.noise import scatter
from curvewise.stats.smoothing import median

LUCK = 4.5
"""Standard errors by which the first of several stretches lies above the lowest of them by luck at most."""
LUCK_OF_FIRST = 3.0
"""The same of the first values alone, of which there are no several to choose the luckiest from."""
FEWEST = 3
"""Means over an epoch that show whether a loss falls."""
WHOLE = 1.5
"""Whole fall along a line, over that from its first to its last third."""
HIGHER = (
    "Raise the learning rate by a factor of 2 to 10; if that changes nothing, look for wrong or "
    "contradicting labels in the training data."
)
LOWER = (
    "Lower the learning rate by a factor of 3 to 10: the loss stands still from the start on, as it does "
    "where the rate is far too high. If that changes nothing, raise it, and look for wrong or contradicting "
    "labels."
)
RARE = 0.2
"""Share of right answers up to which it may be that of guessing among five classes or more."""
STILL = 0.99
"""Quotient of the lowest to the first stretch above which a loss does not move at all."""
EXCERPT = 10
"""Values of a log below which it may be a piece of a longer one."""


@check(
    needs=("train_loss",), uses=(*USES, *ACCURACY), kinds=("sft", "dpo"), turns={"learning_rate": "either"}
)
def stalled_training_loss(
    run: Run, *, min_fall: float = 0.05, min_values: int = 10, already_low: float = 0.05
) -> Finding:
    """Training loss barely decreases.

    The updates change next to nothing: the learning rate is too low, or the examples contradict each
    other so that there is nothing common to learn. A rate that is far too high looks much the same: the loss
    gets stuck at once. The model at the end is hardly better than the one of the start.

    Compared are medians over stretches of a tenth of the training values: the first with the lowest. What was
    learned at once, within the first values, counts as well. The noise of single minibatches is allowed for:
    where it makes such a fall by itself, the mean of the first third of all values is compared with that of
    the last, and when a fall of `min_fall` could hide in the noise, the verdict is left open. A preference
    run that surely tells the pairs apart has learned, however little its loss moved.

    Parameters
    ----------
    min_fall
        Smallest relative fall that counts as learning; fine-tuning that works takes off a tenth or more.
    min_values
        Training values needed, unless they are means over an epoch beside a validation loss that does not
        fall either.
    already_low
        Starting loss, in nats per token, below which there is little left to learn.

    Examples
    --------
    >>> from curvewise.testing import make_run
    >>> print(stalled_training_loss(make_run(train_loss=[2.0, 1.99] * 10)).summary)
    Training loss falls by 0.5 % from its start at 2 to its lowest stretch (medians over 3 of 20 values).
    """
    course = training_course(run)
    enough = FEWEST if _by_epoch(run, min_fall) else min_values
    if course is None or len(course.series) < enough:
        n = 0 if course is None else len(course.series)
        return Finding.unknown(f"{n} finite training values; {min_values} are needed.")
    if course.start <= 0:
        return Finding.unknown(
            f"Training loss starts at {course.start:.3g}, so a relative fall has no meaning."
        )
    fall = 1 - course.low / course.start
    text = f"Training loss {_falls(course, fall)} ({course.words()})."
    evidence = Evidence.of(
        "train_loss",
        "relative fall from the first to the lowest stretch",
        fall,
        course.series,
        limit=min_fall,
    )
    noise = scatter(course.series.value) or 0.0
    luck = LUCK * noise * (np.pi / 2 / course.width) ** 0.5  # of a median over one stretch
    if course.start < already_low or (fall >= min_fall and course.start - course.low > luck):
        return Finding.ok(text, evidence)
    if early := _learned_at_once(course, noise, min_fall):
        return Finding.ok(f"{text} Its first values lie at {early:.4g}: it fell at once.", evidence)
    if run.kind == "dpo" and (accuracy := told_apart(run)) is not None:
        return Finding.ok(f"{text} It tells {accuracy:.2f} of the pairs apart all the same.", evidence)
    if course.risen(min_fall):
        ratio = course.final / course.start
        return Finding.ok(f"{text} It rises instead ({change(ratio)}), which is no stall.", evidence)
    if told := _beyond_the_loss(run, course, text, evidence):
        return told
    fell, error = _thirds(course)
    if fell >= min_fall / WHOLE or max(fell, 0.0) + error >= 2 * min_fall:
        reason = (
            f"Training values scatter too much ({percent(noise / course.start)}); more of them would tell."
        )
        return Finding.unknown(reason, evidence, summary=text)
    if fall >= min_fall:
        text += (
            f" That is their scatter of {percent(noise / course.start)}: from the first to the last third it "
        )
        text += f"falls by {percent(max(fell, 0.0))}."
    return Finding.warning(
        text,
        evidence,
        advice=LOWER if _stuck(run, min_values) else HIGHER,
    )


def _falls(course: TrainingCourse, fall: float) -> str:
    if fall <= 0:
        return f"never falls below its start at {course.start:.4g}"
    return f"falls by {percent(fall)} from its start at {course.start:.4g} to its lowest stretch"


def _by_epoch(run: Run, min_fall: float) -> bool:
    """Whether training loss is logged as seldom as full validation passes, whose loss barely falls either.

    Means over an epoch scatter so little that a few of them tell.
    """
    curve, losses = validation_curve(run), finite_series(run, "train_loss")
    if curve is None or curve.weak or len(curve.series) < max(FEWEST, len(losses) - 1):
        return False
    value, risen = curve.series.value, losses.value[-1:] > (1 + min_fall) * losses.value[:1]
    return not risen.any() and float(value.min()) > (1 - min_fall) * float(value[0])


def _learned_at_once(course: TrainingCourse, noise: float, min_fall: float) -> float | None:
    """Return the mean of the first values when it lies above the later ones by more than noise makes."""
    value = course.series.value
    level = median(value[len(value) // 2 :])
    for count in (1, 3, len(value) // 100):
        early = mean(value[: max(count, 1)])
        above = early - level
        if above >= min_fall * early and above > LUCK_OF_FIRST * noise / max(count, 1) ** 0.5:
            return early
    return None


def _beyond_the_loss(run: Run, course: TrainingCourse, text: str, evidence: Evidence) -> Finding | None:
    """Judge by what else is known: where the log begins, and how many examples are got right."""
    if _begins_late(course) or _goes_on(run, course):
        reason = f"The log begins at step {course.series.first_step:,}: what was learned before is not in it."
        return Finding.unknown(reason, evidence, summary=text)
    if chance := _at_chance(run, course):
        return Finding.warning(f"{chance} {text}", evidence, advice=HIGHER)
    return None


def _begins_late(course: TrainingCourse) -> bool:
    """Whether a few values that fall, one and all, begin far from the start of training: an excerpt."""
    step, value = course.series.step, course.series.value
    falls = len(value) < EXCERPT and bool((np.diff(value) < 0).all())
    return falls and int(step[0]) > 2 * int(np.diff(step).max())


def _goes_on(run: Run, course: TrainingCourse) -> bool:
    """Whether a loss that falls a little began an epoch or more before, in a training that was resumed."""
    step = course.series.step
    if course.low > STILL * course.start:
        return False
    return (run.epoch_at(int(step[0])) or 0.0) >= 1 and int(step[0]) > EXCERPT * int(np.diff(step).max())


def _at_chance(run: Run, course: TrainingCourse) -> str:
    """Say that few examples are got right, no more than at first, with a loss that guessing has as well."""
    right = finite_series(run, "train_accuracy").value
    count = len(right) // 3
    if count < FEWEST or right.min() < 0 or right.max() > 1:
        return ""
    first, last = right[:count], right[-count:]
    level, rose = mean(last), mean(last) - mean(first)
    error = 1.645 * float(np.hypot(first.std(), last.std())) / count**0.5
    if not 0 < level <= RARE or rose > max(error, 0.0) or course.final < -np.log(level):
        return ""
    loss = f"a training loss of {course.final:.3g}"
    return f"Accuracy stays at {percent(level)}, and {loss} is no better than guessing with that chance."


def _thirds(course: TrainingCourse) -> tuple[float, float]:
    """Return the relative fall from the first to the last third of all values, and its 95 % error upwards.

    No share is known of a first third that is not above zero.
    """
    value, count = course.series.value, len(course.series) // 3
    first, last = value[:count], value[-count:]
    level = mean(first)
    if level <= 0:
        return 0.0, float("inf")
    error = 1.645 * float(np.hypot(first.std(), last.std())) / count**0.5
    return 1 - mean(last) / level, error / level


def _stuck(run: Run, min_values: int) -> bool:
    """Whether the shape of the curve rather speaks for a rate that is too high."""
    found = learning_rate(run)
    if found is None or found.obstacle(min_values):
        return False
    return found.high > max(found.low, found.fine)
