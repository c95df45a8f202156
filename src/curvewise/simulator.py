"""Simulator: a service with one job that runs by the clock, for `curvewise demo`. It lives in memory."""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NoReturn

from curvewise.errors import NotFoundError, UsageError
from curvewise.plugin.service import Object, Page

__all__ = ["JOB", "SimulatedService", "records"]

JOB = "ftjob-simulated"
STEPS, EPOCHS, BEST = 240, 4, 120
VALIDATED, PASSED_OVER, SAVED = 10, 20, 20
"""Steps between two minibatches of validation, two full passes over the validation set, two checkpoints."""

KEPT_EPOCHS = 3
"""Epochs, counted from the running one, whose checkpoints the service keeps."""

SLOWEST, FASTEST = 1e-6, 1e6
"""Steps a second; beyond them, times leave the calendar."""

_VALIDATING, _QUEUED, _STARTED = -2, -1, 0  # what comes before the first step, counted like steps
_BASE, _SUFFIX = "gpt-4o-mini-2024-07-18", "support-tickets"
_MODEL = f"ft:{_BASE}:acme:{_SUFFIX}:simulate"
_TRAINING, _VALIDATION, _RESULTS = "file-training", "file-validation", "file-results"
_SHOWN = {
    "train_loss": "training loss",
    "valid_loss": "validation loss",
    "full_valid_loss": "full validation loss",
}
_COLUMNS = {
    "train_loss": "train_loss",
    "train_mean_token_accuracy": "train_accuracy",
    "valid_loss": "valid_loss",
    "valid_mean_token_accuracy": "valid_mean_token_accuracy",
}
"""Columns of the result file by the metric of the events; it leaves out full validation passes."""


class SimulatedService:
    """A service with one supervised job of 240 steps, which overfits from the middle on.

    Parameters
    ----------
    speed
        Training steps a second.
    clock
        Time in seconds since 1970; a test passes its own.
    """

    provider = "openai"

    def __init__(self, speed: float, clock: Callable[[], float] = time.time) -> None:
        if not SLOWEST <= speed <= FASTEST:
            raise UsageError(
                f"a clock of {speed} steps a second does not go",
                hint=f"give a number from {SLOWEST:f} to {FASTEST:,.0f}",
            )
        self._speed, self._clock, self._created = speed, clock, clock()
        self._records = records()
        self._timeline = list(self._events())

    def job(self, job: str) -> Object:
        """Return the job as it is now."""
        self._is(job, JOB)
        done = self._done()
        succeeded = done == STEPS
        status = {_VALIDATING: "validating_files", _QUEUED: "queued", STEPS: "succeeded"}.get(done, "running")
        chosen = {"n_epochs": EPOCHS, "batch_size": 8, "learning_rate_multiplier": 1.8}
        return {
            "object": "fine_tuning.job",
            "id": JOB,
            "model": _BASE,
            "created_at": int(self._created),
            "finished_at": self._time(STEPS) if succeeded else None,
            "estimated_finish": self._time(STEPS) if status == "running" else None,
            "fine_tuned_model": _MODEL if succeeded else None,
            "result_files": [_RESULTS] if succeeded else [],
            "status": status,
            "training_file": _TRAINING,
            "validation_file": _VALIDATION,
            "hyperparameters": chosen,
            "trained_tokens": 512 * STEPS if succeeded else None,
            "error": None,
            "user_provided_suffix": _SUFFIX,
            "seed": 42,
            "method": {"type": "supervised", "supervised": {"hyperparameters": chosen}},
        }

    def jobs(self, *, after: str | None = None, limit: int = 20) -> Page:
        """Return the one job."""
        return _page([self.job(JOB)], after, limit)

    def events(self, job: str, *, after: str | None = None, limit: int = 100) -> Page:
        """Return a page of the events so far, the newest first."""
        self._is(job, JOB)
        done = self._done()
        return _page([event for steps, event in reversed(self._timeline) if steps <= done], after, limit)

    def checkpoints(self, job: str, *, after: str | None = None, limit: int = 100) -> Page:
        """Return a page of the checkpoints that exist, the newest first."""
        self._is(job, JOB)
        done = self._done()
        saved = range(SAVED, done + 1 if done == STEPS else min(done + 1, STEPS), SAVED)
        kept = [step for step in saved if _epoch(step) > _epoch(done) - KEPT_EPOCHS]
        return _page([self._checkpoint(step) for step in reversed(kept)], after, limit)

    def file(self, file: str) -> Object:
        """Return the object of the result file."""
        return {
            "object": "file",
            "id": file,
            "filename": "step_metrics.csv",
            "bytes": len(self.content(file)),
        }

    def content(self, file: str) -> bytes:
        """Return the result file: a row a step, rounded to five decimals."""
        self._is(file, _RESULTS)
        lines = [",".join(("step", *_COLUMNS.values()))]
        for step, record in self._records.items():
            cells = (str(round(record[name], 5)) if name in record else "" for name in _COLUMNS)
            lines.append(",".join((str(step), *cells)))
        return "".join(f"{line}\n" for line in lines).encode()

    def pause(self, job: str) -> NoReturn:
        """Refuse: the job cannot be stopped."""
        raise UsageError(f"the simulated job {job} cannot be paused", hint="stop watching with Ctrl-C")

    def cancel(self, job: str) -> NoReturn:
        """Refuse: the job cannot be stopped."""
        raise UsageError(f"the simulated job {job} cannot be cancelled", hint="stop watching with Ctrl-C")

    def close(self) -> None:
        """There is nothing to close."""

    def _done(self) -> int:
        return min(_VALIDATING + int((self._clock() - self._created) * self._speed), STEPS)

    def _time(self, steps: int) -> int:
        return int(self._created) + int((steps - _VALIDATING) / self._speed)

    def _is(self, asked: str, known: str) -> None:
        if asked != known:
            raise NotFoundError(f"the simulated service knows no {asked!r}", hint=f"it has {known}")

    def _checkpoint(self, step: int) -> Object:
        return {
            "object": "fine_tuning.job.checkpoint",
            "id": f"ftckpt_{step}",
            "created_at": self._time(step),
            "fine_tuned_model_checkpoint": _model(step),
            "fine_tuning_job_id": JOB,
            "metrics": {"step": float(step), **self._records[step]},
            "step_number": step,
        }

    def _events(self) -> Iterator[tuple[int, Object]]:
        """Write down everything that the job is going to say, and when."""
        yield self._said(_VALIDATING, f"Created fine-tuning job: {JOB}")
        yield self._said(
            _VALIDATING, f"Validating training file: {_TRAINING} and validation file: {_VALIDATION}"
        )
        yield self._said(_QUEUED, "Files validated, moving job to queued state")
        yield self._said(_STARTED, "Fine-tuning job started")
        for step, record in self._records.items():
            shown = (f"{said}={record[name]:.2f}" for name, said in _SHOWN.items() if name in record)
            message = f"Step {step}/{STEPS}: {', '.join(shown)}"
            yield self._said(step, message, "metrics", {"step": step, **record, "total_steps": STEPS})
            if step % SAVED == 0 and step < STEPS:
                yield self._said(step, f"Checkpoint created at step {step} with Snapshot ID: {_model(step)}")
        yield self._said(STEPS, f"New fine-tuned model created: {_MODEL}")
        yield self._said(STEPS, "The job has successfully completed")

    def _said(
        self, steps: int, message: str, kind: str = "message", data: Mapping[str, Any] | None = None
    ) -> tuple[int, Object]:
        return steps, {
            "object": "fine_tuning.job.event",
            "id": f"ftevent-{steps}-{message}",
            "created_at": self._time(steps),
            "level": "info",
            "message": message,
            "type": kind,
            "data": data or {},
        }


def records() -> dict[int, dict[str, float]]:
    """Return what each step measures, from a seed: both losses fall, and validation rises from `BEST` on.

    The validation loss of single minibatches goes through a fixed rotation of easy and hard ones.
    """
    chance = random.Random(3)  # noqa: S311 - noise, no secret
    noise = 0.12
    rotation = [chance.gauss(0, 1.5 * noise) for _ in range(8)]
    measured = {}
    for step in range(1, STEPS + 1):
        record = _losses("train", _fallen(step) * 0.8 ** (_epoch(step) - 1) * _scatter(chance, noise))
        if step % VALIDATED == 0:
            turn = rotation[step // VALIDATED % len(rotation)]
            record |= _losses("valid", _valid(step) * math.exp(turn + chance.gauss(0, noise / 4)))
        if step % PASSED_OVER == 0:
            record |= _losses("full_valid", _valid(step) * _scatter(chance, noise / 40))
        measured[step] = record
    return measured


def _fallen(step: int) -> float:
    return 0.55 + (2.1 - 0.55) * math.exp(-6.0 * step / STEPS)


def _valid(step: int) -> float:
    risen = max(0.0, (step - BEST) * EPOCHS / STEPS)  # epochs since the best
    return 1.05 * _fallen(min(step, BEST)) + 0.22 * risen**2 / (risen + 0.3)


def _scatter(chance: random.Random, noise: float) -> float:
    return math.exp(chance.gauss(0, noise))


def _losses(split: str, loss: float) -> dict[str, float]:
    return {f"{split}_loss": loss, f"{split}_mean_token_accuracy": math.exp(-0.4 * loss)}


def _epoch(step: int) -> int:
    return max(1, -(-step * EPOCHS // STEPS))


def _model(step: int) -> str:
    return _MODEL if step == STEPS else f"{_MODEL}:ckpt-step-{step}"


def _page(objects: Sequence[Object], after: str | None, limit: int) -> Page:
    start = 0 if after is None else [item["id"] for item in objects].index(after) + 1
    return Page(tuple(objects[start : start + limit]), start + limit < len(objects))
