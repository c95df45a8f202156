"""The check `falling_task_metric`."""

from __future__ import annotations

import numpy as np

from curvewise.derived.task_metric import TaskMetric, task_metric
from curvewise.derived.words import deploy
from curvewise.model.finding import Evidence, Finding
from curvewise.model.run import Run
from curvewise.model.series import FloatArray
from curvewise.numbers import change
from curvewise.plugin import check
from curvewise.stats.rising import SURE, rising

LEAST_SHARE = 0.05
"""Share of its best below which a metric that should be high counts as that: it stands for a ratio."""


@check(kinds=("sft",), when_missing="not_applicable", turns={"training_length": "down"})
def falling_task_metric(run: Run, *, smallest: float = 0.03) -> Finding:
    """The metric of the task, such as accuracy or word error rate, ends worse than its best.

    From its best value on, the model does worse at the task itself, whatever the losses say. Of many runs
    nothing else is logged on validation data.

    Judged is the change since the best value, by the rules that a rise of the validation loss has to meet
    (see `overfitting`, also for how often chance meets them): of a metric of which more is better, its
    inverse stands for a loss.

    Parameters
    ----------
    smallest
        Smallest relative change that counts.

    Examples
    --------
    >>> from curvewise.testing import make_run
    >>> accuracy = [0.7, 0.77, 0.74, 0.7, 0.64, 0.6]
    >>> print(falling_task_metric(make_run(metrics={"eval_accuracy": accuracy})).summary)
    eval_accuracy is best at step 2, 0.77, and ends at 0.6 (-22 %), over 6 evaluations.
    """
    task = task_metric(run)
    if task is None:
        return Finding.not_applicable(
            "The run logs no metric of the task, such as accuracy or word error rate."
        )
    value, step = task.series.value, task.series.step
    if len(value) < 2:
        return Finding.unknown(f"{task.metric} has one value; two are needed.")
    if value.min() < 0 or value.max() == 0:
        level = "goes below 0: a fall is no share of its best" if value.min() < 0 else "is 0 throughout"
        return Finding.unknown(f"{task.metric} {level}.")
    losses = _as_loss(task)
    best = int(losses.argmin())
    place, top, end = int(step[best]), float(value[best]), float(value[-1])
    ratio = end / top if top else float("inf")
    evidence = (
        Evidence.of(task.metric, "final / best value", ratio, task.series.between(place)),
        Evidence.at(task.metric, "best value", top, place),
    )
    if losses[-1] <= losses[best] * (1 + smallest):
        return Finding.ok(f"{task.metric} ends at {end:.4g}, near its best, {top:.4g}.", *evidence)
    summary = (
        f"{task.metric} is best at step {place:,}, {top:.4g}, and ends at {end:.4g} ({change(ratio)}), "
        f"over {len(value):,} evaluations."
    )
    chance = rising(losses).probability
    if chance < SURE:
        reason = "Noise may have made that change; more evaluations would tell."
        return Finding.unknown(reason, *evidence, summary=summary)
    return Finding.warning(summary, *evidence, advice=deploy(run, place), confidence=chance)


def _as_loss(task: TaskMetric) -> FloatArray:
    """Return the values as those of a loss: of what should be high the best over each."""
    value = task.series.value
    return value if task.sign > 0 else value.max() / np.maximum(value, LEAST_SHARE * value.max())
