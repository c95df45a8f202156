"""The diagnosis `healthy`."""

from __future__ import annotations

import math

from curvewise.diagnoses._course import (
    COMPARE,
    FASTER,
    SEVERAL,
    SMALL_FALL,
    answers_alike,
    judged,
    open_question,
    sound_course,
)
from curvewise.model.diagnosis import Diagnosis
from curvewise.model.selection import Pick
from curvewise.model.task_names import task_rank
from curvewise.numbers import percent, significant
from curvewise.plugin.diagnosis import Case, diagnosis

GAINED = 0.05
"""Relative gain of a metric of the task from which on it shows that the run learned."""
CLAIM, SURE = 0.5, 0.9
"""Probabilities of being the best from which on the last checkpoint is called it, and without its odds."""
NO_LOWER = (
    "Validation loss ends no lower than it began; whether it rose meanwhile, more evaluations would tell."
)


@diagnosis(rank=100)
def healthy(case: Case) -> Diagnosis | None:
    """Nothing is wrong: the run learned, and its validation followed.

    It is said only when no check warns and some could judge; how many could not is said beside it. A reward
    that is not seen to rise, where validation ends no higher, is not called so. Of a loss it is never
    certain: a leak, a rate that is a little too low and a model that is too small can look so. Where one of
    them is as likely, `insufficient_data` says what would tell: after a small fall of many steps at a rate
    that is not logged, and after one that was done at once.
    """
    course = sound_course(case)
    if course is None:
        return _by_task(case)
    if open_question(case, course) is not None:
        return None
    curve = course.curve
    first, last = significant(curve.value[0], 3), significant(curve.value[-1], 3)
    best = case.report.selection.best
    end = _sure_of_the_last(best) if best is not None and course.is_last_best else ""
    return case.diagnosis(
        f"Healthy: {course.words} went from {first} to {last} over {case.length(curve.step[-1])}{end}.",
        next=(FASTER, COMPARE) if course.is_slight else (COMPARE,),
        metric=course.metric,
        certainty=course.certainty,
        unknown=SMALL_FALL if course.is_slight else (NO_LOWER if course.certainty == "low" else ""),
    )


def _sure_of_the_last(best: Pick) -> str:
    """Say that the last checkpoint is the best, and how surely."""
    odds = 1.0 if best.probability is None else best.probability
    if odds < CLAIM:
        return "; no checkpoint is measurably better than the last"
    return "; the last checkpoint is " + ("the best" if odds >= SURE else f"{percent(odds)} likely the best")


def _by_task(case: Case) -> Diagnosis | None:
    """Judge by a metric of the task alone, where it gained and no loss or reward is known."""
    if judged(case) or not case.report.with_status("ok") or answers_alike(case):
        return None
    chosen = case.report.selection
    known = sorted((rank, name) for name in chosen.columns if (rank := task_rank(name)) is not None)
    if not known:
        return None
    (_, sign), name = known[0]
    told = sorted((row.step, value) for row in chosen.table if (value := row.values.get(name)) is not None)
    values = [value for _, value in told if isinstance(value, float)]
    if len(values) < SEVERAL:
        return None
    first, last = values[0], values[-1]
    if not math.isfinite(first - last) or sign * (first - last) < GAINED * abs(first):
        return None
    went = f"{name} went from {significant(first, 3)} to {significant(last, 3)}"
    return case.diagnosis(
        f"Healthy: {went} over {case.length(told[-1][0])}.",
        next=(COMPARE,),
        metric=name,
        certainty="low",
        unknown="The log has no loss that is known: overfitting and a rate that is off would not be seen.",
    )
