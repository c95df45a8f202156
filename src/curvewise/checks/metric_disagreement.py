"""The check `metric_disagreement`."""

from __future__ import annotations

import shlex

import numpy as np

from curvewise.derived.judged_loss import judged_loss
from curvewise.derived.task_metric import outweighs, task_metric
from curvewise.derived.validation import VALIDATION
from curvewise.model.finding import Evidence, Finding
from curvewise.model.run import Run
from curvewise.plugin import check


@check(needs=(VALIDATION,), kinds=("sft",), when_missing="not_applicable")
def metric_disagreement(run: Run, *, least: int = 2, costs: float = 0.05) -> Finding:
    """The validation loss and the metric of the task are best at different checkpoints.

    A loss asks how likely the reference answers are, token by token; accuracy, word error rate, F1 or BLEU
    ask whether the answer is right. A loss often rises while the model becomes surer of everything, the
    wrong answers included, and the task metric still gains. The checkpoint is then chosen by the task.

    Judged is the checkpoint with the lowest validation loss by the task metric that the run logs: is another
    four times as likely the best? ``metric_for_best_model`` in the run's settings, or
    ``--by``, names the metric; else it is the first that is known.

    Parameters
    ----------
    costs
        Least share by which the loss is higher where the metric is best: below, both agree well enough. Of
        400 simulated runs whose losses and accuracies improve together, with noise of 0.5 to 4 %, 4 % are
        called, 11 % with 0.02; of as many whose losses rise by 10 to 40 % meanwhile, 63 %.
    least
        Steps that need both a loss and the metric; a single one cannot disagree.

    Examples
    --------
    >>> from curvewise.testing import make_run
    >>> print(metric_disagreement(make_run(full_valid_loss=[0.26, 0.27, 0.33, 0.35],
    ...     metrics={"eval_wer": [74.5, 60.1, 50.4, 40.9]})).summary)
    Validation loss is lowest at step 1 (eval_wer 74.5), eval_wer is best at step 4 (40.9).
    """
    task = task_metric(run)
    if task is None:
        return Finding.not_applicable(
            "The run logs no metric of the task, such as accuracy or word error rate."
        )
    loss = judged_loss(run)
    steps = np.empty(0, np.int64) if loss is None else loss.series.step
    shared = np.flatnonzero(np.isin(task.series.step, steps, assume_unique=True)).tolist()
    if loss is None or len(shared) < least:
        return Finding.unknown(f"{len(shared)} steps have both a validation loss and the metric of the task.")
    places = np.array(shared, dtype=np.int64)
    steps, values, called = task.series.step, task.series.value, task.called(run)
    best, chance, _ = task.best_of(places)
    judged = loss.at(steps[places])
    if not judged:
        return Finding.unknown("No step has both a validation loss and the metric of the task.")
    low = min(judged, key=lambda step: (judged[step].merit, step))
    place = int(steps.searchsorted(low))
    own = Evidence.at(loss.curve.metric, "lowest validation loss", judged[low].raw, low, points=len(judged))
    if place == best or not outweighs(chance, best, place):
        return Finding.ok(
            f"Validation loss is lowest at step {low:,}, where {called} is {values[place]:.4g}: noise cannot "
            f"tell that from the best, {values[best]:.4g} at step {int(steps[best]):,}.",
            own,
        )
    summary = (
        f"Validation loss is lowest at step {low:,} ({called} {values[place]:.4g}), "
        f"{called} is best at step {int(steps[best]):,} ({values[best]:.4g})."
    )
    there = judged.get(int(steps[best]))
    if there is not None and there.raw <= (1 + costs) * judged[low].raw:
        return Finding.ok(f"{summary} The loss is hardly higher there, {there.raw:.4g}.", own)
    return Finding.warning(
        summary,
        own,
        advice=f"Choose by {called} if it measures what you want: step {int(steps[best]):,}. Else "
        f"choose by the loss: --by {shlex.quote(run.called(loss.curve.metric))}.",
    )
