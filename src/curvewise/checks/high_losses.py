"""The check `high_losses`."""

from __future__ import annotations

import math

from curvewise.derived.guessing import TOKENS, VALID_TOKENS, fell_at_once, guesses
from curvewise.derived.preference import ACCURACY, told_apart
from curvewise.derived.training import TrainingCourse, training_course
from curvewise.derived.validation import VALIDATION, ValidationCurve, validation_curve
from curvewise.model.finding import Evidence, Finding
from curvewise.model.run import Run
from curvewise.plugin import check
from curvewise.stats.moments import mean

WORSE = 0.02
"""Relative rise over the start with which losses that both end there are called high at any level."""
CLIMBED = 1.15
"""Median of the first tenth of the training losses over their first values from which on the loss climbed."""
NOTHING_LEFT = 0.1
"""Loss in nats per token under which there is little to learn."""
DPO_START = math.log(2)
"""Loss of a policy that does not prefer the chosen answer yet, in nats per pair."""

AT_ONCE = (
    "The losses fell at once and rest, as they do where labels do not follow from the inputs; the share of "
    "right answers, beside that of always giving the commonest one, would tell."
)
FELL_ON_NEW = 0.25
"""Fall of the validation loss from which on a model has learned, whatever is logged of its training loss."""
SUMMED = 20.0
"""Loss in nats that no vocabulary reaches by guessing: it is summed over the tokens of an answer."""
CHOICES = ("vocab_size", "vocabulary_size", "num_classes", "n_classes", "num_labels")
"""Hyperparameters that say among how many tokens or classes the model chooses."""


@check(
    needs=("train_loss", VALIDATION),
    uses=(*ACCURACY, TOKENS, VALID_TOKENS),
    kinds=("sft", "dpo"),
    turns={"learning_rate": "up", "model_size": "up", "difficulty": "down"},
)
def high_losses(
    run: Run, *, min_fall: float = 0.1, high: float = 1.5, uniform: float = 10.0, min_values: int = 10
) -> Finding:
    """Training and validation loss both stay high.

    The model fits neither the examples that it trains on nor new ones: the task is too hard for it, or
    the examples do not hold what is needed to predict the answers.

    Whether a loss is high cannot be told from its size alone: every text has an entropy that no model
    gets below. Two references are used. The start of the run: losses that end within a tenth of the first
    training level, and above 1.5 nats per token, were not learned, nor were losses that both end above it.
    And chance: a model that knows nothing has a loss of the logarithm of its vocabulary, 10.4 for 32,000
    tokens and 11.8 for 128,000, so a loss of 10 is high whatever the task, unless the run states its
    vocabulary or its number of classes. One of 20 or more is a sum over the tokens of an answer, and not
    judged. For preference pairs chance is ln 2 = 0.693, to which other terms may be added; a run that
    surely tells the pairs apart is not called high. A loss that fell and stays at a moderate level is not
    called high either: whether it is good enough, an evaluation must tell.

    Where labels do not follow from the inputs, a loss falls all the same, by what can be learned of how often
    each answer occurs, and rests there. Where validation loss rests, four signs of that count: the share of
    right tokens hardly grows while the loss falls, as a model gets less sure and no better; where no such
    share is logged, both losses fell at once and stand at one level since, though every example came again;
    both rest at ln 2, that of guessing between two answers; or both rest above 3 nats per token, less than
    a third below the start. Where no more is seen than a fall at once, the verdict is left open.

    Parameters
    ----------
    min_fall
        Relative fall below the start with which a loss does not "stay".
    high
        Loss in nats per token under which it is not called high: at 1.5 the right token gets
        22 % on (geometric) average, which is usual for free text.
    uniform
        Loss in nats per token that is no better than guessing.
    min_values
        Training values needed.

    Examples
    --------
    >>> from curvewise.testing import make_run
    >>> run = make_run(train_loss=[3.0] * 20, full_valid_loss={10: 3.1, 20: 3.1})
    >>> print(high_losses(run).summary)
    Training loss goes from 3 to 3 (medians over 3 of 20 values), validation loss ends at 3.1 (2 full-pass
    evaluations). Neither ends well below where training began.
    """
    course, curve = training_course(run), validation_curve(run)
    if course is None or curve is None:
        return Finding.unknown("Training or validation loss has no finite value.")
    n = len(course.series)
    valid, points = _final(curve)
    text = (
        f"Training loss goes from {course.start:.4g} to {course.final:.4g} ({course.words()}), validation "
        f"loss ends at {valid:.4g} ({curve.words()})."
    )
    if run.kind == "dpo" and (accuracy := told_apart(run)) is not None:
        return Finding.ok(f"{text} It tells {accuracy:.2f} of the pairs apart, so the level is no guessing.")
    if run.kind == "dpo":
        high, uniform = DPO_START * (1 - min_fall), DPO_START * 2
    evidence = (
        Evidence.of("train_loss", "final training loss", course.final, course.series, limit=high),
        Evidence.at(
            curve.metric, "final validation loss", valid, curve.series.last_step, limit=high, points=points
        ),
        Evidence.at("train_loss", "training loss at the start", course.start, int(course.smooth.step[0])),
    )
    if n < min_values:
        return Finding.unknown(f"{n} training values; {min_values} are needed.", *evidence, summary=text)
    lowest = min(course.final, valid)
    if lowest >= SUMMED:
        reason = f"A loss of {lowest:.3g} is a sum and no mean per token, so its level says nothing."
        return Finding.unknown(reason, *evidence, summary=text)
    if known := _guessing(run):
        uniform, high = known, min(high, known)
    if lowest >= uniform:
        return Finding.problem(f"{text} That is no better than guessing.", *evidence, advice=_ADVICE)
    fell = curve.basis == "full pass" and valid < (1 - FELL_ON_NEW) * float(curve.series.value[0])
    if fell or not _near_the_start(course, lowest, min_fall, high):
        return _fell(run, course, text, evidence)
    if curve.basis == "one minibatch" and points < 5:
        return Finding.unknown(f"{curve.words()}: too few to average.", *evidence, summary=text)
    return Finding.warning(f"{text} Neither ends well below where training began.", *evidence, advice=_ADVICE)


def _fell(run: Run, course: TrainingCourse, text: str, evidence: tuple[Evidence, ...]) -> Finding:
    """Judge losses that fell: of a supervised run some are those of guessing all the same."""
    if run.kind != "sft":
        return Finding.ok(text, *evidence)
    if sign := guesses(run):
        return Finding.warning(f"{text} {sign}", *evidence, advice=_ADVICE)
    if share := fell_at_once(run):
        done = Evidence.of("train_loss", "share of the fall that was done at once", share, course.series)
        return Finding.unknown(AT_ONCE, *evidence, done, summary=text)
    return Finding.ok(text, *evidence)


def _near_the_start(course: TrainingCourse, lowest: float, min_fall: float, high: float) -> bool:
    """Whether losses that are high end where training began, or losses of any level above it."""
    start = _begun(course)
    stays = lowest >= (1 - min_fall) * start
    worse = lowest >= (1 + WORSE) * start and lowest >= NOTHING_LEFT
    return stays and (lowest >= high or worse)


def _begun(course: TrainingCourse) -> float:
    """Return the level of the first stretch, or of its first values where the loss climbed at once."""
    value = course.series.value
    first = mean(value[: max(2, len(value) // 100)])
    return first if course.start >= CLIMBED * first else course.start


_ADVICE = (
    "Check the prompt format and the labels first; then try a higher learning rate, a larger model, or a "
    "simpler task with shorter answers."
)


def _guessing(run: Run) -> float | None:
    """Return the loss of guessing, from the number of tokens or classes that the run states."""
    stated = [run.hyperparameters.get(name) for name in CHOICES]
    counts = [count for count in stated if isinstance(count, int | float) and count >= 2]
    return math.log(counts[0]) if counts else None


def _final(curve: ValidationCurve) -> tuple[float, int]:
    """Return the last value, or the mean of the last fifth of single minibatches, and how many it is."""
    value = curve.series.value
    count = min(len(value), max(5, len(value) // 5)) if curve.basis == "one minibatch" else 1
    return mean(value[-count:]), count
