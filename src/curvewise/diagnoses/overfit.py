"""The diagnosis `overfit`."""

from __future__ import annotations

from curvewise.model.diagnosis import Diagnosis
from curvewise.model.task_names import task_rank
from curvewise.numbers import change, significant
from curvewise.plugin.diagnosis import WEAK_DATA, Case, diagnosis

ONCE = 1.05
"""Epochs up to which no example was seen twice."""
EARLY = (
    "It rises after a single pass over the data: validation examples of another kind, or copies in the "
    "training data, do that too."
)


@diagnosis(
    rank=40,
    rests_on=("overfitting", "rising_validation_loss", "falling_task_metric", "metric_disagreement"),
    explains=(
        "generalization_gap",
        "vanishing_training_loss",
        "unfinished_learning",
        "unfinished_run",
        "flat_validation_loss",
        "initial_gap",
        "oscillating_validation_loss",
        "stalled_preference_accuracy",
        *WEAK_DATA,
    ),
    kinds=("sft", "dpo"),
    turns={"training_length": "down", "data": "up"},
)
def overfit(case: Case) -> Diagnosis | None:
    """From some step on the model learns its training examples by heart and does worse on new ones.

    Validation loss rises while training loss keeps falling. Each step after the turn costs money and
    quality; the checkpoint of the turn, if it was saved, is the better model.
    """
    if case.few_examples:
        return None
    if set(case.alarms) == {"falling_task_metric"}:
        return _by_task(case)
    if not {"overfitting", "rising_validation_loss"} & case.alarms.keys() and not _loss_turned(case):
        return None
    best = case.evidence("overfitting", "best validation loss")
    final = case.evidence("overfitting", "final validation loss")
    if best is None or final is None or best.first_step is None:
        return case.diagnosis(
            case.said("Overfit"), next=("Train for a shorter time, or add data.",), metric="full_valid_loss"
        )
    step = best.first_step
    falling = case.evidence("overfitting", "training loss at the last evaluation")
    still = " while training loss kept falling" if falling is not None and falling.value < 1 else ""
    if case.warns("metric_disagreement"):
        return case.diagnosis(
            case.said("Overfit by its loss alone", "metric_disagreement"),
            next=("Choose by the metric of the task, if it measures what you want, and not by the loss.",),
            metric=best.metric,
        )
    name = (best.metric or "").partition("/")[2]
    where = f" on the set {name!r}" if name else ""
    ratio = final.value / best.value if best.value else float("inf")
    early = case.passes(step) <= ONCE
    return case.diagnosis(
        f"Overfit after {case.where(step)}: validation loss{where} rose from {significant(best.value, 3)} to "
        f"{significant(final.value, 3)} ({change(ratio)}){still}.",
        next=(_advice(case, step),),
        since=step,
        metric=best.metric,
        certainty="moderate" if early else None,
        unknown=EARLY if early else "",
    )


def _advice(case: Case, step: int) -> str:
    """Advise to train up to the step of the lowest loss, and say why where another one is chosen."""
    advice, selection = f"Train for {case.length(step)}, or add data", case.report.selection
    chosen, where = selection.best, case.where(step)
    if chosen is None or chosen.step == step:
        return f"{advice}: nothing after {where} helped."
    if step in {tie.step for tie in selection.tied}:
        return (
            f"{advice}: noise cannot tell {case.where(chosen.step)} from {where}, after which the loss rose."
        )
    by_task = task_rank(chosen.metric) is not None
    is_kept = step != selection.gone and any(
        row.step == step and row.existence != "gone" for row in selection.table
    )
    if by_task and (is_kept or chosen.step > step):
        called = case.report.run.called(chosen.metric)
        return f"Choose by {called}, if it measures what you want, and not by the loss."
    if not is_kept:
        return f"Train again for {case.length(step)} and keep that checkpoint: the best one was not kept."
    return f"{advice}: nothing after {where} helped."


def _loss_turned(case: Case) -> bool:
    """Whether the loss was lowest before the checkpoint that the metric of the task chooses."""
    low = case.evidence("metric_disagreement", "lowest validation loss")
    best = case.report.selection.best
    return low is not None and best is not None and (low.first_step or 0) < best.step


def _by_task(case: Case) -> Diagnosis | None:
    """Tell a metric of the task that falls, unless a validation loss beside it is no worse at the end."""
    best = case.evidence("falling_task_metric", "best value")
    if case.curve("full_valid_loss", "valid_loss") is not None or best is None or best.first_step is None:
        return None
    step = best.first_step
    return case.diagnosis(
        case.said(f"Overfit after {case.where(step)}"),
        next=(f"Train for {case.length(step)}, or add data: nothing after {case.where(step)} helped.",),
        since=step,
        metric=best.metric,
        certainty="moderate",
    )
