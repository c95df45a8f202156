"""Whether a loss that fell is one of guessing all the same."""

from __future__ import annotations

import math

from curvewise.derived.losses import finite_series
from curvewise.derived.validation import validation_curve
from curvewise.model.run import Run
from curvewise.model.series import FloatArray, Series
from curvewise.numbers import percent
from curvewise.stats.moments import mean

TOKENS, VALID_TOKENS = "train_mean_token_accuracy", "full_valid_mean_token_accuracy"
SMALL = 0.05
"""Fall of the validation loss below which the growth of its accuracy is luck."""
LESS_SURE = 0.35
"""Growth of the accuracy, as a share of what was missing, over the fall of the loss: below, the loss fell by
being less sure. Small models that learn have 0.45 and more, those on shuffled labels 0.3 at most."""
FAR_LESS, FAR = 0.25, 0.25
"""The same share, and the fall of the training loss, with which it is said of a loss that does not rest yet.
Of small trainings that learn none has less than 0.3."""
FELL, ROSE = 0.1, 0.15
"""Fall of the training loss from which on that is said, and growth of the accuracy up to which it is."""
APART = 1.5
"""Quotient of validation over training loss up to which examples are not learned by heart instead."""
ONCE, QUARTER, MANY = 0.88, (0.1, 0.25), 10
"""Share of the fall that is done in a stretch where a loss fell at once, and losses that show it."""
UNSURE, MOST, NO_GAP = 0.6, 0.9, 1.15
"""Least level in nats, largest fall, and largest quotient of validation over training loss, of losses that
may be those of guessing. Of 120 small healthy trainings one is so, of 110 on shuffled labels every fifth."""
RESTS = 0.02
"""Fall of the validation loss after a third of the training up to which it rests."""
RARELY_RIGHT = 3.0
"""Loss in nats per token at which the right one gets 5 %: of one that stands there little was learned."""
LITTLE = 0.3
"""Fall of the training loss that is little for one so high."""
TWO = 0.02
"""Distance from ln 2, as a share of it, within which a loss is that of guessing between two answers."""

AT_ONCE, SOON = 0.82, (0.1, 0.2)
"""Share of the whole fall that is done by the second tenth of the run where a loss fell at once. Of small
trainings that learn, the fastest have 0.8; on shuffled labels most have 0.83 to 1."""
STANDS, ALIKE, EPOCHS = 0.025, 1.06, 2.0
"""Fall after the first half up to which a training loss stands still, quotient of validation over it up to
which it learned no example by heart, and epochs from which on that says something."""
HARDLY = 0.08
"""Fall of the validation loss after its first value that is none beside a fall at once."""


def guesses(run: Run) -> str | None:
    """Say why a loss that fell and rests is one of guessing, or return None.

    Where labels do not follow from the inputs, a model learns how often each answer occurs, and nothing else.
    """
    losses, curve = finite_series(run, "train_loss"), validation_curve(run)
    if curve is None or curve.weak or len(losses) < 2:
        return None
    valid = curve.series.value[3 * curve.series.step >= max(curve.series.last_step, losses.last_step)]
    rests = len(valid) >= 2 and valid[-1] >= (1 - RESTS) * valid[0]
    first, level = _ends(losses.value)
    fall = 1 - level / first if first > 0 else 0.0
    if said := _less_sure(run, curve.series.value, fall, level, LESS_SURE if rests else FAR_LESS):
        return said
    if not rests:
        return None
    right = finite_series(run, TOKENS).value
    if not len(right) and (said := _at_once(run, losses, curve.series.value, first, level)):
        return said
    lowest = min(level, float(valid[-1]))
    if all(abs(loss / math.log(2) - 1) <= TWO for loss in (level, valid[-1])):
        return "Both rest at ln 2, the loss of guessing between two answers."
    if lowest >= RARELY_RIGHT and fall < LITTLE and _stands(losses, level):
        return f"Both rest there: the right token gets {percent(math.exp(-lowest))} on average."
    return None


def fell_at_once(run: Run) -> float | None:
    """Return the share of a fall that was done at once, if the losses rest as those of guessing, or None."""
    losses, curve = finite_series(run, "train_loss"), validation_curve(run)
    count = len(losses)
    if curve is None or curve.weak or count < MANY or run.epoch_at(losses.last_step) is None:
        return None
    first, level = _ends(losses.value)
    valid = curve.series.value
    if level < UNSURE or not FELL * first <= first - level <= MOST * first:
        return None
    if valid[-1] > NO_GAP * level or valid[-1] < (1 - HARDLY) * valid[0]:
        return None
    soon = mean(losses.value[int(QUARTER[0] * count) : int(QUARTER[1] * count) + 1])
    share = (first - soon) / (first - level)
    return share if share >= ONCE else None


def _less_sure(run: Run, valid: FloatArray, fall: float, level: float, share: float) -> str | None:
    """Say that the share of right tokens hardly grew while the training loss fell; else return None."""
    right, losses = finite_series(run, TOKENS).value, finite_series(run, "train_loss")
    if len(right) < len(losses) or not 0 <= right.min() <= right.max() <= 1:
        return None
    if fall < FELL or (share == FAR_LESS and (fall < FAR or valid[-1] > APART * level)):
        return None
    before, after = _ends(right)
    grown = (after - before) / (1 - before) if before < 1 else 1.0
    if grown >= min(ROSE, share * fall) or _more_often_right(run, valid):
        return None
    return (
        f"The share of right tokens went from {percent(before)} to {percent(after)} meanwhile: the model is "
        "less sure, and hardly more often right."
    )


def _more_often_right(run: Run, valid: FloatArray) -> bool:
    """Whether the share of right validation tokens grew with the fall of their loss."""
    right, fall = finite_series(run, VALID_TOKENS).value, 1 - float(valid[-1] / valid[0]) if valid[0] else 0.0
    if len(right) < 2 or right.max() >= 1 or fall < SMALL:
        return False
    return bool((right[-1] - right[0]) / (1 - right[0]) >= LESS_SURE * fall)


def _at_once(run: Run, losses: Series, valid: FloatArray, first: float, level: float) -> str | None:
    """Say that a loss fell at once and stands still, though every example came again; else return None."""
    place, epochs = losses.step / losses.last_step, run.epoch_at(losses.last_step)
    soon = losses.value[(place > SOON[0]) & (place <= SOON[1])]
    if epochs is None or epochs < EPOCHS - 0.1 or not len(soon) or level <= 0:
        return None
    fall = first - level
    if fall < FELL * first or first - mean(soon) < AT_ONCE * fall or not _stands(losses, level):
        return None
    if valid[-1] > ALIKE * level or valid[-1] < (1 - HARDLY) * valid[0]:
        return None
    done = percent((first - mean(soon)) / fall)
    return (
        f"{done} of the fall was done after a fifth of the run, and through {epochs:.0f} epochs no example "
        "was learned by heart: so a model learns the form of answers, or how often each occurs."
    )


def _stands(losses: Series, level: float) -> bool:
    """Whether the level of the last third is hardly lower than that of the middle."""
    place = losses.step / losses.last_step
    middle = losses.value[(place > 0.3) & (place <= 0.55)]
    return len(middle) > 0 and bool(level >= (1 - STANDS) * mean(middle))


def _ends(values: FloatArray) -> tuple[float, float]:
    """Return the mean of the first values and of the last third."""
    return mean(values[: max(2, len(values) // 30)]), mean(values[-max(1, len(values) // 3) :])
