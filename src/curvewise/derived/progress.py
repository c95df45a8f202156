"""How far a run came: the metric that shows it best."""

from __future__ import annotations

import numpy as np

from curvewise.model.run import Run
from curvewise.model.series import Series

PROGRESS = (
    "train_loss",
    "train_mean_reward",
    "train_mean_token_accuracy",
    "train_reward_margin",
    "train_accuracy",
    "full_valid_loss",
    "valid_loss",
    "full_valid_mean_reward",
)
"""Metrics that tell how far a run came; of equally long ones the first counts."""

ENDED = 0.05
"""Share of its highest value at which a learning rate has ended its schedule."""
_NOTHING = Series.from_points(np.empty(0, np.int64), np.empty(0))


RUNNING = frozenset(
    {
        "running",
        "pending",
        "queued",
        "notrunning",
        "created",
        "validating_files",
        "pausing",
        "resuming",
        "in_progress",
    }
)
"""Status words, in lower case, of a run that goes on by itself."""


def goes_on(run: Run) -> bool:
    """Whether the status of a run says that more values and checkpoints are to come.

    Examples
    --------
    >>> goes_on(Run(status="running")), goes_on(Run(status="paused")), goes_on(Run())
    (True, False, False)
    """
    return (run.status or "").strip().lower() in RUNNING


def stopped_short(run: Run) -> bool:
    """Whether the last step lies in the first half of the plan.

    Examples
    --------
    >>> stopped_short(Run(planned_steps=100)), stopped_short(Run())
    (False, False)
    """
    planned, last = run.planned_steps, run.last_step
    return planned is not None and last is not None and last < planned / 2


def schedule_ended(run: Run) -> bool:
    """Whether the learning rate has come down to a twentieth of its highest value or less.

    Examples
    --------
    >>> from curvewise.testing import make_run
    >>> schedule_ended(make_run(learning_rate=[1e-4, 1e-4, 5e-5, 0.0]))
    True
    """
    rate = run.get("learning_rate")
    value = None if rate is None else rate.finite().value
    return value is not None and len(value) > 2 and bool(0 < ENDED * value.max() >= value[-1])


def progress(run: Run) -> tuple[str, Series]:
    """Return the name and the series of the metric that was logged the furthest.

    Parameters
    ----------
    run
        The run.

    Returns
    -------
    str, Series
        ``train_loss`` and an empty series when the run has none of `PROGRESS`.

    Examples
    --------
    >>> from curvewise.testing import make_run
    >>> progress(make_run(train_loss=[2.0, 1.0], full_valid_loss={2: 1.5}))[0]
    'train_loss'
    """
    logged = [(name, run[name]) for name in PROGRESS if name in run and len(run[name])]
    return max(logged, key=lambda item: item[1].last_step, default=("train_loss", _NOTHING))
