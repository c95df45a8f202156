"""The evaluations of a run: its validation metrics, whatever they are called."""

from __future__ import annotations

from curvewise.derived.memo import once_per_run
from curvewise.model.run import Run
from curvewise.model.series import NO_POINTS, Series

EVALUATIONS = (
    "full_valid_mean_reward",
    "full_valid_loss",
    "full_valid_loss/*",
    "full_valid_reward_accuracy",
    "full_valid_reward_margin",
    "full_valid_mean_token_accuracy",
    "full_valid_accuracy",
    "full_valid_accuracy/*",
    "valid_grader_reward/*",
    "valid_loss",
    "valid_mean_token_accuracy",
    "valid_sequence_accuracy",
)
"""Metrics measured on validation data, those taken over the whole set first; ``name/*`` is a family."""
_RANKS = {name: -place for place, name in enumerate(EVALUATIONS)}
ON_ONE_MINIBATCH = ("valid_loss", "valid_mean_token_accuracy", "valid_sequence_accuracy")
"""Those of them that are taken on one minibatch."""
UNPLACED = "unplaced_evaluations"
"""Code of the note that validation values were left out: nothing tells at which steps they stand."""
NOT_PLACED = "Validation values without their steps"
PLACE_THEM = "Log the step or the epoch beside each validation value."
"""What is said of them, and advised."""


@once_per_run
def evaluations(run: Run, word: str = "") -> tuple[str, Series]:
    """Return the validation metric with most finite values, and these values.

    A metric taken over the whole set goes before one of minibatches, however few values it has,
    because verdicts rest on it. Of equally many, the first in `EVALUATIONS` counts.

    Parameters
    ----------
    run
        The run.
    word
        What stands in the names of the only metrics to look at.

    Returns
    -------
    str, Series
        ``full_valid_loss`` and an empty series when the run has no validation metric.

    Examples
    --------
    >>> from curvewise.testing import make_run
    >>> name, series = evaluations(make_run(full_valid_loss={5: 1.0, 10: 0.9}, valid_loss={10: 1.1}))
    >>> name, len(series)
    ('full_valid_loss', 2)
    """
    found = [(name, run[name].finite()) for name in run.metrics if word in name and _rank(name) is not None]
    return max(
        found,
        key=lambda item: (len(item[1]) > 0 and item[0] not in ON_ONE_MINIBATCH, len(item[1]), _rank(item[0])),
        default=("full_valid_loss", NO_POINTS),
    )


def _rank(name: str) -> int | None:
    """Return the rank of a metric among `EVALUATIONS`, the first one's the highest; None when it is none."""
    base, of_family, _ = name.partition("/")
    return _RANKS.get(f"{base}/*" if of_family else name)
