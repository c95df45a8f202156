"""Words for findings: a change in per cent, a count of steps, and which checkpoint to take."""

from __future__ import annotations

import math

from curvewise.model.run import Run
from curvewise.model.series import Series


def change(ratio: float) -> str:
    """Say a ratio as a change.

    Examples
    --------
    >>> change(1.147), change(0.8), change(1.002), change(12.0), change(float("inf"))
    ('+15 %', '-20 %', '+0.2 %', '12 times', 'up from zero')
    """
    if math.isinf(ratio):
        return "up from zero"
    if math.isnan(ratio):
        return "unknown"
    if ratio >= 10:
        return f"{ratio:.3g} times"
    change = 100 * (ratio - 1)
    return f"{change:+.0f} %" if abs(change) >= 10 else f"{change:+.1f} %"


def percent(share: float) -> str:
    """Say a share in per cent, with two digits.

    Examples
    --------
    >>> percent(0.013), percent(1.57), percent(-0.3), percent(2e5)
    ('1.3 %', '157 %', '-30 %', '200,000 times')
    """
    if math.isinf(share):
        return "infinitely many per cent"
    if abs(share) >= 100:
        return f"{share:,.0f} times" if abs(share) < 1e6 else f"{share:.3g} times"
    return f"{100 * share:.0f} %" if abs(share) >= 0.1 else f"{100 * share:.2g} %"


def quotient(ratio: float) -> str:
    """Say a ratio as it is.

    Examples
    --------
    >>> quotient(1.5), quotient(1273.4), quotient(float("inf"))
    ('1.50', '1,273', 'infinite')
    """
    if math.isinf(ratio):
        return "infinite"
    return f"{ratio:.2f}" if ratio < 1000 else f"{ratio:,.0f}" if ratio < 1e6 else f"{ratio:.3g}"


def certainty(probability: float) -> str:
    """Say a probability in per cent, and never that something is certain or cannot be.

    Examples
    --------
    >>> certainty(0.6), certainty(0.997), certainty(0.001)
    ('60 %', 'over 99 %', 'under 1 %')
    """
    whole = round(100 * probability)
    return "over 99 %" if whole > 99 else "under 1 %" if whole < 1 else f"{whole} %"


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
    'Deploy model:ckpt-step-200, the checkpoint of step 200 (epoch 2), or train for 2 epochs.'
    """
    epochs = epochs_done(run, step)
    length = f"{step:,} steps" if epochs is None else "1 epoch" if epochs == "1" else f"{epochs} epochs"
    if run.checkpoints is None:
        return f"Deploy the checkpoint of {run.where(step)} if it was kept, or train for {length}."
    saved = next((saved for saved in run.checkpoints if saved.step == step and saved.model), None)
    if saved is not None:
        return f"Deploy {saved.model}, the checkpoint of {run.where(step)}, or train for {length}."
    return f"No checkpoint of {run.where(step)} exists: choose among the kept ones, or train for {length}."
