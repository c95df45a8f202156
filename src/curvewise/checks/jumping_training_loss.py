"""The check `jumping_training_loss`."""

from __future__ import annotations

import numpy as np

from curvewise.derived.losses import finite_series
from curvewise.model.finding import Evidence, Finding
from curvewise.model.run import Run
from curvewise.numbers import significant
from curvewise.plugin import check
from curvewise.stats.smoothing import median


@check(needs=("train_loss",), kinds=("sft", "dpo"), turns={"learning_rate": "down", "batch_size": "up"})
def jumping_training_loss(
    run: Run, *, min_jump: float = 1.0, min_of_start: float = 0.5, min_values: int = 6
) -> Finding:
    """Training loss jumps from row to row by more than its own level.

    The steps are too large for the batches that they rest on: a learning rate that is too high, or
    batches of one or two examples. No single value of such a curve says how good the model is, and a
    checkpoint is the luck of its last step.

    Judged is the median distance of a value from the one before it. Noise of minibatches, up to 40 % of
    the loss, moves the median value by less than half of it; a loss that was learned to almost zero may
    move by many times its level and is still quiet beside the loss that it began with.

    Parameters
    ----------
    min_jump
        Median distance, as a multiple of the median loss, from which on the loss jumps.
    min_of_start
        The same as a multiple of the first loss.
    min_values
        Training values needed.

    Examples
    --------
    >>> from curvewise.testing import make_run
    >>> print(jumping_training_loss(make_run(train_loss=[0.7, 2.5, 0.1, 3.0, 0.0, 2.0, 0.2, 3.5])).summary)
    Training loss jumps by 2.4 from one value to the next, around a median of 1.35 (8 training values).
    """
    loss = finite_series(run, "train_loss")
    if len(loss) < min_values:
        return Finding.unknown(f"{len(loss)} finite training values; {min_values} are needed to see jumps.")
    level, start = median(np.abs(loss.value)), abs(float(loss.value[0]))
    jump = median(np.abs(loss.value[1:] - loss.value[:-1]))
    evidence = Evidence.of("train_loss", "median distance of a value from the one before", jump, loss)
    text = (
        f"Training loss jumps by {significant(jump, 2)} from one value to the next, around a median of "
        f"{significant(level, 3)} ({len(loss):,} training values)."
    )
    if jump <= max(min_jump * level, min_of_start * start):
        return Finding.ok(text.replace("jumps", "moves"), evidence)
    return Finding.problem(
        text,
        evidence,
        advice="Lower the learning rate by a factor of 3 to 10, or raise the batch size; judge by a "
        "validation loss over many examples.",
    )
