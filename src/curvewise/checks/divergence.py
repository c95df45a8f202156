"""The check `divergence`."""

from __future__ import annotations

from curvewise.derived.cause import TrainingSince, diverges, training_since
from curvewise.derived.losses import finite_series
from curvewise.derived.rise import GUIDE, Rise, validation_rises
from curvewise.derived.training import CONTRAST, FEWEST, TrainingCourse, training_course
from curvewise.derived.validation import VALIDATION
from curvewise.derived.words import deploy
from curvewise.model.finding import Evidence, Finding
from curvewise.model.run import Run
from curvewise.numbers import change
from curvewise.plugin import check
from curvewise.stats.noise import noise_level
from curvewise.stats.smoothing import median

BLOWN_UP = 2.0
"""Typical over first training loss of a run that blew up at once."""


@check(
    needs=("train_loss",),
    uses=VALIDATION,
    kinds=("sft", "dpo"),
    turns={"learning_rate": "down", "training_length": "down"},
)
def divergence(
    run: Run, *, min_rise: float = 0.1, severe_rise: float = 1.0, smallest_rise: float = 0.03
) -> Finding:
    """Training loss and validation loss end above their best: the training itself went wrong.

    The optimiser left the valley that it had found: the learning rate is too high for this point of
    the training, or too high altogether. In overfitting the training loss keeps falling and only the
    validation loss rises; here the training loss rises as well, and the last checkpoint is worse in
    every respect.

    With full passes over the validation set, divergence is a validation loss that rises (as `overfitting`
    judges it) while the training loss ends above its level at the best evaluations; both 10 % higher
    count as well when the evaluations scatter. A training loss that rises while validation loss does
    not is no divergence: the order of the data or a schedule makes such rises.

    Without them, medians over stretches of a tenth of the training values are compared, the last with
    the lowest. The rise has to exceed four standard errors, to be a steady one by rank, and to come to
    a twentieth of the starting loss, so neither noisy minibatches nor a loss that wavers near zero
    count. A single spike that comes back is not divergence, see `loss_spikes`.

    A loss that blows up within the first steps and comes down from there has no best before its rise to be
    compared with. It is a divergence when its typical level is twice its first value, beyond noise.

    Parameters
    ----------
    min_rise
        Smallest relative rise of the training loss above its lowest level that counts when there is no
        full validation pass; smaller ones come and go with the order of the data.
    severe_rise
        Relative rise of the training loss from which it is a problem: the loss has doubled. Ending above
        the start is one as well, and a validation loss above the guide's 1.2 times the best.
    smallest_rise
        Smallest relative rise of the validation loss that counts.

    Examples
    --------
    >>> from curvewise.testing import make_run
    >>> falling = [2.0 - 0.05 * i for i in range(20)]
    >>> print(divergence(make_run(train_loss=falling + falling[::-1])).status)
    warning
    """
    if (blown := _blown_up(run)) is not None:
        return blown
    full = [rise for rise in validation_rises(run, smallest_rise) if not rise.curve.weak]
    since = training_since(run, full[0]) if full else None
    if full and since is not None:
        return _with_validation(run, full[0], since, severe_rise)
    course = training_course(run)
    if course is None:
        return Finding.unknown("Training loss has no finite value.")
    return _training_alone(run, course, min_rise, severe_rise)


def _blown_up(run: Run) -> Finding | None:
    """Warn of a loss that typically lies far above its first value."""
    loss = finite_series(run, "train_loss")
    if len(loss) < FEWEST:
        return None
    first, level = float(loss.value[0]), median(loss.value)
    if first <= 0 or level < BLOWN_UP * first or level - first < CONTRAST * (noise_level(loss.value) or 0.0):
        return None
    top = int(loss.value.argmax())
    return Finding.problem(
        f"Training loss begins at {first:.4g}, climbs to {loss.value[top]:.4g} at step {loss.step[top]:,}, "
        f"and is {level:.4g} in the median of its {len(loss):,} values.",
        Evidence.of("train_loss", "median / first training loss", level / first, loss, limit=BLOWN_UP),
        advice="Lower the learning rate by a factor of 10 or more, with warm-up and gradient clipping.",
    )


def _with_validation(run: Run, rise: Rise, since: TrainingSince, severe_rise: float) -> Finding:
    evidence = (
        *rise.evidence(GUIDE),
        Evidence.at(rise.curve.metric, "best validation loss", rise.best, rise.best_step),
        Evidence.of(
            "train_loss", "training loss at the last evaluation / at the best ones", since.ratio, since.series
        ),
    )
    training = f"training loss ends at {since.final:.4g} and was {since.best:.4g} around the best evaluation"
    if not diverges(rise, since):
        both = "rises after its best" if rise.rising else "shows no rise beyond noise"
        return Finding.ok(f"Validation loss {both}; {training} ({rise.curve.words()}).", *evidence)
    text = (
        f"Both losses end above their best: validation loss {rise.final:.4g} at step "
        f"{rise.curve.series.last_step:,}, {rise.best:.4g} at step {rise.best_step:,} "
        f"({change(rise.ratio)}); "
        f"{training} ({change(since.ratio)}). This rests on {rise.curve.words()}."
    )
    advice = f"Lower the learning rate by a factor of 2 to 10. {deploy(run, rise.best_step)}"
    severe = rise.ratio > GUIDE or since.ratio - 1 >= severe_rise
    made = Finding.problem if severe else Finding.warning
    return made(text, *evidence, advice=advice)


def _training_alone(run: Run, course: TrainingCourse, min_rise: float, severe_rise: float) -> Finding:
    n = len(course.series)
    risen = course.risen(min_rise)
    if risen is None:
        return Finding.unknown(f"{n} training values; 8 are needed to tell a rise from noise.")
    ratio = (
        course.final / course.low if course.low > 0 else 1.0 if course.final == course.low else float("inf")
    )
    evidence = (
        Evidence.of("train_loss", "final / lowest training loss", ratio, course.series, limit=1 + min_rise),
        Evidence.at("train_loss", "lowest training loss", course.low, course.low_step, points=course.width),
        Evidence.at(
            "train_loss", "final training loss", course.final, course.series.last_step, points=course.width
        ),
    )
    numbers = (
        f"{course.final:.4g} at the end, {course.low:.4g} around step {course.low_step:,} ({course.words()})"
    )
    if not risen:
        end = (
            "above its lowest level, by no more than its noise"
            if ratio > 1 + min_rise
            else "near its lowest level"
        )
        return Finding.ok(f"Training loss ends {end}: {numbers}.", *evidence)
    text = f"Training loss ends above its lowest level ({change(ratio)}): {numbers}."
    advice = f"Lower the learning rate by a factor of 2 to 10. {deploy(run, course.low_step)}"
    if course.final > course.start or ratio - 1 >= severe_rise:
        return Finding.problem(text, *evidence, advice=advice)
    return Finding.warning(text, *evidence, advice=advice)
