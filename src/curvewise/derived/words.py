"""Words for findings: a count of steps, and which checkpoint to take."""

from __future__ import annotations

import math

from curvewise.derived.saved import saving, untrained
from curvewise.derived.task_metric import task_metric
from curvewise.model.run import Run
from curvewise.model.series import Series
from curvewise.text import in_sentence


def steps_of(series: Series) -> str:
    """Count the steps of a series, which are the logged ones where it leaves some out.

    Examples
    --------
    >>> from curvewise.testing import make_run
    >>> steps_of(make_run(train_loss=[1.0] * 1200)["train_loss"])
    '1,200 steps'
    >>> steps_of(make_run(train_loss={10: 1.0, 20: 0.9})["train_loss"])
    '2 logged steps'
    """
    n = len(series)
    logged = "logged " if n and series.last_step - series.first_step >= n else ""
    return f"{n:,} {logged}step{'' if n == 1 else 's'}"


def compare(run: Run, step: int) -> str:
    """Advise what to do when a best step is known only from parts of the validation set.

    Examples
    --------
    >>> from curvewise.testing import make_run
    >>> compare(make_run(train_loss=[1.0]), 200)
    'Evaluate the last checkpoint and those around step 200 on the whole validation set, and deploy the best.'
    """
    around = f"those around {run.where(step)}"
    return f"Evaluate the last checkpoint and {around} on the whole validation set, and deploy the best."


def epochs_done(run: Run, step: int) -> str | None:
    """Return the epochs done at a step, a whole number when it is within a twentieth of one; None if unknown.

    Examples
    --------
    >>> from curvewise.testing import make_run
    >>> epochs_done(make_run(steps_per_epoch=100, train_loss=[1.0]), 199)
    '2'
    """
    epoch = run.epoch_at(step)
    if epoch is None or not math.isfinite(epoch):
        return None
    return f"{round(epoch):d}" if abs(epoch - round(epoch)) <= 0.05 and round(epoch) else f"{epoch:.3g}"


def deploy(run: Run, step: int) -> str:
    """Advise to take the checkpoint of a step, if it exists, or to train that long.

    Examples
    --------
    >>> from curvewise.testing import make_run
    >>> deploy(make_run(steps_per_epoch=100, train_loss=[1.0], checkpoints=[200]), 200)
    'Deploy the checkpoint of step 200 (epoch 2), or train for 2 epochs.'
    """
    epochs = str(step + 1) if run.counts_from_zero else epochs_done(run, step)
    count, unit = (f"{step:,}", "step") if epochs is None else (epochs, "epoch")
    length = f"{count} {unit}{'' if count == '1' else 's'}"
    where = run.where(step)
    if untrained(run, step):
        return "Keep the model as it was before training, unless the task itself says otherwise."
    known, _ = saving(run).at(step)
    if known == "no":
        lacks = "exists" if run.checkpoints is not None else "was saved"
        return f"No checkpoint of {where} {lacks}: choose among the kept ones, or train for {length}."
    sure = {"yes": "", "probably": ", which was probably saved", "unknown": " if it was kept"}[known]
    return f"Deploy the checkpoint of {where}{sure}, or train for {length}."


def deploy_by_loss(run: Run, step: int) -> str:
    """Advise as `deploy` does, and say that the loss tells it where a metric of the task may choose another.

    Examples
    --------
    >>> from curvewise.testing import make_run
    >>> run = make_run(train_loss=[1.0, 0.9], metrics={"eval_accuracy": [0.7, 0.8]}, checkpoints=[1, 2])
    >>> deploy_by_loss(run, 1)
    'By the loss alone: deploy the checkpoint of step 1, or train for 1 step.'
    """
    advice = deploy(run, step)
    return advice if task_metric(run) is None else f"By the loss alone: {in_sentence(advice)}"
