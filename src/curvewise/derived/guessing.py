"""Whether a loss that fell is one of guessing all the same."""

from __future__ import annotations

import math

from curvewise.derived.losses import finite_series
from curvewise.derived.validation import validation_curve
from curvewise.model.run import Run
from curvewise.model.series import FloatArray
from curvewise.numbers import percent

TOKENS = "train_mean_token_accuracy"
LESS_SURE = 0.35
"""Growth of the accuracy, as a share of what was missing, over the fall of the loss: below, the loss fell by
being less sure. Small models that learn have 0.45 and more, those on shuffled labels 0.3 at most."""
FELL, ROSE = 0.1, 0.15
"""Fall of the training loss from which on that is said, and growth of the accuracy up to which it is."""
RESTS = 0.02
"""Fall of the validation loss after a third of the training up to which it rests."""
RARELY_RIGHT = 2.5
"""Loss in nats per token at which the right one gets 8 %: of one that rests there little was learned."""
LITTLE = 0.3
"""Fall of the training loss that is little for one so high."""
TWO = 0.02
"""Distance from ln 2, as a share of it, within which a loss is that of guessing between two answers."""


def guesses(run: Run) -> str | None:
    """Say why a loss that fell and rests is one of guessing, or return None.

    Where labels do not follow from the inputs, a model learns how often each answer occurs, and nothing else.
    """
    losses, curve = finite_series(run, "train_loss"), validation_curve(run)
    if curve is None or curve.weak or len(losses) < 2:
        return None
    valid = curve.series.value[3 * curve.series.step >= max(curve.series.last_step, losses.last_step)]
    if len(valid) < 2 or valid[-1] < (1 - RESTS) * valid[0]:
        return None
    first, level = _ends(losses.value)
    fall = 1 - level / first if first > 0 else 0.0
    right = finite_series(run, TOKENS).value
    if len(right) >= len(losses) and 0 <= right.min() <= right.max() <= 1 and fall >= FELL:
        before, after = _ends(right)
        grown = (after - before) / (1 - before) if before < 1 else 1.0
        if grown < min(ROSE, LESS_SURE * fall):
            return (
                f"The share of right tokens went from {percent(before)} to {percent(after)} meanwhile: the "
                "model is less sure, and hardly more often right."
            )
    lowest = min(level, float(valid[-1]))
    if all(abs(loss / math.log(2) - 1) <= TWO for loss in (level, valid[-1])):
        return "Both rest at ln 2, the loss of guessing between two answers."
    if lowest >= RARELY_RIGHT and fall < LITTLE:
        return f"Both rest there: the right token gets {percent(math.exp(-lowest))} on average."
    return None


def _ends(values: FloatArray) -> tuple[float, float]:
    """Return the mean of the first values and of the last third."""
    return float(values[: max(2, len(values) // 30)].mean()), float(
        values[-max(1, len(values) // 3) :].mean()
    )
