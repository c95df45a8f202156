"""The check `vanishing_training_loss`."""

from __future__ import annotations

import numpy as np

from curvewise.derived.losses import finite_series
from curvewise.derived.task_metric import share_wrong
from curvewise.derived.validation import EVERY_SET, FULL, MINIBATCH
from curvewise.model.finding import Evidence, Finding
from curvewise.model.run import Run
from curvewise.numbers import percent
from curvewise.plugin import check
from curvewise.stats.smoothing import median


@check(
    needs=("train_loss",),
    uses=("grad_norm", FULL, EVERY_SET, MINIBATCH),
    kinds=("sft", "dpo"),
    turns={"learning_rate": "down", "training_length": "down", "data": "up", "difficulty": "up"},
)
def vanishing_training_loss(
    run: Run, *, near_zero: float = 0.01, max_ratio: float = 1.5, solved: float = 0.05, min_values: int = 8
) -> Finding:
    """Training loss crashes to about zero.

    The model gives nearly all probability to every training token: it has the examples by heart. The
    learning rate is too high or the epochs are too many for so little data, or the data are too easy
    and teach nothing more. The remaining steps add no knowledge.

    Judged is the median of the last quarter of the training values. A loss of zero is a value like
    any other here. But when gradients, training or validation losses are NaN or infinite anywhere, zeros
    may stand for NaN (some trainers log NaN as 0.0), and then nothing is claimed: see `broken_run`.

    Parameters
    ----------
    near_zero
        Largest loss, in nats per token, that counts as zero: at 0.01 each token gets 99 %.
    max_ratio
        The guide's limit for validation over training loss, up to which new examples are known as well
        and the task is learned, not its examples.
    solved
        Largest share of the validation examples that may be wrong at the end when the task, and not its
        examples, is learned: a classifier of easy classes has a training loss of zero, too.
    min_values
        Training values needed.

    Examples
    --------
    >>> from curvewise.testing import make_run
    >>> print(vanishing_training_loss(make_run(train_loss=[2.0, 1.0] + [0.001] * 18)).summary)
    Training loss is 0.001 in the median of its last 5 of 20 values; it first reaches 0.01 at step 3.
    """
    if broken := _not_finite(run):
        return Finding.unknown(f"{broken} has NaN or infinite values, so zeros may stand for NaN.")
    loss = finite_series(run, "train_loss")
    n = len(loss)
    if n < min_values:
        return Finding.unknown(f"{n} finite training values; {min_values} are needed.")
    tail = loss.between(int(loss.step[-(n // 4)]))
    level = median(tail.value)
    evidence = Evidence.of("train_loss", "median of the last quarter", level, tail, limit=near_zero)
    text = f"Training loss is {level:.3g} in the median of its last {len(tail):,} of {n:,} values"
    if abs(level) > near_zero:
        return Finding.ok(f"{text}.", evidence)
    if (valid := _last(run)) is not None and 0 < valid <= max_ratio * level:
        return Finding.ok(
            f"{text}, and the validation loss is as low, {valid:.3g}: the task is learned.", evidence
        )
    wrong = share_wrong(run)
    if wrong is not None and wrong[-1] <= solved:
        text = f"{text}, and of the validation examples {percent(wrong[-1])} are wrong: the task is learned."
        return Finding.ok(text, evidence)
    reached = int(loss.step[np.argmax(loss.value <= near_zero)])
    return Finding.warning(
        f"{text}; it first reaches {near_zero:g} at {run.where(reached)}.",
        evidence,
        advice="Lower the learning rate or train for fewer epochs, or add harder and more varied examples; "
        "choose the checkpoint by validation loss, not by training loss.",
    )


def _last(run: Run) -> float | None:
    """Return the last full-pass validation loss."""
    full = run.get(FULL)
    return float(full.value[-1]) if full is not None and len(full) else None


def _not_finite(run: Run) -> str | None:
    names = ["train_loss", "grad_norm", FULL, MINIBATCH, *(f"{FULL}/{member}" for member in run.family(FULL))]
    return next((name for name in names if name in run and not np.isfinite(run[name].value).all()), None)
