"""The events of a stand-in job, in the words of the services."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from tests.standin.dialects import Dialect
from tests.standin.objects import Object
from tests.standin.progress import Action, Progress
from tests.standin.script import QUEUED, STARTED, VALIDATING, JobScript, Record

_SHOWN: Mapping[str, str] = {
    "train_loss": "training loss",
    "valid_loss": "validation loss",
    "full_valid_loss": "full validation loss",
}
_ACTIONS: Mapping[Action, str] = {
    "pause": "The job has been paused.",
    "resume": "The job has been resumed.",
    "cancel": "The job has been cancelled.",
}


class Happening(msgspec.Struct, frozen=True):
    """An event, and the steps that are done when it happens."""

    steps: int
    event: Object


def timeline(script: JobScript, dialect: Dialect) -> tuple[Happening, ...]:
    """Return all events of a job that nobody disturbs, oldest first."""
    return (*_before(script, dialect), *_training(script, dialect), *_ending(script, dialect))


def event_objects(
    script: JobScript, progress: Progress, dialect: Dialect, happenings: Sequence[Happening] | None = None
) -> list[Object]:
    """Return the events so far, oldest first.

    Parameters
    ----------
    script, progress, dialect
        The job.
    happenings
        Its `timeline`, when it is already at hand.
    """
    happenings = timeline(script, dialect) if happenings is None else happenings
    events: list[Object] = []
    done = 0
    for index, act in enumerate(progress.acts):
        upto = bisect_right(happenings, act.steps, key=lambda happening: happening.steps)
        events += [happening.event for happening in happenings[done:upto]]
        events.append(_message(script, dialect, act.steps, f"act/{index}", _ACTIONS[act.action]).event)
        done = upto
    upto = bisect_right(happenings, progress.steps, key=lambda happening: happening.steps)
    return events + [happening.event for happening in happenings[done:upto]]


def _before(script: JobScript, dialect: Dialect) -> Iterator[Happening]:
    training, validation = dialect.file_id(script, "training"), dialect.file_id(script, "validation")
    said = (
        (VALIDATING, f"Created fine-tuning job: {dialect.job_id(script)}"),
        (VALIDATING, f"Validating training file: {training} and validation file: {validation}"),
        (QUEUED, "Files validated, moving job to queued state"),
        (STARTED, "Fine-tuning job started"),
    )
    for index, (steps, message) in enumerate(said):
        if steps <= script.last_step:
            yield _message(script, dialect, steps, f"before/{index}", message)


def _training(script: JobScript, dialect: Dialect) -> Iterator[Happening]:
    records = {record.step: record for record in script.records if record.step <= script.last_step}
    saved = {point.step for point in script.checkpoints if point.step < script.total_steps}
    for step in sorted(records.keys() | {step for step in saved if step <= script.last_step}):
        record = records.get(step)
        if record is not None and (step % script.log_every == 0 or _has_full_pass(record)):
            yield Happening(step, _metrics(script, dialect, record))
        if step in saved:
            where = "" if dialect.is_azure else f" with Snapshot ID: {dialect.model(script, step)}"
            yield _message(
                script, dialect, step, f"saved/{step}", f"Checkpoint created at step {step}{where}"
            )


def _ending(script: JobScript, dialect: Dialect) -> Iterator[Happening]:
    end, ending = script.last_step, script.ending
    if ending.status == "failed":
        said = ending.message or "The job failed due to an internal error."
        yield _message(script, dialect, end, "failed", said, level="error")
    elif ending.status == "cancelled":
        yield _message(script, dialect, end, "cancelled", _ACTIONS["cancel"])
    elif ending.status == "succeeded" and dialect.is_azure:
        file = dialect.file_id(script, "results")
        for index, said in enumerate(
            (
                "Job succeeded.",
                "Postprocessing started.",
                f"Completed results file: {file}",
                "Training hours billed: 0.500",
            )
        ):
            yield _message(script, dialect, end, f"end/{index}", said)
    elif ending.status == "succeeded":
        created = f"New fine-tuned model created: {dialect.model(script)}"
        yield _message(script, dialect, end, "end/0", created)
        if "moderation_checks" in dialect.deviations:
            yield _moderation(script, dialect)
        yield _message(script, dialect, end, "end/1", "The job has successfully completed")


def _has_full_pass(record: Record) -> bool:
    return any(name.startswith("full_valid_") for name in record.data)


def _message(
    script: JobScript, dialect: Dialect, steps: int, what: str, message: str, level: str = "info"
) -> Happening:
    data: Object = {} if dialect.is_azure else {"data": {}}
    return Happening(steps, _event(script, dialect, steps, what, message, "message", level) | data)


def _metrics(script: JobScript, dialect: Dialect, record: Record) -> Object:
    """Azure says neither how many steps there are, nor a validation loss in the message; it never rounds."""
    step, data = record.step, record.data
    total: dict[str, Any] = {} if dialect.is_azure else {"total_steps": script.total_steps}
    if script.method == "reinforcement":
        shown = [
            f"{name}={data[name]:.2f}"
            for name in ("train_mean_reward", "full_valid_mean_reward")
            if name in data
        ]
    elif dialect.is_azure:
        shown = [f"training loss={data['train_loss']}"] if "train_loss" in data else []
    else:
        shown = [f"{said}={data[name]:.2f}" for name, said in _SHOWN.items() if data.get(name) is not None]
    counted = f"Step {step}" if dialect.is_azure else f"Step {step}/{script.total_steps}"
    said = f"{counted}: {', '.join(shown)}"
    event = _event(script, dialect, step, f"step/{step}", said, "metrics")
    return event | {"data": {"step": step, **data, **total}}


def _moderation(script: JobScript, dialect: Dialect) -> Happening:
    said = f"Moderation checks for snapshot {dialect.model(script)} passed."
    event = _event(script, dialect, script.last_step, "moderation", said, "moderation_checks")
    data = {"blocked": False, "results": {"harassment": {"blocked": False, "enforcement": "non_blocking"}}}
    return Happening(script.last_step, event | {"data": data})


def _event(
    script: JobScript, dialect: Dialect, steps: int, what: str, message: str, kind: str, level: str = "info"
) -> Object:
    return {
        "object": "fine_tuning.job.event",
        "id": dialect.event_id(script, what),
        "created_at": script.time_at(steps),
        "level": level,
        "message": message,
        "type": kind,
    }
