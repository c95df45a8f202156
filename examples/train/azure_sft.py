"""Write a supervised run as the files of an Azure OpenAI job."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from train.service import Job, created_at, identifier, write_json, write_list, write_table
from train.supervised import Settings, Step

KEPT_EPOCHS = 3
"""The service keeps the checkpoints of the last three epochs."""
EVENT_EVERY = 10
"""Steps between metrics events."""
EVENT_PAGE = 20
"""Events of one page, unless more are asked for."""


def write(folder: Path, settings: Settings, log: list[Step]) -> None:
    """Write results.csv, checkpoints.json, events.json and job.json."""
    job = Job(folder.name, "tiny-desk-2026-03-01")
    seconds = np.cumsum([1.0 + 0.004 * step.tokens for step in log])
    write_table(folder / "results.csv", [_row(step) for step in log])
    ends = [step for step in log if step.full_valid is not None][-KEPT_EPOCHS:]
    write_list(
        folder / "checkpoints.json",
        [
            job.checkpoint(step.step, len(log), seconds[step.step - 1], _metrics(step))
            for step in reversed(ends)
        ],
    )
    write_list(folder / "events.json", _events(job, log, seconds), page=EVENT_PAGE)
    hyperparameters = {
        "n_epochs": settings.epochs,
        "batch_size": settings.batch,
        "learning_rate_multiplier": settings.learning_rate / 0.002,
    }
    described = job.describe(
        {"type": "supervised", "supervised": {"hyperparameters": hyperparameters}},
        seconds=float(seconds[-1]),
        trained_tokens=sum(step.tokens for step in log),
        seed=settings.seed,
    )
    write_json(folder / "job.json", {**described, "hyperparameters": hyperparameters})


def _metrics(step: Step) -> dict[str, float]:
    """Return what is known at a step; training values are those of 32-bit floats, as the service has them."""
    known = {
        "train_loss": float(np.float32(step.train.loss)),
        "train_mean_token_accuracy": float(np.float32(step.train.accuracy)),
        "valid_loss": step.valid.loss,
        "valid_mean_token_accuracy": step.valid.accuracy,
    }
    if step.full_valid is not None:
        known["full_valid_loss"] = step.full_valid.loss
        known["full_valid_mean_token_accuracy"] = step.full_valid.accuracy
    return known


def _row(step: Step) -> dict[str, float | None]:
    known = _metrics(step)
    columns = (
        "train_loss", "train_mean_token_accuracy", "valid_loss", "valid_mean_token_accuracy",
        "full_valid_loss", "full_valid_mean_token_accuracy",
    )  # fmt: skip
    values = {name: round(known[name], 9) if name in known else None for name in columns}
    return {"step": step.step, **values}


def _events(job: Job, log: list[Step], seconds: np.ndarray) -> list[dict[str, Any]]:
    """Return the events of the job, the newest first."""
    end = float(seconds[-1])
    events: list[tuple[float, str, dict[str, float] | None]] = [
        (-240.0, "Job enqueued. Waiting for jobs ahead to complete.", None),
        (-60.0, "Job started.", None),
        (-30.0, "Preprocessing started.", None),
        (-2.0, "Training started.", None),
    ]
    for step in log[EVENT_EVERY - 1 :: EVENT_EVERY]:
        metrics = _metrics(step)
        message = f"Step {step.step}: training loss={metrics['train_loss']!r}"
        events.append((float(seconds[step.step - 1]), message, {"step": step.step, **metrics}))
    events += [
        (end + 90, "Job succeeded.", None),
        (end + 110, "Postprocessing started.", None),
        (end + 118, f"Completed results file: {job.file('results')}", None),
        (end + 118, f"Training hours billed: {(end + 240) / 3600:.3f}", None),
    ]
    return [
        {
            "id": f"ftevent-{identifier(job.name, 'event', order)}",
            "created_at": created_at(at),
            "level": "info",
            "message": message,
            "object": "fine_tuning.job.event",
            "type": "message" if data is None else "metrics",
            **({} if data is None else {"data": data}),
        }
        for order, (at, message, data) in reversed(list(enumerate(events)))
    ]
