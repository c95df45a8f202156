"""The diagnosis `plateaued`."""

from __future__ import annotations

from curvewise.model.diagnosis import Diagnosis
from curvewise.plugin.diagnosis import WEAK_DATA, Case, diagnosis

UNKNOWN = (
    "A loss also rests early where labels do not follow from the inputs: the share of right answers, beside "
    "that of always giving the commonest one, would tell."
)


@diagnosis(
    rank=75,
    rests_on=("flat_validation_loss", "unfinished_learning"),
    explains=("low_learning_rate", *WEAK_DATA),
    kinds=("sft", "dpo"),
    turns={"training_length": "down"},
)
def plateaued(case: Case) -> Diagnosis | None:
    """Validation loss stopped falling long before the end: the later epochs bought nothing.

    Labels that do not follow from the inputs, and a model too small for the task, make a loss rest early too.
    Where the share of right tokens is logged, it tells the first from a task that is learned.
    """
    if case.few_examples:
        return None
    if "flat_validation_loss" not in case.alarms:
        return _by_task(case)
    change = case.evidence("flat_validation_loss", "relative change")
    return case.diagnosis(
        case.said("Plateaued", "flat_validation_loss"),
        next=(_advice(case),),
        since=None if change is None else change.first_step,
        metric="full_valid_loss" if change is None else change.metric,
        unknown="" if "train_mean_token_accuracy" in case.report.run.metrics else UNKNOWN,
    )


def _by_task(case: Case) -> Diagnosis | None:
    """Tell a metric of the task that rests while the loss still falls, on its own: it decides the choice."""
    best, since = case.report.selection.best, case.rests_since
    if best is None or since is None or case.creeps:
        return None
    name = case.report.run.called(best.metric)
    return case.diagnosis(
        f"Plateaued: {name} is not measurably better after {case.where(since)}, though the loss still falls.",
        next=(_advice(case),),
        since=since,
        metric=best.metric,
        certainty="moderate",
    )


def _advice(case: Case) -> str:
    chosen = case.report.selection
    if chosen.best is None:
        return "Train the next time to where the plateau begins."
    first = min(pick.step for pick in (chosen.best, *chosen.tied))
    where = case.where(first)
    return f"Train for {case.length(first)} the next time: nothing after {where} measurably helped."
