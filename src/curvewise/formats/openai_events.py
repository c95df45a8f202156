"""The format `openai_events`."""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec
import numpy as np

from curvewise.errors import MalformedError
from curvewise.formats._api_lists import (
    Object,
    holds,
    is_empty_list,
    job_id,
    numbers,
    oldest_first,
    read_list,
)
from curvewise.formats._names import named
from curvewise.formats._rollouts import with_rollouts
from curvewise.model.api_object import text, whole
from curvewise.model.merge import ANNOUNCED, ROUNDED
from curvewise.model.run import Checkpoint, Note, Run
from curvewise.model.series import Series
from curvewise.parsing.document import Document
from curvewise.parsing.steps import merge_restarts
from curvewise.plugin import file_format

_STEP = re.compile(r"Step (?P<step>\d{1,15})(?:/(?P<total>\d{1,15}))?:")
_LOSS = re.compile(
    r"(?P<name>training|full validation|(?<!full )validation) loss\s*=\s*"
    r"(?P<value>[-+]?(?:\d+(?:\.\d+)?(?:e[-+]?\d+)?|nan|inf(?:inity)?))",
    re.IGNORECASE,
)
_LOSSES = {"training": "train_loss", "validation": "valid_loss", "full validation": "full_valid_loss"}
_TWO_DECIMALS = re.compile(r"-?\d+\.\d\d")
_CHECKPOINT = re.compile(
    r"Checkpoint created at step (?P<step>\d{1,15})(?: with Snapshot ID: (?P<model>\S+))?"
)
_MODEL = re.compile(r"New fine-tuned model created: (?P<model>\S+)")
_STATUS = (
    (re.compile(r"job succeeded|job has successfully completed", re.IGNORECASE), "succeeded"),
    (re.compile(r"job (?:was |has been )?cancell?ed", re.IGNORECASE), "cancelled"),
    (re.compile(r"job failed", re.IGNORECASE), "failed"),
)

_RENAMED = {
    "scores/train_reward_mean": "train_mean_reward",
    "scores/valid_reward_mean": "full_valid_mean_reward",
    "timing/step/sampling": "sampling_duration",
    "timing/step/training": "training_duration",
    "timing/step/eval": "eval_duration",
    "timing/step/full_iteration": "total_duration",
}
"""Paths in the nested data of an RFT event, and what the result file calls the same quantity."""


class Point(msgspec.Struct, frozen=True):
    """What one event measured."""

    step: int
    total: int | None  # steps that the run takes, when the event says so
    values: dict[str, float]  # numbers by the name in the data or, when there is none, in the message
    rounded: bool  # whether the values come from a message with two decimals


def _is_event(item: Object) -> bool:
    if "event" in str(item.get("object", "")) and "message" in item:
        return True
    return item.get("type") == "metrics" and isinstance(item.get("data"), dict)


@file_format(
    title="OpenAI and Azure OpenAI events",
    recognised_by="objects called fine_tuning.job.event in list pages, an array, JSON Lines or alone",
    recognise=lambda document: (
        holds(document, _is_event) or (is_empty_list(document) and "checkpoint" not in document.name.lower())
    ),
)
def openai_events(document: Document) -> Run:
    """Read the events of a fine-tuning job, newest first or in any order.

    The ``data`` of an event counts; its message, which may be rounded to two decimals, only where there is
    none. Messages also tell the status, the error, the name of the model and the checkpoints, of which a
    provider may have deleted the early ones.

    Raises
    ------
    MalformedError
        If events hold metrics, and none of them says at which step.
    MixedRunsError
        If the events belong to several jobs.
    """
    listed = read_list(document, "events")
    events = oldest_first(listed.objects)
    messages = [text(event, "message") or "" for event in events]
    points, nowhere = _points(events, messages)
    metrics, notes = _metrics(points, nowhere)
    final_model = _final_model(messages)
    planned = max((point.total for point in points if point.total is not None), default=None)
    checkpoints = _checkpoints(messages, final_model, planned)
    if checkpoints is not None:
        are_known = f"{len(checkpoints)} checkpoint{'s are' if len(checkpoints) != 1 else ' is'} known"
        said = f"{are_known} from events only; a checkpoint list would tell which of them still exist."
        notes = (*notes, Note(ANNOUNCED, said))
    status = _status(messages)
    errors = [said for event, said in zip(events, messages, strict=True) if event.get("level") == "error"]
    return Run(
        id=job_id(events),
        metrics=metrics,
        checkpoints=checkpoints,
        final_model=final_model,
        status=status or ("failed" if errors else None),
        error=errors[-1] if errors and status != "succeeded" else None,
        planned_steps=planned,
        notes=(*listed.notes, *notes),
    )


def _final_model(messages: Sequence[str]) -> str | None:
    """Return the model that the last such message names."""
    return next((match["model"] for said in reversed(messages) if (match := _MODEL.search(said))), None)


def _status(messages: Sequence[str]) -> str | None:
    """Return the status that the last such message tells."""
    for said in reversed(messages):
        for pattern, status in reversed(_STATUS):
            if pattern.search(said):
                return status
    return None


def _points(events: Sequence[Object], messages: Sequence[str]) -> tuple[list[Point], int]:
    """Return what the events measured, and how many measured something and do not say at which step."""
    points: list[Point] = []
    nowhere = 0
    for event, message in zip(events, messages, strict=True):
        data = event.get("data")
        data = dict(data) if isinstance(data, dict) else {}
        step, total = whole(data.pop("step", None)), whole(data.pop("total_steps", None))
        values = {_RENAMED.get(path, path): value for path, value in numbers(data)}
        rounded = False
        if said := _STEP.search(message):
            step = int(said["step"]) if step is None else step
            total = int(said["total"]) if total is None and said["total"] else total
            if not values:
                values, rounded = _said_losses(message)
        if not values or not (said or event.get("type") == "metrics"):
            continue
        if step is None:
            nowhere += 1
        else:
            points.append(Point(step, total, values, rounded))
    if nowhere and not points:
        raise MalformedError(
            f"{'the event holds' if nowhere == 1 else f'{nowhere} events hold'} metrics, and no step",
            hint="expected data.step, as in the events that the API returns; save whole events",
            field="data.step",
        )
    return points, nowhere


def _said_losses(message: str) -> tuple[dict[str, float], bool]:
    losses = list(_LOSS.finditer(message))
    values = {_LOSSES[loss["name"].lower()]: float(loss["value"]) for loss in losses}
    return values, any(_TWO_DECIMALS.fullmatch(loss["value"]) for loss in losses)


def _metrics(points: Sequence[Point], nowhere: int) -> tuple[dict[str, Series], tuple[Note, ...]]:
    keep, notes = merge_restarts(np.array([point.step for point in points], dtype=np.int64))
    kept = [point for point, kept in zip(points, keep, strict=True) if kept]
    metrics, contradictions = named(_columns(kept).items(), "openai")
    metrics, assumed = with_rollouts(metrics)
    if rounded := sum(point.rounded for point in kept):
        said = (
            f"{rounded:,} of {len(kept):,} events give losses in their message only, rounded to two decimals."
        )
        notes = (*notes, Note(ROUNDED, said))
    if nowhere:
        said = f"{nowhere} event{'s' if nowhere > 1 else ''} with metrics and without a step left out."
        notes = (*notes, Note("events_without_step", said))
    return metrics, (*notes, *contradictions, *assumed)


def _columns(points: Sequence[Point]) -> dict[str, Series]:
    columns: dict[str, tuple[list[int], list[float]]] = {}
    for point in points:
        for name, value in point.values.items():
            steps, values = columns.setdefault(name, ([], []))
            steps.append(point.step)
            values.append(value)
    return {name: Series.from_points(steps, values) for name, (steps, values) in columns.items()}


def _checkpoints(
    messages: Sequence[str], final_model: str | None, last_step: int | None
) -> tuple[Checkpoint, ...] | None:
    """Return the checkpoints that messages announce, the final model among them; None without any."""
    matches = filter(None, map(_CHECKPOINT.search, messages))
    saved = [Checkpoint(step=int(match["step"]), model=match["model"]) for match in matches]
    announced = {checkpoint.step: checkpoint for checkpoint in saved}
    if not announced:
        return None
    if final_model is not None and last_step is not None:
        announced[last_step] = Checkpoint(step=last_step, model=final_model)
    return tuple(announced[step] for step in sorted(announced))
