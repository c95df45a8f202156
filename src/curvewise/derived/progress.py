"""How far a run came: the metric that shows it best."""

from __future__ import annotations

from curvewise.derived.memo import once_per_run
from curvewise.model.run import Run
from curvewise.model.series import NO_POINTS, Series

PROGRESS = (
    "train_loss",
    "train_mean_reward",
    "train_mean_token_accuracy",
    "train_reward_margin",
    "train_accuracy",
    "full_valid_loss",
    "valid_loss",
    "full_valid_mean_reward",
    "generator_loss",
    "discriminator_loss",
)
"""Metrics that tell how far a run came; of equally long ones the first counts."""

ENDED, LOW, FLOOR = 0.01, 0.12, 1 / 3
"""Shares of its highest value at which a learning rate has ended its schedule: wherever the run stands; where
it was still falling and no plan is known; and at the end of the plan."""
STILL = 1.5
"""Times its end at which a rate that was still falling stands after four fifths of the run."""
NEARLY = 0.95
"""Share of the planned steps from which the plan is done."""


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


@once_per_run
def schedule_ended(run: Run) -> bool:
    """Whether the learning rate has come down to nothing, or to the floor of its schedule.

    Schedules keep up to a third of the highest rate, which shows at the end of the plan. Where no plan is
    known, a rate that was still falling and is down to about a tenth has ended.

    Examples
    --------
    >>> from curvewise.testing import make_run
    >>> schedule_ended(make_run(learning_rate=[1e-4, 1e-4, 5e-5, 0.0]))
    True
    >>> falling = [1e-4, 8e-5, 4e-5, 2e-5]
    >>> schedule_ended(make_run(learning_rate=falling, planned_steps=4))
    True
    >>> schedule_ended(make_run(learning_rate=falling)), schedule_ended(make_run(learning_rate=[1e-4] * 4))
    (False, False)
    """
    rate = run.get("learning_rate")
    value = None if rate is None else rate.finite().value
    if value is None or len(value) <= 2 or (highest := value.max()) <= 0:
        return False
    left = float(value[-1] / highest)
    if run.planned_steps is None:
        falling = value[4 * len(value) // 5 - 1] / STILL > value[-1]
        return left <= ENDED or (left <= LOW and bool(falling))
    return left <= (FLOOR if (run.last_step or 0) >= NEARLY * run.planned_steps else ENDED)


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
    return max(logged, key=lambda item: item[1].last_step, default=("train_loss", NO_POINTS))
