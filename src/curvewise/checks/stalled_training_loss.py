"""The check `stalled_training_loss`."""

from __future__ import annotations

from curvewise.derived.learning_rate import USES, learning_rate
from curvewise.derived.preference import ACCURACY, told_apart
from curvewise.derived.training import training_course
from curvewise.model.finding import Evidence, Finding
from curvewise.model.run import Run
from curvewise.numbers import change
from curvewise.plugin import check

HIGHER = (
    "Raise the learning rate by a factor of 2 to 10; if that changes nothing, look for wrong or "
    "contradicting labels in the training data."
)
LOWER = (
    "Lower the learning rate by a factor of 3 to 10: the loss stands still from the start on, as it does "
    "where the rate is far too high. If that changes nothing, raise it, and look for wrong or contradicting "
    "labels."
)


@check(needs=("train_loss",), uses=(*USES, *ACCURACY), kinds=("sft", "dpo"))
def stalled_training_loss(
    run: Run, *, min_fall: float = 0.05, min_values: int = 10, already_low: float = 0.05
) -> Finding:
    """Training loss barely decreases.

    The updates change next to nothing: the learning rate is too low, or the examples contradict each
    other so that there is nothing common to learn. A rate that is far too high looks much the same: the loss
    gets stuck at once. The model at the end is hardly better than the one of the start.

    Compared are medians over stretches of a tenth of the training values: the first with the lowest. The
    noise of single minibatches is allowed for: when it is so large that a fall of `min_fall` could hide
    in it, the verdict is left open. What the model learned within the first tenth is not seen. A
    preference run that surely tells the pairs apart has learned, however little its loss moved.

    Parameters
    ----------
    min_fall
        Smallest relative fall that counts as learning; fine-tuning that works takes off a tenth or more.
    min_values
        Training values needed.
    already_low
        Starting loss, in nats per token, below which there is little left to learn.

    Examples
    --------
    >>> from curvewise.testing import make_run
    >>> print(stalled_training_loss(make_run(train_loss=[2.0, 1.99] * 10)).summary)
    Training loss falls by 0.5 % from its start at 2 to its lowest stretch (medians over 3 of 20 values).
    """
    course = training_course(run)
    if course is None or len(course.series) < min_values:
        n = 0 if course is None else len(course.series)
        return Finding.unknown(f"{n} finite training values; {min_values} are needed.")
    if course.start <= 0:
        return Finding.unknown(
            f"Training loss starts at {course.start:.3g}, so a relative fall has no meaning."
        )
    fall = 1 - course.low / course.start
    text = (
        f"Training loss falls by {100 * fall:.3g} % from its start at {course.start:.4g} "
        f"to its lowest stretch ({course.words()})."
    )
    evidence = Evidence.of(
        "train_loss",
        "relative fall from the first to the lowest stretch",
        fall,
        course.series,
        limit=min_fall,
    )
    if fall >= min_fall or course.start < already_low:
        return Finding.ok(text, evidence)
    if run.kind == "dpo" and (accuracy := told_apart(run)) is not None:
        return Finding.ok(f"{text} It tells {accuracy:.2f} of the pairs apart all the same.", evidence)
    if course.risen(min_fall):
        ratio = course.final / course.start
        return Finding.ok(f"{text} It rises instead ({change(ratio)}), which is no stall.", evidence)
    error = None if course.error is None else 2 * 2**0.5 * course.error / course.start
    if error is None or fall + error >= 2 * min_fall:
        scatter = f"{50 * (error or 0):.2g} % standard error"
        reason = f"Training values scatter too much ({scatter}); more of them would tell."
        return Finding.unknown(reason, evidence, summary=text)
    return Finding.warning(
        text,
        evidence,
        advice=LOWER if _stuck(run, min_values) else HIGHER,
    )


def _stuck(run: Run, min_values: int) -> bool:
    """Whether the shape of the curve rather speaks for a rate that is too high."""
    found = learning_rate(run)
    if found is None or found.obstacle(min_values):
        return False
    return found.high > max(found.low, found.fine)
