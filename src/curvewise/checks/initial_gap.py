"""The check `initial_gap`."""

from __future__ import annotations

from curvewise.derived.gap import Gap, first_gap
from curvewise.derived.losses import finite_series
from curvewise.derived.ratio import LossRatio, loss_ratio
from curvewise.derived.validation import FULL, MINIBATCH, VALIDATION, ValidationCurve, validation_curves
from curvewise.model.finding import Evidence, Finding
from curvewise.model.run import Run
from curvewise.numbers import change, percent, quotient, significant
from curvewise.plugin import check
from curvewise.stats.moments import mean

WHOLE_EPOCH = 1.05
"""Epochs after which examples come again; an evaluation at the end of the first is within it."""
APART = 1.1
"""Ratio from which a validation loss that stays where it is lies apart from the training loss."""
UNTRAINED = 1.15
"""Quotient over the loss that training began with from which examples are of a kind that is harder."""
SEVERAL = 3
"""Training losses up to the first evaluation without which nothing tells where training began."""
CLOSED = 0.5
"""Share of its first value to which a validation loss falls that was only behind."""
SAMPLE = 5
"""Single minibatches that tell where validation began."""
START = 0.04
"""Share of the training losses, and at least two, that tell where training started."""
TURNED, SOON, LATE = 1.6, (0.2, 0.35), 0.2
"""Epochs up to which a validation loss turned before much was learned by heart, and stretches of the run by
which a training loss has settled: early, and at the end."""
VALUES, FELL, BY_HEART = 10, 0.1, 0.13
"""Training losses that tell it, their least fall, and the loss in nats of tokens that are known by heart."""
RISEN, WIDE = 1.02, 1.3
"""Rise of the validation loss, and its quotient over training loss at the end."""


@check(needs=("train_loss", VALIDATION), kinds=("sft", "dpo"), turns={"data": "up"})
def initial_gap(
    run: Run,
    *,
    max_ratio: float = 1.5,
    early: float = 0.25,
    unfollowed: float = 0.5,
    later: float = 0.03,
    settled: float = 0.8,
) -> Finding:
    """Validation loss is far above training loss from the start.

    Before the model has had time to learn its examples by heart, both losses should be alike. A large
    gap in the first evaluations says that the validation data are of another kind than the training data, or
    that the training data are too few or too uniform to stand for the task.

    Judged is the comparable ratio of the last evaluation in the first epoch, in which every training example
    is new as well, or where no epochs are known of the first one (of single minibatches, the mean of the
    first fifth), which then has to lie in the first quarter of the training. Later a gap may be memorisation,
    unless validation loss is at all times above what training began with. From 1.1 on it counts too when
    validation stays where it is from then on and training loss, on examples that it sees for the first time,
    has fallen below it: what the model learns is nothing that the validation examples ask for. A validation
    loss that comes down later, by half or more and to where training stood, is that of the same kind of
    examples. It is never more than a warning: the ratio at one early point, while the training loss still
    moves fast, is a rough figure.

    A gap that opens after the start is of that kind too when validation turned upwards within the first pass
    or so over the data and training loss had settled by then. Examples that are learned by heart make
    training loss fall to the end, from pass to pass; what is learned at once and takes validation the other
    way is another task.

    Parameters
    ----------
    max_ratio
        Smallest ratio that is large: the guide's lower limit of "moderate".
    early
        Share of the training steps in which an evaluation counts as being at the start, when no epochs
        are known.
    unfollowed
        Share of the fall of the training loss that validation has to miss to be called one that does not
        follow.
    later
        Largest relative fall of the validation loss after its first value with which it stays where it is.
    settled
        Least share of the fall of the training loss that is done after a fifth to a third of the run where
        it has settled. On small trainings with copies among the data, half of them reach 0.6 and two of
        thirty 0.8; on such with a validation set from elsewhere two thirds do.

    Examples
    --------
    >>> from curvewise.testing import make_run
    >>> run = make_run(train_loss=[1.0] * 40, full_valid_loss={5: 1.8, 20: 1.8, 40: 1.8})
    >>> print(initial_gap(run).summary)
    Validation / training loss is 1.80 (1.8 over 1) at step 5, the first of 3 full-pass evaluations.
    """
    judged: list[tuple[Gap, LossRatio]] = []
    for curve in validation_curves(run).values():
        ratio = loss_ratio(run, curve)
        gap = None if ratio is None else first_gap(ratio, _once_seen(run, ratio))
        if ratio is not None and gap is not None:
            judged.append((gap, ratio))
    if not judged:
        return Finding.unknown(
            "No evaluation has a training loss at or before it with which it makes a ratio."
        )
    gap, ratio = max(judged, key=lambda pair: pair[0].ratio)
    first = first_gap(ratio) or gap
    text = _text(run, gap, first, ratio)
    evidence = Evidence(
        label="validation / training loss at the start",
        value=gap.ratio,
        metric=ratio.curve.metric,
        limit=max_ratio,
        first_step=gap.first_step,
        last_step=gap.last_step,
        points=gap.points,
    )
    losses = finite_series(run, "train_loss")
    start = mean(losses.value[: max(2, round(START * len(losses)))])
    begun = len(losses.between(None, gap.last_step)) >= SEVERAL
    lowest = float(ratio.valid[ratio.step >= gap.first_step].min())
    stays = begun and gap.ratio >= APART and lowest >= (1 - later) * gap.valid
    missed = start > gap.train and gap.valid - gap.train >= unfollowed * (start - gap.train)
    closed = lowest <= CLOSED * gap.valid and lowest < max_ratio * gap.train
    if not closed and run.kind == "sft" and (turned := _turns_away(run, ratio, settled)):
        return turned
    if closed or (gap.ratio < max_ratio and not (stays and missed)):
        return Finding.ok(f"{text} It falls to {lowest:.4g} later." if closed else text, evidence)
    untrained = begun and ratio.curve.basis == "full pass" and lowest >= UNTRAINED * start
    if not untrained and (late := _late(run, gap, early)):
        return Finding.unknown(
            f"{late}; a gap may have grown by then. An early one would tell.", evidence, summary=text
        )
    if gap.near_zero:
        reason = f"A training loss of {gap.train:.3g} is too near zero to divide by."
        return Finding.unknown(reason, evidence, summary=text)
    if ratio.curve.basis == "one minibatch" and gap.points < 5:
        reason = f"{ratio.curve.words()}: too few to average. Full passes over the validation set would tell."
        return Finding.unknown(reason, evidence, summary=text)
    if gap.ratio < max_ratio:
        text += f" Training loss had begun at {significant(start, 3)}.{_after(gap, ratio)}"
    return Finding.warning(
        text,
        evidence,
        Evidence.at("train_loss", "training loss at the start", start, run["train_loss"].first_step),
        Evidence.at("train_loss", "training loss at the end", float(ratio.train[-1]), int(ratio.step[-1])),
        *_first(run, ratio.curve, first, start),
        advice=_ADVICE,
    )


_ADVICE = (
    "Compare a few validation examples with the training data: format, length, topic. Draw both from one "
    "source, and add varied training examples."
)


def _after(gap: Gap, ratio: LossRatio) -> str:
    """Say how validation loss goes on after the gap; empty where it was not measured again."""
    if gap.last_step >= ratio.step[-1]:
        return ""
    return f" Validation loss changes by {change(ratio.valid[-1] / gap.valid)} from there to the end."


def _turns_away(run: Run, ratio: LossRatio, settled: float) -> Finding | None:
    """Warn of validation that rises from the first pass on beside a training loss that has settled."""
    losses, valid = finite_series(run, "train_loss"), ratio.valid
    best = int(valid.argmin())
    turn = int(ratio.step[best])
    epoch = run.epoch_at(turn)
    if ratio.curve.weak or len(losses) < VALUES or epoch is None or epoch > TURNED:
        return None
    value, count = losses.value, len(losses)
    start, end = mean(value[: max(2, count // 30)]), mean(value[-round(LATE * count) :])
    soon = mean(value[int(SOON[0] * count) : int(SOON[1] * count) + 1])
    if end <= BY_HEART or start - end < FELL * start or start - soon < settled * (start - end):
        return None
    if not 0 < RISEN * valid[best] <= valid[-1] or valid[-1] < WIDE * end:
        return None
    done = (start - soon) / (start - end)
    return Finding.warning(
        f"Validation loss rises from {run.where(turn)} on ({change(valid[-1] / valid[best])}), and training "
        f"loss had settled: {percent(done)} of its fall was done by a third of the run.",
        Evidence.of("train_loss", "share of the fall by a third of the run", done, losses, limit=settled),
        Evidence.at(ratio.curve.metric, "final validation loss", float(valid[-1]), int(ratio.step[-1])),
        advice=_ADVICE,
        confidence=0.8,
    )


def _text(run: Run, gap: Gap, first: Gap, ratio: LossRatio) -> str:
    name = ratio.curve.metric.partition("/")[2]
    where = f" on the set {name!r}" if name else ""
    place = f"at step {gap.last_step:,}, the first of {ratio.curve.words()}"
    if gap.last_step > first.last_step:
        place = f"at {run.where(gap.last_step)}, with {ratio.curve.words()} in all"
    elif gap.points > 1:
        place = f"over the first {gap.points:,} of {ratio.curve.words()}"
    elif len(ratio.curve.series) == 1:
        place = f"at step {gap.last_step:,}, the only evaluation"
    return (
        f"Validation / training loss{where} is {quotient(gap.ratio)} "
        f"({gap.valid:.4g} over {gap.train:.4g}) {place}."
    )


def _first(run: Run, curve: ValidationCurve, first: Gap, start: float) -> tuple[Evidence, Evidence]:
    """Return the first validation loss, and its quotient over the training loss of that time.

    Minibatches that were logged from the first steps on say it before the first full pass does.
    """
    level, metric, step, ratio = first.valid, curve.metric, first.last_step, first.ratio
    early = finite_series(run, MINIBATCH)
    if len(early) >= SAMPLE and curve.metric == FULL and early.step[SAMPLE - 1] < step:
        level, metric, step = mean(early.value[:SAMPLE]), MINIBATCH, int(early.step[SAMPLE - 1])
        ratio = level / start if start > 0 else ratio
    return (
        Evidence.at(metric, "first validation loss", level, step),
        Evidence.at(metric, "first validation / training loss", ratio, step),
    )


def _once_seen(run: Run, ratio: LossRatio) -> int:
    """Return the step of the last evaluation in the first epoch; 0 where none is known."""
    steps = ratio.step.tolist()
    epochs = dict(zip(steps, run.epochs_at(steps), strict=True))
    return max((step for step, epoch in epochs.items() if epoch and epoch <= WHOLE_EPOCH), default=0)


def _late(run: Run, gap: Gap, early: float) -> str | None:
    train = run["train_loss"]
    span = train.last_step - train.first_step
    share = (gap.last_step - train.first_step) / span if span else 1.0
    epoch = run.epoch_at(gap.last_step)
    if epoch is not None and epoch > WHOLE_EPOCH:
        return f"The first evaluation comes after {epoch:.2g} epochs"
    if epoch is None and share > early:
        return f"The first evaluation comes after {percent(share)} of the training steps"
    return None
