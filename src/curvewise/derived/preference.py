"""Whether a preference run tells the chosen answers from the rejected ones."""

from __future__ import annotations

from curvewise.derived.losses import finite_series
from curvewise.derived.memo import once_per_run
from curvewise.model.run import Run
from curvewise.stats.intervals import mean_estimate, share_estimate
from curvewise.stats.moments import mean

ACCURACY = ("full_valid_reward_accuracy", "train_reward_accuracy")
"""Metrics that tell, the better one first."""
SEVERAL = 5
"""Logged training accuracies needed: each is a mean over few pairs."""


@once_per_run
def told_apart(run: Run, *, share: float = 0.6) -> float | None:
    """Return the accuracy over the second half of the run when it is surely more than guessing.

    The size of a preference loss does not tell: with an SFT term it lies above ln 2 whatever was learned, and
    with a small beta it hardly moves.

    Returns
    -------
    float or None
        None when no preference accuracy is logged, when one is no share, when it is below `share`, or when
        it may be chance.

    Examples
    --------
    >>> from curvewise.testing import make_run
    >>> told_apart(make_run(full_valid_reward_accuracy=[0.7, 0.8, 0.8], train_loss=[1.3, 1.3, 1.2]))
    0.8
    """
    valid, train = (finite_series(run, metric) for metric in ACCURACY)
    if any(len(part) and not 0 <= part.value.min() <= part.value.max() <= 1 for part in (valid, train)):
        return None
    if len(valid):
        late = valid.value[len(valid) // 2 :]
        level = share_estimate(mean(late), run.validation_examples or 100)
    elif len(train) >= SEVERAL:
        level = mean_estimate(train.value[len(train) // 2 :])
    else:
        return None
    return level.value if level.value >= share and level.low > 0.5 else None
