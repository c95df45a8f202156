"""The check `divergence`."""

from __future__ import annotations

from curvewise.comparable.training import training_course
from curvewise.comparable.words import change, deploy
from curvewise.model.finding import Evidence, Finding
from curvewise.model.run import Run
from curvewise.plugin import check


@check(needs=("train_loss",), kinds=("sft", "dpo"))
def divergence(run: Run, *, min_rise: float = 0.1, severe_rise: float = 1.0) -> Finding:
    """Training loss ends far above its lowest level.

    The optimiser left the valley that it had found: the learning rate is too high for this point of
    the training, or too high altogether. In overfitting the training loss keeps falling and only the
    validation loss rises; here the training loss itself rises, and the last checkpoint is worse in
    every respect.

    Compared are medians over stretches of a tenth of the training values: the last with the lowest.
    The rise has to exceed four standard errors, to be a steady one by rank, and to come to a twentieth
    of the starting loss, so neither noisy minibatches nor a loss that wavers near zero count.
    A single spike that comes back is not divergence, see `loss_spikes`.

    Parameters
    ----------
    min_rise
        Smallest relative rise above the lowest level that counts; smaller ones come and go with the order
        of the data.
    severe_rise
        Relative rise from which it is a problem: the loss has doubled. Ending above the start is one
        as well.

    Examples
    --------
    >>> from curvewise.testing import make_run
    >>> falling = [2.0 - 0.05 * i for i in range(20)]
    >>> print(divergence(make_run(train_loss=falling + falling[::-1])).status)
    warning
    """
    course = training_course(run)
    if course is None:
        return Finding.unknown("Training loss has no finite value.")
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
