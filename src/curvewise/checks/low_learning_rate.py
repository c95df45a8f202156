"""The check `low_learning_rate`."""

from __future__ import annotations

from curvewise.derived.halfway import Halfway, halfway
from curvewise.derived.learning_rate import USES, learning_rate
from curvewise.derived.preference import ACCURACY, told_apart
from curvewise.derived.progress import goes_on, schedule_ended, stopped_short
from curvewise.derived.rise import SMALLEST, validation_rises
from curvewise.derived.training import training_course
from curvewise.derived.validation import FULL
from curvewise.model.finding import Evidence, Finding
from curvewise.model.run import Run
from curvewise.numbers import percent
from curvewise.plugin import check

CLIMB = 1.2
"""Highest level over the start from which on a fall is the way back from a rise."""
STRAIGHT = 0.5
"""Share of the fall that is done halfway along a straight line; less is a loss that began to fall late, and
has come to its end where the learning rate has."""
LONG, FAR = 40, 0.35
"""Training values of a log that tells the shape where the schedule is not known, and the fall that tells it:
the loss of text comes down ever more slowly, by less, and never settles."""
FELL, STEEP = 0.2, 0.58
"""Fall that is much for a loss that creeps, and the least share beside it where the rate has come down to
nothing: the loss of text falls by 0.6 halfway at a rate that is right."""
HAZY = 0.45
"""Standard error of that share from which on it says nothing."""
GONE, GONE_AT_ZERO = 0.8, 0.4
"""Share of the loss whose fall leaves little to learn; the second where the learning rate has come down to
nothing, so that it ends as was planned."""


@check(
    needs=("train_loss",),
    uses=(*USES, "learning_rate", *ACCURACY),
    kinds=("sft", "dpo"),
    turns={"learning_rate": "up", "training_length": "up"},
)
def low_learning_rate(
    run: Run,
    *,
    min_values: int = 20,
    certainty: float = 0.8,
    straight: float = 0.7,
    straight_without_rate: float = 0.85,
    settled: float = 0.95,
) -> Finding:
    """The learning rate is too low: training loss creeps, and is far from done at the end.

    A higher rate would have reached a clearly lower training loss in the same number of steps. The sign
    is a smooth curve that still falls at the end by much of its whole fall, after a slow start; a rate
    that is about right falls fast, then levels off and trembles a little.

    Two things are judged. The first is how straight both losses fall, over the sum of the learning rates so
    that a schedule which ends at zero does not make them look settled: by half of a straight way half of
    the fall is done, by half of one that has come 95 % of the way to where it tends four fifths. Below
    `straight`, by more than half a standard error, a run had come less than about four fifths of its way.
    Of 443 runs of known truth, whole grids of learning rates (DeepOBS), it calls 25 low and 24 of them are.

    The second is the shape of the training loss in units of its own fall, by a small logistic model that was
    fitted on those runs: how much of the fall came in the last quarter and in the last half, when nine
    tenths of it were done, how large it is, how much the curve goes up again. On problems that it had not
    seen its macro-F1 over low, fine and high is 0.82, and 82 % of the runs that it calls low are. With
    losses of minibatches that scatter by 10 % it is 0.75, so there the verdict needs the probability
    `certainty`. These were runs from scratch that log whole epochs; fine-tuning goes on longer at a slow
    pace, so its word does not count where the losses settled by the first measure: by `settled` of the fall,
    or where single minibatches are logged by `straight`.

    A run that is still going on, or stopped in the first half of its plan, is not warned of: every loss
    still falls at its middle. More steps cure a creeping loss as well as a higher rate. One that hardly
    falls at all is also judged by `stalled_training_loss`.

    Parameters
    ----------
    min_values
        Training values needed: below, a curve has no shape.
    certainty
        Probability needed for a warning when the loss is logged of minibatches. For a loss that is
        measured as often as the validation loss, low only has to be the most probable verdict.
    straight
        Share of the fall that was done halfway below which the losses fall nearly along a line.
    straight_without_rate
        The same where many losses are logged and no learning rate, as by Azure: one that falls meanwhile
        makes a loss look settled. Of 20 small healthy trainings of three generators none lies below 0.87.
    settled
        Share from which on they have settled.

    References
    ----------
    F. Schneider, L. Balles, P. Hennig, "DeepOBS: a deep learning optimizer benchmark suite", ICLR 2019.

    Examples
    --------
    >>> from curvewise.testing import make_run
    >>> fall = [2.0 - 0.01 * step for step in range(60)]
    >>> print(low_learning_rate(make_run(train_loss=fall, full_valid_loss=fall)).summary)
    50 % of the fall of the losses, which is 30 % in all, came in the second half of the run (60 training
    values).
    """
    found = learning_rate(run)
    if run.kind == "dpo" and (accuracy := told_apart(run)) is not None:
        return Finding.ok(
            f"The pairs are told apart, {accuracy:.2f} of them: the rate was not too low for that."
        )
    if _turned(run):
        return Finding.ok("Validation loss was lowest earlier, and ends higher: no lack of speed.")
    half = halfway(run)
    if half is not None and not half.by_rate and half.fall >= FAR and len(run["train_loss"]) >= LONG:
        straight = max(straight, straight_without_rate)
    rather_high = found is not None and found.rather_high(min_values)
    if half is not None and not rather_high and _creeps(run, half, straight):
        return _warn(run, _line(half), _halfway_evidence(half, straight), 0.9)
    if found is None:
        return Finding.unknown(f"The training loss has too few values to judge; {min_values} are needed.")
    if reason := found.obstacle(min_values):
        return Finding.unknown(reason)
    shape = found.shape
    text = (
        f"{percent(shape.late_quarter)} of the fall of the training loss came in the last quarter of the "
        f"run, {percent(shape.late_half)} in its last half ({found.words()}): the learning rate is low with "
        f"{percent(found.low)} probability."
    )
    evidence = (
        found.evidence("share of the fall in the last quarter", shape.late_quarter),
        found.evidence("share of the fall in the last half", shape.late_half),
        found.evidence("share of the run after which 9/10 of the fall were done", shape.ninety),
        found.evidence("whole fall / starting loss", shape.taken),
    )
    if found.low < max(found.fine, found.high):
        return Finding.ok(text, *evidence, confidence=1 - found.low)
    if half is not None and half.share >= (straight if found.sampled else settled):
        return Finding.ok(f"{_line(half)} That is a loss that has settled.", *evidence)
    if found.sampled and found.low < certainty:
        return Finding.unknown(
            f"That the learning rate is low is less than {percent(certainty)} probable; more steps, or "
            "full-pass evaluations as often as the training loss is logged, would tell.",
            *evidence,
            summary=text,
        )
    return _warn(run, text, evidence, found.low)


def _creeps(run: Run, half: Halfway, straight: float) -> bool:
    """Whether the losses fall along a line, and neither come back from a rise nor are through."""
    course = training_course(run)
    if course is None or course.smooth.value.max() >= CLIMB * course.start:
        return False
    late = half.share < STRAIGHT - 2 * half.error and schedule_ended(run)
    if schedule_ended(run) and half.fall >= FELL:
        straight = min(straight, STEEP)
    line = half.share < straight - half.error / 2 and not late
    gone = GONE_AT_ZERO if schedule_ended(run) else GONE
    return line and half.error < HAZY and 0 < half.fall < gone


def _turned(run: Run) -> bool:
    """Whether full passes surely end above their best, or were lowest in the first half and end higher."""
    rise = next(iter(validation_rises(run)), None)
    if rise is None or rise.curve.weak or rise.ratio <= 1 + SMALLEST:
        return False
    return rise.rising or 2 * rise.best_step <= rise.curve.series.last_step


def _line(half: Halfway) -> str:
    way = ", counted by the learning rate" if half.by_rate else ""
    loss = "validation loss" if half.validation else "the losses"
    values = "full passes" if half.validation else "training values"
    return (
        f"{percent(1 - half.share)} of the fall of {loss}, which is {percent(half.fall)} in all, "
        f"came in the second half of the run{way} ({len(half.series):,} {values})."
    )


def _halfway_evidence(half: Halfway, straight: float) -> tuple[Evidence, ...]:
    metric, losses = FULL if half.validation else "train_loss", half.series
    return (
        Evidence.of(metric, "share of the fall that was done halfway", half.share, losses, limit=straight),
        Evidence.of(metric, "whole fall / starting loss", half.fall, losses),
    )


def _warn(run: Run, text: str, evidence: tuple[Evidence, ...], confidence: float) -> Finding:
    if goes_on(run) or stopped_short(run):
        how = "is still going on" if goes_on(run) else "stopped well before its planned end"
        return Finding.unknown(
            f"The job {how}: only the end tells whether the loss does most of its fall.",
            *evidence,
            summary=text,
        )
    return Finding.warning(
        text,
        *evidence,
        advice="Raise the learning rate by a factor of 2 to 5; if that is not stable, train longer.",
        confidence=confidence,
    )
