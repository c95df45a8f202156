"""The diagnosis `healthy`."""

from __future__ import annotations

from itertools import accumulate

from msgspec.structs import replace

from curvewise.model.diagnosis import Certainty, Diagnosis
from curvewise.model.report import Curve
from curvewise.model.task_names import task_rank
from curvewise.numbers import significant
from curvewise.plugin.diagnosis import Case, diagnosis

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
"""Values from which on a sound course of a validation reward is certain, and of a training reward seen."""
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
GAINED = 0.05
"""Relative gain of a metric of the task from which on it shows that the run learned."""
COMPARE = "Compare the checkpoint with the model in use on the real task, then deploy it."
RIGHT = "See how many answers are right, and how many that of always giving the commonest one would be."
FASTER = "Try three times the learning rate on a short run: a loss that falls much further is the better one."
SMALL_FALL = (
    "So small a fall may be all there was to learn, or a rate that is off, a model too small, wrong labels: "
    "a second rate would tell."
)
GUESSED = "It does so too where labels do not follow from the inputs: the share of right answers would tell."
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
    report = case.report
    if not report.with_status("ok"):
        return None
    best = report.selection.best
    told = ((metric, words, case.curve(metric)) for metric, words in JUDGED)
    metric, words, curve = next(
        (one for one in told if one[2] is not None and len(one[2].value) > 1), ("", "", None)
    )
    if _answers_alike(case):
        return None
    if curve is None:
        return _by_task(case)
    is_last = best is not None and best.step == report.run.last_step
    if "loss" in metric and curve.value[-1] > RISEN * curve.value[0] and not is_last:
        return None
    if report.run.kind == "sft" and "valid" in metric and _stood_still(case, curve):
        return None
    if report.run.kind == "rft" and not _holds_a_rise(case, metric, curve):
        return None
    first, last = significant(curve.value[0], 3), significant(curve.value[-1], 3)
    end = ", and the last checkpoint is the best" if is_last else ""
    sure = _certainty(case, metric, curve)
    slight = sure == "low" and _fell_little(case, curve)
    if case.evidence("high_losses", "share of the fall that was done at once") is not None:
        return _open(case, f"training loss fell at once, and {words} rests at {last}", metric, RIGHT, GUESSED)
    if slight and _rate_unknown(case):
        fell = f"the losses fell little, {words} to {last}, at a learning rate that is not logged"
        return _open(case, fell, metric, FASTER, SMALL_FALL)
    return case.diagnosis(
        f"Healthy: {words} went from {first} to {last} over {case.length(curve.step[-1])}{end}.",
        next=(FASTER, COMPARE) if slight else (COMPARE,),
        metric=metric,
        certainty=sure,
        unknown=SMALL_FALL if slight else (NO_LOWER if sure == "low" else ""),
    )


def _by_task(case: Case) -> Diagnosis | None:
    """Judge by a metric of the task alone, where it gained and no loss or reward is known."""
    chosen = case.report.selection
    known = sorted((rank, name) for name in chosen.columns if (rank := task_rank(name)) is not None)
    if not known:
        return None
    (_, sign), name = known[0]
    told = sorted((row.step, value) for row in chosen.table if (value := row.values.get(name)) is not None)
    values = [value for _, value in told if isinstance(value, float)]
    if len(values) < SEVERAL or sign * (values[-1] - values[0]) > -GAINED * abs(values[0]):
        return None
    went = f"{name} went from {significant(values[0], 3)} to {significant(values[-1], 3)}"
    return case.diagnosis(
        f"Healthy: {went} over {case.length(told[-1][0])}.",
        next=(COMPARE,),
        metric=name,
        certainty="low",
        unknown="The log has no loss that is known: overfitting and a rate that is off would not be seen.",
    )


def _rate_unknown(case: Case) -> bool:
    """Whether many losses were logged, and no learning rate."""
    losses = case.curve("train_loss")
    return losses is not None and losses.points >= LONG and not case.report.run.metrics.get("learning_rate")


def _open(case: Case, seen: str, metric: str, first: str, unknown: str) -> Diagnosis:
    """Say what is seen, and that one curve cannot tell what it means."""
    told = case.diagnosis(
        f"Too little to judge: {seen}.",
        next=(first, COMPARE),
        metric=metric,
        severity="unknown",
        certainty="low",
        unknown=unknown,
    )
    return replace(told, name="insufficient_data")


def _answers_alike(case: Case) -> bool:
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


def _stood_still(case: Case, curve: Curve) -> bool:
    """Whether several evaluations fell by next to nothing while the training loss fell."""
    still = len(curve.value) >= ENOUGH and min(curve.value) > STILL * curve.value[0]
    losses = case.curve("train_loss")
    return still and losses is not None and losses.value[-1] < FELL * losses.value[0]


def _holds_a_rise(case: Case, metric: str, curve: Curve) -> bool:
    """Whether a reward rose and is not seen to be lost again."""
    if curve.value[-1] <= curve.value[0] and not _rose(case, curve):
        return False
    is_of_training = metric == "train_mean_reward"
    return not (_falls_back(curve) or (is_of_training and (curve.points < ENOUGH or _led_early(case, curve))))


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
