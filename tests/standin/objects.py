"""What a stand-in says of a job: the objects of the API, made from script, progress and dialect alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tests.standin.dialects import Dialect, FileName
from tests.standin.progress import Progress, status
from tests.standin.script import STARTED, Checkpoint, JobScript

Object = dict[str, Any]

KEPT_EPOCHS = 3
"""Epochs, counted from the running one, whose checkpoints stay: OpenAI's and Azure's documentation."""

GRADER: Mapping[str, Any] = {
    "type": "string_check",
    "name": "exact_answer",
    "input": "{{sample.output_text}}",
    "reference": "{{item.answer}}",
    "operation": "eq",
}
"""The grader that a reinforcement job shows."""


def job_object(script: JobScript, progress: Progress, dialect: Dialect) -> Object:
    """Return the job as `retrieve` does."""
    deviations, now = dialect.deviations, status(script, progress)
    succeeded, over = now == "succeeded", now in ("succeeded", "failed", "cancelled")
    nothing: list[str] | None = None if "null_lists" in deviations else []
    job: Object = {
        "object": "fine_tuning.job",
        "id": dialect.job_id(script),
        "model": script.base_model,
        "created_at": script.created_at,
        "finished_at": script.time_at(progress.steps) if over else None,
        "fine_tuned_model": dialect.model(script) if succeeded else None,
        "organization_id": None if "null_lists" in deviations else "org-acme",
        "result_files": [dialect.file_id(script, "results")] if succeeded else nothing,
        "status": _shown_status(now, dialect),
        "validation_file": dialect.file_id(script, "validation"),
        "training_file": dialect.file_id(script, "training"),
        "hyperparameters": _hyperparameters(script, over, dialect),
        "trained_tokens": 512 * script.last_step if succeeded else None,
        "error": _error(script, now, dialect),
        "user_provided_suffix": script.suffix or None,
        "seed": 42,
        "estimated_finish": script.time_at(script.total_steps) if now == "running" else None,
        "integrations": nothing,
        "metadata": script.metadata,
        "method": _method(script, over, dialect),
    }
    if dialect.is_azure:
        del job["user_provided_suffix"]
        job |= {"suffix": script.suffix or None, "trainingType": "globalStandard"}
    return job | dict(script.extra)


def checkpoint_objects(script: JobScript, progress: Progress, dialect: Dialect) -> list[Object]:
    """Return the checkpoints that exist, oldest first."""
    saved = {point.step: point for point in script.checkpoints}
    pauses = {act.steps for act in progress.acts if act.action == "pause"} - saved.keys()
    measured = (
        {record.step: record.data for record in script.records if record.step in pauses} if pauses else {}
    )
    for step in pauses:  # a job that is paused leaves a checkpoint behind
        saved[step] = Checkpoint(step, {"step": float(step), **measured.get(step, {})})
    first_kept = script.epoch_of(progress.steps) - KEPT_EPOCHS + 1
    succeeded = status(script, progress) == "succeeded"
    return [
        _checkpoint(script, saved[step], dialect)
        for step in sorted(saved)
        if step <= progress.steps
        and script.epoch_of(step) >= first_kept
        and (step < script.total_steps or succeeded)
    ]


def file_names(script: JobScript, progress: Progress, dialect: Dialect) -> dict[str, FileName]:
    """Return what the files that exist are, by their id."""
    names: tuple[FileName, ...] = ("training", "validation")
    if status(script, progress) == "succeeded":
        names = (*names, "results")
    return {dialect.file_id(script, what): what for what in names}


def file_object(script: JobScript, what: FileName, size: int, dialect: Dialect) -> Object:
    """Return the object of a file of some bytes."""
    is_result = what == "results"
    table = "results.csv" if dialect.is_azure else "step_metrics.csv"
    return {
        "object": "file",
        "id": dialect.file_id(script, what),
        "purpose": "fine-tune-results" if is_result else "fine-tune",
        "filename": table if is_result else f"{what}.jsonl",
        "bytes": size,
        "created_at": script.time_at(script.last_step) if is_result else script.created_at,
        "status": "processed",
        "status_details": None,
    }


def page(
    items: Sequence[Object], after: str | None, limit: int, *, shows_ends: bool = False
) -> Object | None:
    """Return one page of a list; None when the item that it should follow does not exist.

    Examples
    --------
    >>> page([{"id": "a"}, {"id": "b"}, {"id": "c"}], "a", 1)
    {'object': 'list', 'data': [{'id': 'b'}], 'has_more': True}
    """
    start = 0
    if after is not None:
        found = [index for index, item in enumerate(items) if item["id"] == after]
        if not found:
            return None
        start = found[-1] + 1
    data = list(items[start : start + limit])
    listed: Object = {"object": "list", "data": data, "has_more": start + limit < len(items)}
    if shows_ends:
        listed |= {"first_id": data[0]["id"] if data else None, "last_id": data[-1]["id"] if data else None}
    return listed


def _shown_status(now: str, dialect: Dialect) -> str:
    if now in ("validating_files", "queued") and "pending" in dialect.deviations:
        return "pending"
    if now == "paused" and "paused" not in dialect.deviations:
        return "queued"
    return now


def _error(script: JobScript, now: str, dialect: Dialect) -> Object | None:
    ending = script.ending
    if now == "failed" and ending.status == "failed":
        return {"code": ending.code, "message": ending.message, "param": ending.param}
    if "null_error" in dialect.deviations:
        return {"code": None, "message": None, "param": None}
    return {} if "empty_error" in dialect.deviations else None


def _hyperparameters(script: JobScript, over: bool, dialect: Dialect) -> Object | None:
    if script.method != "supervised":
        return None if "null_hyperparameters" in dialect.deviations else {}
    return _chosen(script, over, dialect)


def _chosen(script: JobScript, over: bool, dialect: Dialect) -> Object:
    unknown = dict.fromkeys(("batch_size", "n_epochs"), -1)
    undecided = unknown if "minus_one" in dialect.deviations and not over else {}
    return {"n_epochs": script.epochs, **script.hyperparameters, **undecided}


def _method(script: JobScript, over: bool, dialect: Dialect) -> Object:
    own: Object = {"hyperparameters": _chosen(script, over, dialect)}
    if script.method == "reinforcement":
        own["grader"] = dict(GRADER)
    return {"type": script.method, script.method: own}


def _checkpoint(script: JobScript, saved: Checkpoint, dialect: Dialect) -> Object:
    is_final = saved.step == script.total_steps
    return {
        "object": "fine_tuning.job.checkpoint",
        "id": dialect.checkpoint_id(script, saved.step),
        "created_at": script.time_at(max(saved.step, STARTED)),
        "fine_tuned_model_checkpoint": dialect.model(script, None if is_final else saved.step),
        "fine_tuning_job_id": dialect.job_id(script),
        "metrics": dict(saved.metrics),
        "step_number": saved.step,
    }
