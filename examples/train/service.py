"""What the files of every managed job share: identifiers, a clock, and how numbers and lists are written.

Times come from a clock that charges a fixed price for every token, so that a second training writes
the same bytes.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
"""When every job was created, by its own clock."""
QUEUE_SECONDS = 240
"""Seconds between the creation of a job and its first step."""

Cell = float | int | str | None


def identifier(*parts: object) -> str:
    """Return 32 hexadecimal digits that depend on the parts alone."""
    return hashlib.sha256("/".join(map(str, parts)).encode()).hexdigest()[:32]


def created_at(seconds: float) -> int:
    """Return the Unix time of so many seconds after the first step."""
    return int(START.timestamp() + QUEUE_SECONDS + seconds)


def timestamp(seconds: float) -> str:
    """Return the time so many seconds after the first step, with the seven decimals of result files."""
    moment = START + timedelta(seconds=QUEUE_SECONDS + seconds)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}0000Z"


def number(value: Cell) -> str:
    """Return a cell: nothing for None, whole numbers without a point, exponents with a capital E."""
    if value is None or isinstance(value, str):
        return value or ""
    if float(value).is_integer():
        return str(int(value))
    return repr(float(value)).replace("e", "E")


def write_table(path: Path, rows: Sequence[Mapping[str, Cell]]) -> None:
    """Write rows that share one header as CSV."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: number(value) for name, value in row.items()} for row in rows)
    path.write_text(text.getvalue(), encoding="utf-8", newline="\n")


def write_json(path: Path, value: Any) -> None:
    """Write a JSON document."""
    path.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8", newline="\n")


def write_list(path: Path, items: Iterable[Any], *, page: int = 100) -> None:
    """Write the first page of a list as the service answers it."""
    data = list(items)
    write_json(path, {"object": "list", "data": data[:page], "has_more": len(data) > page})


class Job:
    """Names of a job and of what came out of it.

    Parameters
    ----------
    name
        Name of the example; the suffix of the model, and the seed of every identifier.
    base
        The model that was tuned.
    """

    def __init__(self, name: str, base: str) -> None:
        self.name, self.base = name, base
        self.id = f"ftjob-{identifier(name, 'job')}"
        self.model = f"{base}.ft-{identifier(name, 'model')}-{name}"

    def file(self, kind: str) -> str:
        """Return the identifier of a file of the job."""
        return f"file-{identifier(self.name, kind)}"

    def checkpoint(
        self, step: int, last_step: int, seconds: float, metrics: Mapping[str, float]
    ) -> dict[str, Any]:
        """Return a checkpoint; the last one bears the model's own name."""
        return {
            "id": f"ftchkpt-{identifier(self.name, step)}",
            "created_at": created_at(seconds),
            "fine_tuned_model_checkpoint": self.model
            if step == last_step
            else f"{self.model}:ckpt-step-{step}",
            "fine_tuning_job_id": self.id,
            "metrics": {"step": float(step), **metrics},
            "object": "fine_tuning.job.checkpoint",
            "step_number": step,
        }

    def describe(
        self, method: Mapping[str, Any], *, seconds: float, trained_tokens: int, seed: int
    ) -> dict[str, Any]:
        """Return the job object of a job that succeeded."""
        return {
            "object": "fine_tuning.job",
            "id": self.id,
            "model": self.base,
            "created_at": int(START.timestamp()),
            "finished_at": created_at(seconds + 120),
            "estimated_finish": None,
            "fine_tuned_model": self.model,
            "suffix": self.name,
            "status": "succeeded",
            "error": None,
            "training_file": self.file("train"),
            "validation_file": self.file("valid"),
            "result_files": [self.file("results")],
            "trained_tokens": trained_tokens,
            "method": method,
            "trainingType": "standard",
            "organization_id": None,
            "integrations": None,
            "seed": seed,
        }
