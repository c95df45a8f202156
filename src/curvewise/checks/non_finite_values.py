"""The check `non_finite_values`."""

from __future__ import annotations

import numpy as np

from curvewise.derived.task_metric import TaskMetric, task_metric
from curvewise.model.finding import Evidence, Finding
from curvewise.model.run import Run
from curvewise.model.series import Series
from curvewise.plugin import check

JUDGED = (
    "train_loss",
    "valid_loss",
    "full_valid_loss",
    "full_valid_loss/*",
    "train_mean_token_accuracy",
    "valid_mean_token_accuracy",
    "full_valid_mean_token_accuracy",
    "train_accuracy",
    "full_valid_accuracy",
    "train_mean_reward",
    "full_valid_mean_reward",
    "train_reward_margin",
    "full_valid_reward_margin",
    "train_reward_accuracy",
    "full_valid_reward_accuracy",
    "kl",
    "entropy",
    "update_kl",
    "critic_loss",
    "policy_loss",
)
"""Metrics in which NaN or infinity is always a fault."""
HALVES = tuple(
    f"{split}_reward_{name}" for split in ("train", "full_valid") for name in ("margin", "accuracy")
)
"""Means over the chosen and the rejected half of a batch, which are NaN where one is empty, as with KTO."""
STUCK = 5
"""Gradient norms at the end that are no numbers, one and all, by which no update is made any more."""

NUMBERS = (
    "Lower the learning rate, clip the gradient and train in bfloat16 rather than float16; look for examples "
    "whose answer is empty or cut away whole."
)
PAIRS = (
    "KTO takes means over the chosen and over the rejected half of a batch, and an empty half is NaN: look "
    "there first, before you blame the learning rate; take larger batches that hold both."
)
BATCHES = (
    "Look at the batch or the evaluation of these steps: an empty answer, an answer cut away by the length "
    "limit, or overflow in float16."
)


@check(
    needs=((*JUDGED, "grad_norm"),),
    when_missing="not_applicable",
    turns={"learning_rate": "down", "batch_size": "up"},
)
def non_finite_values(run: Run, *, tolerated_gradients: float = 0.05) -> Finding:
    """A loss, a reward or another judged metric is NaN or infinite.

    One NaN in the weights spreads to every later output, so a metric that turns to NaN and stays
    there means that nothing saved afterwards is of use. A value that is lost once and comes back is
    a fault of that batch or of that evaluation: overflow in half precision, an empty batch, an
    answer that was cut away whole.

    Judged is every logged value of the losses, accuracies and rewards. It is a problem when a metric
    ends that way, or the last 5 gradient norms, and a warning when finite values follow. Margins and
    accuracies of preference pairs, means over parts of a batch that may be empty, are no problem while the
    loss is a number. A blank cell is no value, and not counted. Rewards of single graders are left out,
    because a grader that does not apply to a batch logs NaN by design. Some trainers write 0.0 in place of
    NaN: the check for a broken run looks for that.

    Parameters
    ----------
    tolerated_gradients
        Share of gradient norms that may be lost without a warning. Mixed precision skips a step whose
        gradient overflows and then lowers its loss scale: a few such steps are how it works.

    Examples
    --------
    >>> from curvewise.testing import make_run
    >>> run = make_run(train_loss=[2.0, 1.5, float("nan"), float("nan")])
    >>> print(non_finite_values(run).summary)
    train_loss is NaN at 2 of 4 steps, from step 3 to the end.
    """
    judged = {name: series for name, series in run.metrics.items() if len(series) and _judged(name)}
    lost = {name: series for name, series in judged.items() if not np.isfinite(series.value).all()}
    tolerated = [name for name in lost if name == "grad_norm" and _share(lost[name]) <= tolerated_gradients]
    ended = {name for name, series in lost.items() if not np.isfinite(series.value[-1])}
    fatal = {name for name in ended if _is_fatal(run, name)}
    shown = {name: series for name, series in lost.items() if name not in tolerated or name in ended}
    if not shown:
        count = sum(len(series) for series in judged.values())
        spared = f", but for {_describe('grad_norm', lost['grad_norm'])}" if tolerated else ""
        metrics = f"{len(judged):,} metric{'' if len(judged) == 1 else 's'}"
        return Finding.ok(f"All {count:,} values of {metrics} are finite{spared}.")
    order = sorted(
        shown,
        key=lambda name: (
            name not in fatal,
            name not in ended,
            name == "grad_norm",
            _bad(shown[name]).first_step,
        ),
    )
    first = order[0]
    more = f"; so are values of {', '.join(order[1:4])}" if len(order) > 1 else ""
    evidence = [Evidence.of(name, "values that are not finite", len(bad), bad, limit=0.0)
                for name in order if len(bad := _bad(shown[name]))]  # fmt: skip
    summary = f"{_describe(first, shown[first])}{more}."
    task = _task_beside(run, first) if len(shown) == 1 else None
    if task is not None:
        return Finding.warning(
            f"{summary[:-1]}, while training loss and {task.called(run)} are numbers.",
            *evidence,
            advice="Choose by the metric of the task, and mend the evaluation: labels that are all masked, "
            "or targets longer than the inputs, make its loss NaN or infinite.",
        )
    before = max((series.last_step for series in [_sound(shown[first])] if len(series)), default=None)
    if first in fatal:
        keep = (
            "Deploy nothing of this run" if before is None else f"Deploy nothing saved after step {before:,}"
        )
        return Finding.problem(
            summary,
            *evidence,
            advice=f"{keep}. {PAIRS if run.kind == 'dpo' else NUMBERS}",
        )
    return Finding.warning(summary, *evidence, advice=PAIRS if {*shown} <= {*HALVES} else BATCHES)


def _is_fatal(run: Run, name: str) -> bool:
    """Whether a metric that ends in NaN or infinity says that the model is lost, or learns no more."""
    if name == "grad_norm":
        return not np.isfinite(run[name].value[-STUCK:]).any() and len(run[name]) >= STUCK
    loss = run.get("train_loss")
    sound = loss is not None and len(loss) > 0 and np.isfinite(loss.value[-1]) and loss.value[-1] != 0.0
    return name not in HALVES or not sound


def _task_beside(run: Run, lost: str) -> TaskMetric | None:
    """Return the metric of the task that changes while a validation loss never was a number, and training is.

    The model is sound then, and the way its loss is taken is not.
    """
    train, task = run.get("train_loss"), task_metric(run)
    if not lost.startswith("full_valid_loss") or task is None or task.stands_still or len(task.series) < 2:
        return None
    sound = train is not None and len(train) > 1 and bool(np.isfinite(train.value).all())
    return task if sound and not np.isfinite(run[lost].value).any() else None


def _judged(name: str) -> bool:
    return name in JUDGED or name == "grad_norm" or f"{name.partition('/')[0]}/*" in JUDGED


def _bad(series: Series) -> Series:
    return series.where(~np.isfinite(series.value))


def _sound(series: Series) -> Series:
    """Return the finite values before the first lost one."""
    return series.between(None, _bad(series).first_step - 1)


def _share(series: Series) -> float:
    return len(_bad(series)) / len(series)


def _describe(name: str, series: Series) -> str:
    bad = _bad(series)
    nans = int(np.isnan(bad.value).sum())
    what = (
        "NaN"
        if nans == len(bad)
        else "infinite"
        if nans == 0
        else f"NaN ({nans:,}) or infinite ({len(bad) - nans:,})"
    )
    where = (
        f"from step {bad.first_step:,} to the end"
        if not np.isfinite(series.value[-1])
        else f"first at step {bad.first_step:,}"
    )
    return (
        f"{name} is {what} at {len(bad):,} of {len(series):,} step{'s' if len(series) > 1 else ''}, {where}"
    )
