"""The functions `watch` and `stop`, for a running job."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import closing
from typing import Any, Literal

from curvewise.config import Profile
from curvewise.engine import analyze
from curvewise.errors import NotFoundError, ServiceError, UsageError
from curvewise.job.followed_path import follow_path
from curvewise.job.update import Update, changed_findings
from curvewise.joining import run_from
from curvewise.model.api_object import text
from curvewise.model.diagnosis import Diagnosis
from curvewise.model.job import Job, job_from_api
from curvewise.model.report import Report
from curvewise.model.run import Kind, Run
from curvewise.monitor.change import change
from curvewise.plugin.service import Service
from curvewise.services import live_job as live
from curvewise.services.address import Address, connect, parse
from curvewise.services.live_job import LiveJob
from curvewise.services.paging import identity

LONGEST_WAIT = 300.0
"""Longest time between two tries while a service does not answer, in seconds."""


def watch(
    address: str,
    *,
    interval: float = 15.0,
    kind: Kind | None = None,
    profile: Profile | None = None,
    select: Iterable[str] | None = None,
    ignore: Iterable[str] = (),
    wait: Callable[[float], object] = time.sleep,
    patience: float = 1800.0,
    service: Service | None = None,
) -> Generator[Update, None, None]:
    """Follow a job until it succeeds, fails, is cancelled or is paused, or a run on a disk until it ends.

    Of files that are being written only what is new is read, and never half a line. A run is judged when
    something is new, and so rarely that this takes a tenth of the time at most. It has ended when its log
    says so, when it reached its planned end, or when nothing was new for `patience` seconds.

    Of a job, each update costs one request for the job and one for its newest events, and more only when
    something is new. A service that is busy, restarts or cannot be reached is tried again after the interval,
    then after twice that and so on, up to five minutes.

    Parameters
    ----------
    address
        Of a job on a service: ``ftjob-...``, ``openai://ftjob-...``, ``azure://ftjob-...``; or a path, as
        for `load`.
    interval
        Seconds between two updates.
    kind
        ``"sft"``, ``"dpo"`` or ``"rft"``; found when None.
    profile, select, ignore
        As in `curvewise.analyze`.
    wait
        Called with the seconds to wait between two updates.
    patience
        Seconds without an answer, or without news on a disk, after which to give up.
    service
        The connection to ask, closed at the end; None: the one that the address names.

    Yields
    ------
    Update
        One at once, then one after each interval, even if nothing is new. In the last one the job rests.

    Raises
    ------
    UsageError
        If the interval is not positive, or a check is not known.
    ConfigError
        If the profile does not fit the checks.
    CredentialsError
        If the service refuses the key.
    NotFoundError
        If there is no such job, or it was deleted meanwhile.
    ServiceError
        If the service refuses, cannot be reached at first, or did not answer for `patience`.
    MissingExtraError
        If the package that speaks to the service is not installed.
    """
    where = parse(address)
    if not 0 < interval < float("inf"):
        raise UsageError(f"the interval is {interval} seconds", hint="wait a positive number of seconds")
    only, without = None if select is None else list(select), list(ignore)

    def judge(run: Run) -> Report:
        return analyze(run, profile=profile, select=only, ignore=without)

    judge(Run())  # a wrong name or threshold fails now, not at the first metric
    if where is None:
        yield from follow_path(address, interval=interval, kind=kind, judge=judge, wait=wait, idle=patience)
        return
    with closing(service or connect(where.provider)) as connection:
        job = LiveJob(connection, where.job)
        watched = _Watched(job, interval, lambda: run_from(live.files_of(job), address, kind=kind), judge)
        waited, pause = 0.0, interval  # seconds without an answer, and until the next try
        while True:
            try:
                update = watched.look()
                waited, pause = 0.0, interval
            except ServiceError as error:
                if waited >= patience or not watched.is_temporary(error):
                    raise
                pause = min(pause, patience - waited)
                update = watched.unanswered(error, pause)
                waited, pause = waited + pause, min(2 * pause, max(LONGEST_WAIT, interval))
            yield update
            if update.wait is None:
                return
            wait(update.wait)


def stop(address: str, *, by: Literal["pause", "cancel"] = "pause") -> Job:
    """Ask the service to stop a job.

    A paused job keeps a checkpoint and can be resumed; a cancelled one cannot. It may take a while until the
    job rests.

    Parameters
    ----------
    address
        Of a job on a service, as for `watch`.
    by
        ``"pause"`` or ``"cancel"``.

    Returns
    -------
    Job
        The job as the service then shows it.

    Raises
    ------
    UsageError
        If the address is a path, or `by` is neither.
    ServiceError
        If the service refuses, as it does for a job that has not begun or is over, or does not answer.
    MissingExtraError
        If the package that speaks to the service is not installed.
    """
    where = _job(address)
    if by not in ("pause", "cancel"):
        raise UsageError(f"a job cannot be stopped by {by!r}", hint="expected 'pause' or 'cancel'")
    with closing(connect(where.provider)) as service:
        answer = service.pause(where.job) if by == "pause" else service.cancel(where.job)
        return job_from_api(answer, service.provider)


def _job(address: str) -> Address:
    where = parse(address)
    if where is None:
        raise UsageError(
            f"{address!r} is no job on a service; expected an address such as ftjob-abc123",
            hint="use `curvewise check` for a file or a folder; `curvewise jobs` lists the jobs of a service",
        )
    return where


class _Watched:
    """A job and the last update of it."""

    def __init__(
        self, job: LiveJob, interval: float, read: Callable[[], Run], judge: Callable[[Run], Report]
    ) -> None:
        self._job, self._interval, self._read, self._judge = job, interval, read, judge
        self._last = Update(job=Job(id=job.id, provider=job.service.provider), wait=interval)
        self._known: set[str] = set()  # events of earlier updates
        self._unknown_statuses: set[str] = set()
        self._told: Diagnosis | None = None

    def look(self) -> Update:
        """Request what is new."""
        try:
            changed = self._job.refresh()
        except NotFoundError as error:
            raise self._gone(error) from error
        job, events = self._job.job, self._job.events.objects()
        new = [event for event in events if identity(event) not in self._known] if changed else []
        self._known |= {identity(event) for event in new}
        run, report = self._judged(job) if changed else (self._last.run, self._last.report)
        news = None if report is None else change(self._told, report)
        self._told = self._told if news is None else news.now
        self._last = Update(
            job=job,
            run=run,
            report=report,
            changed=changed,
            new_events=len(new),
            messages=(*self._unknown(job), *_messages(new)),
            findings=changed_findings(self._last.report, report),
            change=news,
            wait=None if job.rests else self._interval,
        )
        return self._last

    def _unknown(self, job: Job) -> Iterator[str]:
        """Say once that a status is not known: nobody can tell whether the job will go on."""
        if not job.is_known and job.status not in self._unknown_statuses:
            self._unknown_statuses.add(job.status)
            yield f"the status {job.status!r} is not known; the job is followed as if it ran"

    def is_temporary(self, error: ServiceError) -> bool:
        """Whether to try again: not if the service never answered, since its address is wrong then."""
        return error.temporary and (self._is_known or error.status is not None)

    def unanswered(self, error: ServiceError, pause: float) -> Update:
        """Return the update for a service that did not answer."""
        last = self._last
        return Update(job=last.job, run=last.run, report=last.report, trouble=error, wait=pause)

    @property
    def _is_known(self) -> bool:
        return bool(self._job.raw)

    def _judged(self, job: Job) -> tuple[Run | None, Report | None]:
        run = self._read()
        if not run.metrics and not job.rests:
            return None, None
        return run, self._judge(run)

    def _gone(self, error: NotFoundError) -> NotFoundError:
        if not self._is_known:
            return error
        run = self._last.run
        last = None if run is None else run.last_step
        reached = "" if run is None or last is None else f" at {run.where(last)}"
        return NotFoundError(
            f"the job {self._job.id} is gone: the service no longer knows it. When it was last seen, it was "
            f"{self._last.job.status}{reached}",
            hint="it was deleted meanwhile; `curvewise jobs` lists the jobs that there are",
            status=error.status,
        )


def _messages(events: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    for event in events:
        if (message := text(event, "message")) and event.get("type") != "metrics":
            yield message
