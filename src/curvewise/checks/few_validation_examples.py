"""The check `few_validation_examples`."""

from __future__ import annotations

import numpy as np

from curvewise.derived.losses import finite_series
from curvewise.derived.validation import FULL, MINIBATCH, VALIDATION, validation_curve
from curvewise.model.finding import Evidence, Finding
from curvewise.model.run import Run
from curvewise.model.series import Series, distinct
from curvewise.plugin import check
from curvewise.stats.intervals import denominator

ACCURACY = "full_valid_mean_token_accuracy"
SHOWN_BY = 3
"""Different accuracies that show of how many tokens they are shares."""
ADVICE = (
    "Hold out 5 to 10 % of the examples, a hundred or more where there are that many; until then, compare "
    "two or three checkpoints on the real task."
)
EXACT = 1e-6
"""Distance from a share: rounded accuracies are shares of a small number whatever they were taken over."""


@check(needs=(VALIDATION,), uses=(ACCURACY,), kinds=("sft", "dpo"))
def few_validation_examples(run: Run, *, enough: int = 20) -> Finding:
    """The validation set holds so few examples that its loss speaks of them, and not of new ones.

    The losses of single examples differ by about as much as their mean is. The mean over eight of them is
    therefore off by a third, however smooth its curve is: every evaluation is over the same eight, so the
    curve hides what is missing. A gap to the training loss may be theirs, and so may a rise that a single
    one of them makes.

    Their number is what the run states: its job, a validation file, or the speed of an evaluation as
    the Hugging Face Trainer logs it. Where nothing states it, two things show it. Minibatches of the
    validation set that give the very losses of the full passes hold the whole set. And token accuracies
    that are all shares of a small number say how many tokens were predicted, which is no fewer than there
    were examples.

    Parameters
    ----------
    enough
        Examples from which on nothing is said: each of 20 has a weight of 5 %, and the mean an error of
        about a fifth.

    Examples
    --------
    >>> from curvewise.testing import make_run
    >>> run = make_run(full_valid_loss=[1.2, 1.0, 0.9], validation_examples=8)
    >>> print(few_validation_examples(run).summary)
    The validation loss is a mean over 8 examples.
    """
    curve = validation_curve(run)
    if curve is None:
        return Finding.unknown("Validation loss has no finite value.")
    examples, what = run.validation_examples, "examples"
    if examples is None:
        shares = distinct(finite_series(run, ACCURACY).value)
        examples = denominator(shares, enough, EXACT) if len(shares) >= SHOWN_BY else None
        what = "tokens"
    if examples is None and (same := _whole_minibatches(run)) is not None:
        return Finding.warning(
            f"The whole validation set is one minibatch: both losses are the same at {len(same)} steps.",
            Evidence.of(FULL, "full pass / minibatch", 1.0, same, limit=1.0),
            advice=ADVICE,
        )
    if examples is None:
        return Finding.not_applicable("Nothing states how many validation examples there are.")
    text = f"The validation loss is a mean over {examples:,} {what}."
    evidence = Evidence.of(curve.metric, f"validation {what}", examples, curve.series, limit=enough)
    if examples >= enough:
        return Finding.ok(text, evidence)
    return Finding.warning(
        text,
        evidence,
        advice=ADVICE,
    )


def _whole_minibatches(run: Run) -> Series | None:
    """Return the full passes, if a minibatch at the same step gives the same loss at all of them."""
    every, minibatch = finite_series(run, FULL), finite_series(run, MINIBATCH)
    full, minibatch = every.on(minibatch.step), minibatch.on(every.step)
    if len(full) < 2:
        return None
    apart = np.abs(full.value - minibatch.value)
    same = (apart <= EXACT * np.abs(minibatch.value)).all()
    return full if same and len(distinct(full.value)) > 1 else None
