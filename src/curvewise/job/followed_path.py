"""A run on a disk that is followed: a folder, an event file, a log, while a training writes it."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from pathlib import Path

import msgspec

from curvewise.derived.progress import goes_on, progress
from curvewise.errors import InputError, MixedRunsError, ServiceError
from curvewise.job.growing_files import GrowingFiles, stamp
from curvewise.job.update import Update, changed_findings
from curvewise.loading import load
from curvewise.model.diagnosis import Diagnosis
from curvewise.model.job import Job
from curvewise.model.report import Report
from curvewise.model.run import Kind, Run
from curvewise.monitor.change import change
from curvewise.plugin.source import read_by
from curvewise.storage.files import status
from curvewise.storage.walk import DATABASES

SHARE = 10
"""How many times as long as a judgement took passes before the next: it takes a tenth of the time at most."""
QUIET = 3
"""Looks without news, or as much time, after which a run that reached its planned end is over."""
SUMMARY = "mean_train_loss"
"""What Hugging Face's Trainer logs at the end of a training."""


def follow_path(
    path: str,
    *,
    interval: float,
    kind: Kind | None,
    judge: Callable[[Run], Report],
    wait: Callable[[float], object],
    idle: float,
) -> Generator[Update, None, None]:
    """Look at a path again and again until the run there ends, or nothing is new for `idle` seconds."""
    followed = _Followed(path, kind, judge, interval, idle)
    while True:
        update = followed.look()
        yield update
        if update.wait is None:
            return
        wait(update.wait)


class _Followed:
    """A path and the last update of it."""

    def __init__(
        self, path: str, kind: Kind | None, judge: Callable[[Run], Report], interval: float, idle: float
    ) -> None:
        status(path)  # a path that does not exist is an error at once
        self._path, self._kind, self._judge = path, kind, judge
        self._interval, self._idle = interval, idle
        self._files = GrowingFiles()
        self._seen: object = None
        self._news_at = time.monotonic()
        self._judged_at, self._judging = 0.0, 0.0
        self._quiet = 0
        self._told: Diagnosis | None = None
        self._last = Update(job=Job(id=path, status="waiting"), wait=interval)

    def look(self) -> Update:
        """See what is new, and judge it when it is time to."""
        now, found = time.monotonic(), stamp(self._path)
        is_new = found != self._seen
        self._quiet = 0 if is_new else self._quiet + 1
        if is_new:
            self._news_at = now
        has_ended = not is_new and self._has_ended(now)
        is_due = is_new and (now - self._judged_at >= SHARE * self._judging or self._last.run is None)
        if not has_ended and not is_due:
            self._last = self._unchanged()
            return self._last
        try:
            run = self._read(whole=has_ended)
        except MixedRunsError:
            raise
        except InputError as error:
            if has_ended:
                raise
            trouble = ServiceError(error.problem, hint=error.hint, file=error.file, temporary=True)
            self._seen = found
            self._last = msgspec.structs.replace(self._unchanged(), trouble=trouble)
            return self._last
        report = self._judge(run)
        self._seen = found
        self._judged_at, self._judging = time.monotonic(), time.monotonic() - now
        age = time.time() - max((at for _, _, at in found), default=0) / 1e9
        ends = has_ended or self._says_end(run) or (_is_done(run) and age >= QUIET * self._interval)
        if ends and not has_ended:
            run = self._read(whole=True)
            report = self._judge(run)
        news = change(self._told, report)
        self._told = report.diagnosis if news else self._told
        self._last = Update(
            job=Job(id=self._path, name=run.name, status=_status(run, ends), base_model=run.base_model),
            run=run,
            report=report,
            changed=True,
            findings=changed_findings(self._last.report, report),
            change=news,
            wait=None if ends else self._interval,
        )
        return self._last

    def _unchanged(self) -> Update:
        fields = {"changed": False, "findings": (), "change": None, "messages": ()}
        return msgspec.structs.replace(self._last, **fields, wait=self._interval)

    def _read(self, *, whole: bool) -> Run:
        """Read what is new; at the end the whole path, as a check does."""
        if whole:
            return self._load()
        with read_by(self._files):
            run = self._load()
        return run if run.status else msgspec.structs.replace(run, status="running")

    def _load(self) -> Run:
        """Read the run; of several that one log holds after each other, the last goes on."""
        try:
            return load(self._path, kind=self._kind)
        except MixedRunsError as error:
            if not Path(self._path).is_file() or self._path.endswith(DATABASES) or not error.runs:
                raise
            return load(error.runs[-1], kind=self._kind)

    def _has_ended(self, now: float) -> bool:
        run = self._last.run
        if now - self._news_at >= self._idle:
            return True
        return self._quiet >= QUIET and run is not None and _is_done(run)

    def _says_end(self, run: Run) -> bool:
        return (run.status is not None and not goes_on(run)) or SUMMARY in run.metrics


def _is_done(run: Run) -> bool:
    """Whether the planned end is reached, which comes earlier by one log where steps count from 0."""
    steps = progress(run)[1].step
    if run.planned_steps is None or not len(steps):
        return False
    apart = int(steps[-1] - steps[-2]) if len(steps) > 1 and steps[0] == 0 else 0
    return int(steps[-1]) + apart >= run.planned_steps


def _status(run: Run, ends: bool) -> str:
    return (run.status or "ended") if ends else "running"
