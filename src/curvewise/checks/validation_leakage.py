"""The check `validation_leakage`."""

from __future__ import annotations

import numpy as np

from curvewise.derived.losses import finite_series
from curvewise.derived.ratio import LossRatio, loss_ratio
from curvewise.derived.task_metric import share_wrong
from curvewise.derived.validation import FULL, MINIBATCH, VALIDATION
from curvewise.model.finding import Evidence, Finding
from curvewise.model.run import Run
from curvewise.model.series import FloatArray, Series
from curvewise.numbers import percent, quotient
from curvewise.plugin import check
from curvewise.stats.smoothing import median

FIRST_EPOCH, SEVERAL = 0.95, 3
"""Epochs after which examples come again, and evaluations needed from then on."""
GIVEN_BACK = 0.1
"""Share of its fall up to which a validation loss that falls with training rises again: the examples that did
not leak get worse. Of small trainings, those with leaked examples give back 0.08 at most, others 0.12."""
LEARNED = 5.0
"""Times `near_zero` at which training must have begun: below, the task was easy from the start."""

ALL_BUT, MANY, HALF = 0.8, 2.0, 0.45
"""Relative fall of a training loss that fell to next to nothing, times `many_epochs` in which it did, and the
relative fall of a validation loss that follows it then: a mean since the last entry lags behind."""
UNSOLVED = 0.25
"""Share of the validation examples, or words, that are got wrong where they are not known by heart."""
KNOWN = 0.97
"""Share of the training examples that are got right where they are known by heart."""
ALIKE = (0.6, 1.6)
"""Validation / training loss, batch by batch, that is usual."""
BATCHES, FEW_APART = (4, 8, 16, 32, 64), (0.85, 1.25)
"""Batches over which gradients are commonly accumulated, and the usual validation / training loss of one."""
SAME, MOVED = 1.25, 0.8
"""Largest over smallest quotient of all evaluations where training loss is a multiple of validation loss, and
share of its first value to which it has to fall for that to tell."""
GUESSING = 13.0
"""Loss in nats per token that no model starts with: guessing among 260,000 tokens has 12.5."""


@check(needs=(VALIDATION, "train_loss"), uses=(MINIBATCH,), kinds=("sft",))
def validation_leakage(
    run: Run,
    *,
    max_ratio: float = 0.5,
    near_zero: float = 0.02,
    many_epochs: float = 5.0,
    few_steps: float = 30.0,
    by_heart: float = 0.35,
    follows: float = 0.4,
) -> Finding:
    """Validation loss is lower than it can be on new examples.

    New examples are as hard as those of the training set, or harder. A validation loss of half the
    training loss is no sign of health: either the validation examples (or near copies of them) are
    among the training data, or the loss is taken over other tokens there, such as a template that is
    the same in every answer, or the answers are so short that there is nothing to predict. In none of
    these cases does the curve tell how the model does on new examples. A validation split that is
    drawn again when a run is resumed leaks as well, and then only a low first value shows it.

    Another sign is a validation loss that falls as the training examples are learned by heart. From the
    second epoch on a training loss falls because the same examples come again; on a small set it falls far,
    and the loss of new examples stays or rises. One that falls with it through many epochs and stays low, by
    `follows` of its fall or more, is that of examples that are learned by heart too.

    Judged are the evaluations of the first half, by their median: the validation loss over the
    training loss around the same step (the lower of the value there and the mean of the last few, so
    that a loss that is still falling fast does not count as leakage), and, where they come before the
    middle of training, the validation loss itself. Dropout, which is off during evaluation, and a
    training loss averaged over an epoch make a ratio of 0.8 or 0.9 normal. A training loss that is 4, 8, 16,
    32 or 64 times the validation loss from the first evaluation to the last may be a sum over accumulated
    batches, and nothing is said. Where a metric of the task says
    that the validation examples are not solved, such as a word error rate of 40 %, they did not leak.

    Parameters
    ----------
    max_ratio
        Largest validation / training loss that is suspicious; dropout and averaging rarely go below 0.7.
    near_zero
        Largest early validation loss, in nats per token, that is suspicious by itself: at 0.02 the
        model gives 98 % to every token of answers that it has never seen.
    many_epochs, few_steps
        Least epochs, and most steps of one, of a run that learns its examples by heart: some hundred
        examples, each of them seen five times.
    by_heart
        Least relative fall of the training loss after the first epoch.
    follows
        Least share of that fall that validation has as well. Trainings of a tenth of a million weights
        on up to 240 examples have 0.40 to 0.87 with two thirds or more of the validation examples among
        them, and -0.35 to 0.28 without.

    Examples
    --------
    >>> from curvewise.testing import make_run
    >>> run = make_run(train_loss=[2.0, 1.9, 1.8, 1.7], full_valid_loss={2: 0.5, 4: 0.4})
    >>> print(validation_leakage(run).summary)
    Validation loss is 0.26 times the training loss at the first of 2 full-pass evaluations.
    """
    ratio, train = loss_ratio(run), finite_series(run, "train_loss")
    if ratio is None:
        return Finding.unknown("Training or validation loss has no finite value; both are needed.")
    if len(ratio.step) > 1 and not ratio.valid.any():
        return Finding.unknown("Validation loss is 0 at every evaluation: nothing was measured.")
    early = max(1, len(ratio.step) // 2)
    valid = Series(ratio.step[:early], ratio.valid[:early])
    level, metric = median(valid.value), ratio.curve.metric
    every = _quotients(train, ratio)
    known = every[:early][np.isfinite(every[:early])]
    place = "at the first" if early == 1 else f"in the median over the first {early:,}"
    where = f"{place} of {ratio.curve.words()}" if len(ratio.step) > 1 else "at the only evaluation"
    low = Evidence.of(metric, "early validation loss, median", level, valid, limit=near_zero)
    evidence = [low]
    if known.size and len(train) <= len(ratio.step) and (train.value == train.value[0]).all():
        reason = "The training loss has one value, a mean over all the time before it."
        return Finding.unknown(reason, *evidence)
    if known.size:
        relative = median(known)
        suspicious = relative < max_ratio
        if summed := suspicious and (
            _summed(run, train, relative) or _proportional(ratio, every) or _missed(run, early)
        ):
            return Finding.unknown(summed, *evidence)
        label = "early validation / training loss, median"
        evidence.insert(0, Evidence.of(metric, label, relative, valid, limit=max_ratio))
        if suspicious:
            summary = f"Validation loss is {relative:.2g} times the training loss {where}."
            return Finding.warning(summary, *evidence, advice=_ADVICE)
    begin, middle = float(train.value[0]), (train.first_step + train.last_step) / 2
    higher = bool(known.size) and relative > 1
    if not higher and 0 <= level <= near_zero and begin >= LEARNED * near_zero and valid.first_step <= middle:
        summary = f"Validation loss is {level:.2g} {where}, while training began at {begin:.3g}."
        return Finding.warning(summary, *evidence, advice=_ADVICE)
    if together := _together(run, ratio, many_epochs, few_steps, by_heart, follows):
        return together
    if not known.size:
        return Finding.unknown("No early evaluation has a positive training loss beside it to compare with.")
    return Finding.ok(f"Validation loss is {quotient(relative)} times the training loss {where}.", *evidence)


def _together(
    run: Run, ratio: LossRatio, many_epochs: float, few_steps: float, by_heart: float, follows: float
) -> Finding | None:
    """Warn of a validation loss that falls while the training examples are learned by heart."""
    right = finite_series(run, "train_accuracy").value
    if len(right) and right.max() < KNOWN:
        return None
    per_epoch = _steps_per_epoch(run, ratio)
    if per_epoch is None or not 2 <= per_epoch <= few_steps or ratio.curve.weak:
        return None
    epochs = float(ratio.step[-1]) / per_epoch
    again = (ratio.step >= FIRST_EPOCH * per_epoch) & np.isfinite(ratio.train)
    if epochs < many_epochs or np.count_nonzero(again) < SEVERAL:
        return None
    train, valid = ratio.train[again], ratio.valid[again]
    fell, followed = train[0] - train[-1], valid[0] - valid[-1]
    if not 0 < by_heart * train[0] <= fell:
        return None
    nearly_all = fell >= ALL_BUT * train[0] and epochs >= MANY * many_epochs
    if followed < follows * fell and not (nearly_all and followed >= HALF * valid[0]):
        return None
    if float(valid[-1] - valid.min()) > GIVEN_BACK * (valid[0] - valid.min()):
        return None
    series = Series(ratio.step[again], valid)
    metric = ratio.curve.metric
    return Finding.warning(
        f"Validation loss fell with training loss through {epochs:.0f} epochs of {per_epoch:.0f} steps: from "
        f"{valid[0]:.3g} to {valid[-1]:.3g} after the first, while training loss fell from {train[0]:.3g} "
        f"to {train[-1]:.3g}.",
        Evidence.of(metric, "fall of validation / fall of training", followed / fell, series, limit=follows),
        advice=f"{_ADVICE} Without any, the data are so regular that nothing has to be learned by heart.",
        confidence=0.7,
    )


def _steps_per_epoch(run: Run, ratio: LossRatio) -> float | None:
    """Return the steps of an epoch: as stated, else from full pass to full pass beside minibatches."""
    last = int(ratio.step[-1])
    if epochs := run.epoch_at(last):
        return last / epochs
    step = ratio.step
    if len(step) <= SEVERAL or MINIBATCH not in run or ratio.curve.metric != FULL:
        return None
    return float(step[0]) if (step == step[0] * np.arange(1, len(step) + 1)).all() else None


_ADVICE = (
    "Look for validation examples that the training data holds too, exact and near copies; see which tokens "
    "the loss is taken over and how long the answers are; then evaluate on examples collected apart."
)


def _summed(run: Run, train: Series, relative: float) -> str | None:
    """Say why the training loss is a sum over batches and no mean as the validation loss is, or None."""
    batches = run.hyperparameters.get("gradient_accumulation_steps")
    if isinstance(batches, int | float) and batches > 1 and ALIKE[0] <= relative * batches <= ALIKE[1]:
        return f"Gradients are accumulated over {batches:g} batches, and training loss looks like their sum."
    first = float(train.value[0])
    if first > GUESSING:
        return f"Training loss starts at {first:.3g}: that is no mean per token but a sum over batches."
    return None


def _proportional(ratio: LossRatio, quotients: FloatArray) -> str | None:
    """Say that training loss is a multiple of validation loss, as a sum over batches is, or None."""
    known = np.isfinite(quotients)
    if known.sum() < SEVERAL or quotients[known].min() <= 0:
        return None
    train, quotient = ratio.train[known], quotients[known]
    usual = median(quotient)
    times = [batches for batches in BATCHES if FEW_APART[0] <= usual * batches <= FEW_APART[1]]
    same = bool(quotient.max() <= SAME * quotient.min())
    if not times or not same or train[-1] > MOVED * train[0]:
        return None
    return (
        f"Training loss is about {times[0]} times validation loss at every evaluation, while both fall: it "
        f"may be a sum over {times[0]} batches whose gradients are accumulated. Validation loss before the "
        "first step would tell."
    )


def _missed(run: Run, early: int) -> str | None:
    """Say that the task is not solved on the validation examples, as it would be on ones that leaked."""
    wrong = share_wrong(run)
    if wrong is None or median(wrong[:early]) < UNSOLVED:
        return None
    return (
        f"{percent(median(wrong[:early]))} is wrong at these evaluations: examples that leaked do better. "
        "Training loss may be a sum over batches, or taken with dropout and masked inputs."
    )


def _quotients(train: Series, ratio: LossRatio) -> FloatArray:
    """Return validation over the lower of the local and the mean training loss; NaN where not positive.

    A training loss that is logged once an evaluation is a mean over the time before it, and lags behind: the
    next one counts as well.
    """
    at = np.minimum(np.interp(ratio.step, train.step, train.value), ratio.train)
    if 1 < len(train) <= len(ratio.step) + 1:
        at = np.minimum(at, np.interp(ratio.step, train.step[:-1], train.value[1:]))
    meaningful = (at > 0) & (ratio.valid >= 0)
    with np.errstate(over="ignore"):
        return np.where(meaningful, ratio.valid / np.where(meaningful, at, 1.0), np.nan)
