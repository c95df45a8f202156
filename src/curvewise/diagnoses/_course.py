"""The course of a run on which no check warns, as `healthy` and `insufficient_data` tell it."""

from __future__ import annotations

from itertools import accumulate
from typing import NamedTuple

from curvewise.model.diagnosis import Certainty
from curvewise.model.report import Curve
from curvewise.model.task_names import task_rank
from curvewise.numbers import significant
from curvewise.plugin.diagnosis import GLIMPSE, Case

JUDGED = (
    ("full_valid_mean_reward", "validation reward"),
    ("valid_grader_reward", "validation reward"),
    ("full_valid_loss", "validation loss"),
    ("train_mean_reward", "reward"),
    ("valid_loss", "validation loss"),
    ("train_loss", "training loss"),
)
"""What the story is told by, the most telling curve first."""
ENOUGH = 5
"""Values from which on a sound course of a validation reward is certain."""
LEARNED = 0.75
"""Share of its first values that a training loss falls below where much was learned: a rate or a model that
is too small, and labels that do not follow, make falls that are smaller."""
LONG = 40
"""Training losses of a log that would show a rate that is too low, if it held the rate."""
SEVERAL, PERFECT = 3, (0.0, 1.0, 100.0)
"""Checkpoints with the same score, and the scores that more of them may share."""
STILL, FELL = 0.98, 0.9
"""Quotients to the first value: above one validation loss stood still, below the other training loss fell."""
BOTTOM, AGAIN = 0.1, 0.3
"""Share of what a reward reached that is its bottom, and of its last values that may lie there."""
EARLY = 0.1
"""Share of the training in which a reward that leads early is highest."""
RISEN = 1.02
"""Quotient of the last over the first loss from which on no run is called healthy."""
COMPARE = "Compare the checkpoint with the model in use on the real task, then deploy it."
RIGHT = "See how many answers are right, and how many that of always giving the commonest one would be."
FASTER = "Try three times the learning rate on a short run: if its loss falls much further, take it."
SMALL_FALL = (
    "So small a fall may be all there was to learn, or a rate that is off, a model too small, wrong labels: "
    "a second rate would tell."
)
GUESSED = "It does so too where labels do not follow from the inputs: the share of right answers would tell."


class Course(NamedTuple):
    """A sound course: its metric, in words as well, and how sure it is that nothing is wrong."""

    metric: str
    words: str
    curve: Curve
    is_last_best: bool
    certainty: Certainty
    is_slight: bool  # the losses fell by so little that a rate that is off may be why


class Question(NamedTuple):
    """What one curve cannot tell: what is seen, what to do, and what would tell."""

    seen: str
    first: str
    unknown: str


def judged(case: Case) -> tuple[str, str, Curve] | None:
    """Return the most telling curve that has a course: its metric, what to call it, and its values."""
    for metric, words in JUDGED:
        curve = case.curve(metric)
        if curve is not None and len(curve.value) > 1:
            return metric, words, curve
    return None


def sound_course(case: Case) -> Course | None:
    """Return the course of a run that learned; None where it is not seen to have."""
    report, told = case.report, judged(case)
    if told is None or not report.with_status("ok") or answers_alike(case):
        return None
    metric, words, curve = told
    best = report.selection.best
    is_last_best = best is not None and best.step == report.run.last_step
    if "loss" in metric and curve.value[-1] > RISEN * curve.value[0] and not is_last_best:
        return None
    if report.run.kind == "sft" and "valid" in metric and _stood_still(case, curve):
        return None
    if report.run.kind == "rft" and not _holds_a_rise(case, metric, curve):
        return None
    sure = _certainty(case, metric, curve)
    is_slight = sure == "low" and _fell_little(case, curve)
    return Course(metric, words, curve, is_last_best, sure, is_slight)


def open_question(case: Case, course: Course) -> Question | None:
    """Return what a sound course leaves open: why it fell at once, or by little at a rate nobody logged."""
    last = significant(course.curve.value[-1], 3)
    if case.evidence("high_losses", "share of the fall that was done at once") is not None:
        return Question(f"training loss fell at once, and {course.words} rests at {last}", RIGHT, GUESSED)
    if course.is_slight and _rate_unknown(case):
        fell = f"the losses fell little, {course.words} to {last}, at a learning rate that is not logged"
        return Question(fell, FASTER, SMALL_FALL)
    return None


def answers_alike(case: Case) -> bool:
    """Whether a metric of the task is at nothing, or is the same at several checkpoints and not perfect.

    A model that always gives the commonest answer makes such a score, however low its loss.
    """
    chosen = case.report.selection
    for name in chosen.columns:
        if (rank := task_rank(name)) is None:
            continue
        values = {row.values.get(name) for row in chosen.table}
        logged = sum(row.values.get(name) is not None for row in chosen.table)
        value = next(iter(values), None)
        if len(values) != 1 or not isinstance(value, float):
            continue
        if (rank[1] < 0 and value <= 0) or (logged >= SEVERAL and value not in PERFECT):
            return True
    return False


def _rate_unknown(case: Case) -> bool:
    """Whether many losses were logged, and no learning rate."""
    losses = case.curve("train_loss")
    return losses is not None and losses.points >= LONG and not case.report.run.metrics.get("learning_rate")


def _stood_still(case: Case, curve: Curve) -> bool:
    """Whether several evaluations fell by next to nothing while the training loss fell."""
    still = len(curve.value) >= ENOUGH and min(curve.value) > STILL * curve.value[0]
    losses = case.curve("train_loss")
    return still and losses is not None and losses.value[-1] < FELL * losses.value[0]


def _holds_a_rise(case: Case, metric: str, curve: Curve) -> bool:
    """Whether a reward rose and is not seen to be lost again."""
    if curve.value[-1] <= curve.value[0] and not _rose(case, curve):
        return False
    if metric == "train_mean_reward" and (curve.points < GLIMPSE or _led_early(case, curve)):
        return False
    return not _falls_back(curve)


def _falls_back(curve: Curve) -> bool:
    """Whether a reward is back at the bottom of what it reached again and again in the last third."""
    low, count = min(curve.value), max(ENOUGH, len(curve.value) // 3)
    reached = list(accumulate(curve.value, max))
    last = list(zip(curve.value, reached, strict=True))[-count:]
    return sum(value < low + BOTTOM * (high - low) for value, high in last) > AGAIN * len(last)


def _led_early(case: Case, curve: Curve) -> bool:
    """Whether the smoothed reward was highest in the first tenth of the training, and lower at its end."""
    best = case.report.selection.best
    if best is None or curve.value[-1] >= curve.value[0]:
        return False
    return best.step - curve.step[0] < EARLY * (curve.step[-1] - curve.step[0])


def _certainty(case: Case, metric: str, curve: Curve) -> Certainty:
    kind = case.report.run.kind
    if kind == "rft":
        return "high" if _rose(case, curve) and "valid" in metric and curve.points >= ENOUGH else "moderate"
    no_lower = "loss" in metric and curve.value[-1] > curve.value[0]
    return "low" if kind != "dpo" and (no_lower or _fell_little(case, curve)) else "moderate"


def _rose(case: Case, curve: Curve) -> bool:
    """Whether the reward surely rose, or the curve where too few rewards tell."""
    rise = case.evidence("stalled_reward", "reward, last quarter minus first tenth")
    known = None if rise is None else rise.interval
    return curve.value[-1] > curve.value[0] if known is None else known[0] > 0


def _fell_little(case: Case, curve: Curve) -> bool:
    """Whether the training loss, or where few of it are logged the curve itself, fell by little."""
    losses = case.curve("train_loss")
    values = curve.value if losses is None or len(losses.value) < ENOUGH else losses.value
    first = max(min(2, len(values) // ENOUGH), len(values) // 30, 1)
    return sum(values[-first:]) > LEARNED * sum(values[:first])
