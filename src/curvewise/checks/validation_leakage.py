"""The check `validation_leakage`."""

from __future__ import annotations

import numpy as np

from curvewise.derived.losses import finite_series
from curvewise.derived.ratio import LossRatio, loss_ratio
from curvewise.derived.validation import VALIDATION
from curvewise.model.finding import Evidence, Finding
from curvewise.model.run import Run
from curvewise.model.series import FloatArray, Series
from curvewise.numbers import quotient
from curvewise.plugin import check
from curvewise.stats.smoothing import median

LEARNED = 5.0
"""Times `near_zero` at which training must have begun: below, the task was easy from the start."""


@check(needs=(VALIDATION, "train_loss"), kinds=("sft",))
def validation_leakage(run: Run, *, max_ratio: float = 0.5, near_zero: float = 0.02) -> Finding:
    """Validation loss lies far below training loss, or at about zero, from the first evaluations on.

    New examples are as hard as those of the training set, or harder. A validation loss of half the
    training loss is no sign of health: either the validation examples (or near copies of them) are
    among the training data, or the loss is taken over other tokens there, such as a template that is
    the same in every answer, or the answers are so short that there is nothing to predict. In none of
    these cases does the curve tell how the model does on new examples. A validation split that is
    drawn again when a run is resumed leaks as well, and then only a low first value shows it.

    Judged are the evaluations of the first half, by their median: the validation loss over the
    training loss around the same step (the lower of the value there and the mean of the last few, so
    that a loss that is still falling fast does not count as leakage), and, where they come before the
    middle of training, the validation loss itself. Dropout, which is off during evaluation, and a
    training loss averaged over an epoch make a ratio of 0.8 or 0.9 normal.

    Parameters
    ----------
    max_ratio
        Largest validation / training loss that is suspicious; dropout and averaging rarely go below 0.7.
    near_zero
        Largest early validation loss, in nats per token, that is suspicious by itself: at 0.02 the
        model gives 98 % to every token of answers that it has never seen.

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
    early = max(1, len(ratio.step) // 2)
    valid = Series(ratio.step[:early], ratio.valid[:early])
    level, metric = median(valid.value), ratio.curve.metric
    quotients = _quotients(train, ratio)[:early]
    known = quotients[np.isfinite(quotients)]
    place = "at the first" if early == 1 else f"in the median over the first {early:,}"
    where = f"{place} of {ratio.curve.words()}" if len(ratio.step) > 1 else "at the only evaluation"
    low = Evidence.of(metric, "early validation loss, median", level, valid, limit=near_zero)
    evidence = [low]
    if known.size:
        relative = median(known)
        label = "early validation / training loss, median"
        evidence.insert(0, Evidence.of(metric, label, relative, valid, limit=max_ratio))
        if relative < max_ratio:
            summary = f"Validation loss is {relative:.2g} times the training loss {where}."
            return Finding.warning(summary, *evidence, advice=_ADVICE)
    begin, middle = float(train.value[0]), (train.first_step + train.last_step) / 2
    if 0 <= level <= near_zero and begin >= LEARNED * near_zero and valid.first_step <= middle:
        summary = f"Validation loss is {level:.2g} {where}, while training began at {begin:.3g}."
        return Finding.warning(summary, *evidence, advice=_ADVICE)
    if not known.size:
        return Finding.unknown("No early evaluation has a positive training loss beside it to compare with.")
    return Finding.ok(f"Validation loss is {quotient(relative)} times the training loss {where}.", *evidence)


_ADVICE = (
    "Look for validation examples that the training data holds too, exact and near copies; see which tokens "
    "the loss is taken over and how long the answers are; then evaluate on examples collected apart."
)


def _quotients(train: Series, ratio: LossRatio) -> FloatArray:
    """Return validation over the lower of the local and the mean training loss; NaN where not positive."""
    at = np.minimum(np.interp(ratio.step, train.step, train.value), ratio.train)
    meaningful = (at > 0) & (ratio.valid >= 0)
    with np.errstate(over="ignore"):
        return np.where(meaningful, ratio.valid / np.where(meaningful, at, 1.0), np.nan)
