"""A service in memory, fixtures and small helpers, for the tests of archives.

`tests/conftest.py` loads this file as a plug-in.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Lock
from typing import Any

import pytest

from curvewise.archives.archive import archive
from curvewise.errors import NotFoundError
from curvewise.plugin.service import Object, Page
from tests.standin.fixtures import StandinFactory, point_at

JOB = "ftjob-abc"
RESULTS = b"step,train_loss,full_valid_loss\n1,2.0,\n2,1.5,1.02\n3,1.3333333333333333,\n4,1.25,1.04\n"


def event(number: int, loss: float | None = None) -> Object:
    """Two events in each second, the way that logs of fast jobs look."""
    metrics = (
        {"type": "metrics", "data": {"step": number, "train_loss": loss}} if loss else {"type": "message"}
    )
    return {
        "object": "fine_tuning.job.event",
        "id": f"ev-{number}",
        "created_at": 1_000 + number // 2,
        "level": "info",
        "message": f"Step {number}",
        **metrics,
    }


def checkpoint(step: int) -> Object:
    return {
        "object": "fine_tuning.job.checkpoint",
        "id": f"ckpt-{step}",
        "created_at": 1_000 + step,
        "fine_tuned_model_checkpoint": f"ft:model:ckpt-step-{step}",
        "fine_tuning_job_id": JOB,
        "step_number": step,
        "metrics": {"step": float(step), "full_valid_loss": 1.0 + step / 100},
    }


class StoppedError(Exception):
    """Stands for the end of the process."""


class Memory:
    """A service with a job that a test can change between two calls."""

    provider = "openai"

    def __init__(
        self,
        *,
        events: int = 25,
        checkpoints: Sequence[int] = (2, 4),
        status: str = "succeeded",
        newest_first: bool = True,
    ) -> None:
        self.about: dict[str, Any] = {
            "object": "fine_tuning.job",
            "id": JOB,
            "model": "gpt-4o-mini",
            "status": status,
            "user_provided_suffix": "tickets",
            "error": {},
            "result_files": ["file-1"],
        }
        self.told: list[Object] = [event(number, 1.0 + 1 / number) for number in range(1, events + 1)]
        self.saved: list[Object] = [checkpoint(step) for step in checkpoints]
        self.files: dict[str, bytes] = {"file-1": RESULTS}
        self.sizes: dict[str, int | None] = {}
        self.newest_first = newest_first
        self.requests: list[str] = []
        self.before: Callable[[int], None] | None = None
        self._lock = Lock()

    def job(self, job: str) -> Object:
        self._asked(f"job {job}")
        if job != self.about["id"]:
            raise NotFoundError(f"there is no job {job}", hint="look", status=404)
        return dict(self.about)

    def jobs(self, *, after: str | None = None, limit: int = 20) -> Page:
        self._asked(f"{limit} jobs after {after}")
        return Page((dict(self.about),))

    def events(self, job: str, *, after: str | None = None, limit: int = 100) -> Page:
        self._asked(f"events of {job}")
        return self._page(self.told, after, min(limit, 10))

    def checkpoints(self, job: str, *, after: str | None = None, limit: int = 100) -> Page:
        self._asked(f"checkpoints of {job}")
        return self._page(self.saved, after, limit)

    def file(self, file: str) -> Object:
        self._asked(f"file {file}")
        content = self._content(file)
        return {"id": file, "bytes": self.sizes.get(file, len(content))}

    def content(self, file: str) -> bytes:
        self._asked(f"content {file}")
        return self._content(file)

    def pause(self, job: str) -> Object:
        raise NotImplementedError

    def cancel(self, job: str) -> Object:
        raise NotImplementedError

    def close(self) -> None:
        pass

    def _content(self, file: str) -> bytes:
        if file not in self.files:
            raise NotFoundError(f"there is no file {file}", hint="look", status=404)
        return self.files[file]

    def _page(self, held: Sequence[Object], after: str | None, limit: int) -> Page:
        listed = list(reversed(held)) if self.newest_first else list(held)
        start = 0 if after is None else [item["id"] for item in listed].index(after) + 1
        return Page(tuple(listed[start : start + limit]), start + limit < len(listed))

    def _asked(self, what: str) -> None:
        with self._lock:
            self.requests.append(what)
            number = len(self.requests)
        if self.before is not None:
            self.before(number)


@pytest.fixture
def memory(monkeypatch: pytest.MonkeyPatch) -> Memory:
    """A service in memory that `archive` connects to."""
    return connected(monkeypatch, Memory())


@pytest.fixture
def serve(standin: StandinFactory, environment: pytest.MonkeyPatch) -> StandinFactory:
    """Start a stand-in, and put its address and key, and no others, into the environment."""
    pytest.importorskip("openai")
    return lambda *arguments, **options: point_at(standin(*arguments, **options), environment)


def connected(monkeypatch: pytest.MonkeyPatch, service: Memory) -> Memory:
    def connect(provider: str | None = None) -> Memory:
        assert provider in (None, service.provider)
        return service

    monkeypatch.setattr("curvewise.archives.archive.connect", connect)
    return service


def undisturbed(folder: Path, service: Memory | None = None) -> dict[str, bytes]:
    """The folder that an archive without any interruption makes."""
    with pytest.MonkeyPatch.context() as patched:
        connected(patched, service or Memory())
        archive(JOB, folder)
    return tree(folder)


def stop_at(service: Memory, request: int) -> None:
    def before(number: int) -> None:
        if number == request:
            raise StoppedError

    service.before = before


def manifest(folder: Path) -> dict[str, Any]:
    held: dict[str, Any] = json.loads((folder / "archive.json").read_bytes())
    return held


def tree(folder: Path) -> dict[str, bytes]:
    """Every file under a folder, hidden ones as well, and every empty folder."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else b""
        for path in sorted(folder.rglob("*"))
        if path.is_file() or not any(path.iterdir())
    }
