"""Live job: a job on a service, kept up to date, as the files of a job's folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Literal, Protocol

from curvewise.errors import NotFoundError
from curvewise.model.api_object import created_at
from curvewise.model.job import Job, job_from_api
from curvewise.parsing.document import Document, JsonDocument
from curvewise.plugin.run_files import Read, RunFiles
from curvewise.plugin.service import Object, Page, Service
from curvewise.services.concurrency import in_parallel
from curvewise.services.job_files import (
    CHECKPOINTS,
    EVENTS,
    JOB,
    ResultFile,
    as_json,
    as_page,
    job_files,
    size_of,
    step_of,
)
from curvewise.services.paging import Feed, all_pages, each_once

_TRIES = 3


class DownloadStore(Protocol):
    """Where downloads are kept, so that an interrupted program does not request them again."""

    def pages(self) -> Sequence[Page]:
        """Return the pages of events that were received."""

    def keep_page(self, page: Page) -> None:
        """Store a page of events."""

    def content(self, file: str) -> bytes | None:
        """Return a result file that was received whole; None if it was not."""

    def keep_content(self, file: str, content: bytes) -> None:
        """Store a result file."""


def files_of(job: LiveJob, documents: Mapping[str, Document] | None = None) -> RunFiles:
    """Return the files of a job as documents; ``documents`` holds those that were parsed already."""
    files: dict[str, Read] = {JOB: partial(as_json, job.raw)}
    for name, (objects, has_more) in job.lists().items():
        files[name] = partial(JsonDocument, name, {"object": "list", "data": objects, "has_more": has_more})
    was_read = documents or {}
    for name, content in job.contents().items():
        files[name] = partial(was_read.__getitem__, name) if name in was_read else partial(bytes, content)
    return job_files(files, job.id, job.results.values())


class LiveJob:
    """A job on a service; `refresh` brings it up to date."""

    def __init__(self, service: Service, job: str, *, store: DownloadStore | None = None) -> None:
        self.service, self.id, self._store = service, job, store
        self.raw: Object = {}
        self.events = Feed(
            lambda after, limit: service.events(job, after=after, limit=limit),
            created_at,
            pages=() if store is None else store.pages(),
            keep=None if store is None else store.keep_page,
        )
        self.checkpoints: tuple[Object, ...] = ()
        self.has_more_checkpoints = False
        self.results: dict[str, ResultFile] = {}
        self._stale = True  # something new is known and not requested yet
        self._told = 0  # number of events after the last refresh

    @property
    def job(self) -> Job:
        """The job as the service last showed it."""
        return job_from_api(self.raw, self.service.provider)

    def refresh(self) -> bool:
        """Request everything that may have changed, in parallel; return whether anything did.

        The first time that is the job, its events, checkpoints and result files. Later it is the job and its
        new events, and the rest only when these or the status show a change.
        """
        if not self.raw:
            asked: list[Callable[[], Any]] = [self._job_with_results, self.events.refresh, self._checkpoints]
            self.raw, *_ = in_parallel(asked)
            return self._done()
        before = self.job
        raw, _ = in_parallel(self._asking())
        now = job_from_api(raw, self.service.provider)
        if now.rests and not before.rests:
            self.events.refresh()  # the job may have ended after its events were requested
        self._stale = self._stale or len(self.events) != self._told or now != before
        if not self._stale:
            return False
        if now.phase == "over" and before.phase != "over":
            self.results.clear()  # a running job had not finished writing them
        self._checkpoints()
        self.raw = raw
        self._fetch_results(now)
        return self._done()

    def _done(self) -> Literal[True]:
        self._stale, self._told = False, len(self.events)
        return True

    def refresh_for_choice(self, raw: Object) -> None:
        """Request, in parallel, what the choice of a checkpoint needs, for a job whose object is known.

        The result files of a job that is over hold all metrics; its events, often thousands, are requested
        only when those files do not suffice.
        """
        self.raw = raw
        is_over = self.job.phase == "over"
        asked: list[Callable[[], object]] = [self._checkpoints, partial(self._fetch_results, self.job)]
        in_parallel(asked if is_over else [*asked, self.events.refresh])
        is_complete = bool(self.results) and all(result.is_whole for result in self.results.values())
        if is_over and self.checkpoints and not is_complete:
            self.events.refresh()

    def files(self) -> dict[str, bytes]:
        """Return the files of the job by name; equal states give equal bytes."""
        lists = {name: as_page(objects, has_more) for name, (objects, has_more) in self.lists().items()}
        return {JOB: as_json(self.raw) + b"\n", **lists, **self.contents()}

    def lists(self) -> dict[str, tuple[list[Object], bool]]:
        """Return the lists of the job by file name, and whether the last page says that more follows."""
        return {
            EVENTS: (self.events.objects(), self.events.has_more),
            CHECKPOINTS: (sorted(self.checkpoints, key=step_of), self.has_more_checkpoints),
        }

    def contents(self) -> dict[str, bytes]:
        """Return the result files that the service still has, by file name."""
        results = {result.name: result.content for result in self.results.values()}
        return {name: content for name, content in results.items() if content is not None}

    def _asking(self) -> list[Callable[[], Any]]:
        return [partial(self.service.job, self.id), self.events.refresh]

    def _checkpoints(self) -> None:
        ask = partial(self.service.checkpoints, self.id)
        pages = list(all_pages(lambda after, limit: ask(after=after, limit=limit)))
        self.checkpoints, self.has_more_checkpoints = tuple(each_once(pages)), pages[-1].has_more

    def _job_with_results(self) -> Object:
        raw = self.service.job(self.id)
        self._fetch_results(job_from_api(raw))
        return raw

    def _fetch_results(self, job: Job) -> None:
        wanted = [file for file in job.result_files if file not in self.results]
        for result in in_parallel([partial(self._result, file) for file in wanted]):
            self.results[result.id] = result

    def _result(self, file: str) -> ResultFile:
        kept = self._store.content(file) if self._store else None
        if kept is not None and (result := ResultFile(file, kept, self._stated(file))).is_whole:
            return result
        try:
            result = self._downloaded(file)
        except NotFoundError:
            return ResultFile(file, None, None)
        if self._store and result.content is not None and result.is_whole:
            self._store.keep_content(file, result.content)
        return result

    def _downloaded(self, file: str) -> ResultFile:
        ask: list[Callable[[], Any]] = [partial(self._stated, file), partial(self.service.content, file)]
        stated, content = in_parallel(ask)
        result = ResultFile(file, content, stated)
        for _ in range(1, _TRIES):
            if result.is_whole:
                break
            result = ResultFile(file, self.service.content(file), stated)
        return result

    def _stated(self, file: str) -> int | None:
        """Request the size of a file; None when the service does not state it or does not have the file."""
        try:
            return size_of(self.service.file(file))
        except NotFoundError:
            return None
