"""What the losses of a generator and a discriminator say, which learn against each other."""

from __future__ import annotations

from curvewise.derived.losses import finite_series
from curvewise.derived.words import steps_of
from curvewise.model.run import Run
from curvewise.model.series import Series
from curvewise.numbers import significant
from curvewise.stats.smoothing import median

ADVERSARIAL = ("generator_loss", "discriminator_loss")
"""Losses of networks that learn against each other."""
WINS = 0.05
"""Median of the discriminator's last losses below which nothing fools it; it is 0.69 where it guesses."""
FEWEST = 4
"""Losses of the discriminator whose last quarter tells."""


def adversarial(run: Run) -> Series | None:
    """Return the loss of the generator, else of the discriminator, where the log holds no other loss."""
    if "train_loss" in run:
        return None
    return next((run[name] for name in ADVERSARIAL if name in run), None)


def adversarial_words(run: Run, series: Series) -> str:
    """Say that such losses measure no quality, and whether the discriminator has won.

    Examples
    --------
    >>> from curvewise.testing import make_run
    >>> run = make_run(discriminator_loss=[0.7, 0.01, 0.001, 0.001], generator_loss=[0.7, 5, 8, 9])
    >>> print(adversarial_words(run, adversarial(run)))
    The discriminator wins: its loss is 0.001 at the end of 4 steps, and the generator learns little from it.
    """
    losses = finite_series(run, "discriminator_loss")
    level = median(losses.value[-max(1, len(losses) // 4) :]) if len(losses) >= FEWEST else WINS
    if 0 <= level < WINS:
        return (
            f"The discriminator wins: its loss is {significant(level, 2)} at the end of {steps_of(series)}, "
            "and the generator learns little from it."
        )
    return f"No measure of quality in {steps_of(series)}: generator and discriminator gain from each other."
