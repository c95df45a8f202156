"""Live: a job on a service, brought up to date, as the files that a folder of the job would hold."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, Protocol

import msgspec

from curvewise.errors import NotFoundError
from curvewise.model.job import Job, job_from_api
from curvewise.model.run import Note
from curvewise.service import Object, Page, Service
from curvewise.sources.found import Found, recognised, unread_note
from curvewise.sources.paging import Feed, each_once, walk
from curvewise.sources.side_by_side import side_by_side

JOB, EVENTS, CHECKPOINTS, RESULTS = "job.json", "events.json", "checkpoints.json", "results"
"""Names of the files, and of the folder of result files."""

_UNSAFE = re.compile(r"[^A-Za-z0-9_-]")
_TRIES = 3


class Journal(Protocol):
    """What was received and must not be asked for again when the program is stopped."""

    def pages(self) -> Sequence[Page]:
        """Return the pages of events that were received."""

    def keep_page(self, page: Page) -> None:
        """Keep a page of events."""

    def content(self, file: str) -> bytes | None:
        """Return the content of a result file that was received whole; None if it was not."""

    def keep_content(self, file: str, content: bytes) -> None:
        """Keep the content of a result file."""


class ResultFile(msgspec.Struct, frozen=True):
    """A result file of a job.

    Parameters
    ----------
    id
        Of the file.
    content
        As it was sent; None when the service no longer has it.
    stated_bytes
        Size that the service states; None when it states none.
    """

    id: str
    content: bytes | None
    stated_bytes: int | None

    @property
    def name(self) -> str:
        """Its name among the files of the job."""
        return f"{RESULTS}/{_UNSAFE.sub('_', self.id)[:100]}.csv"

    @property
    def is_whole(self) -> bool:
        """Whether it is as long as stated, as sent or with its Base64 undone."""
        if self.content is None:
            return False
        return self.stated_bytes is None or self.stated_bytes in lengths(self.content)


def find(job: LiveJob) -> Found:
    """Bring a job up to date, and return its files as documents.

    Raises
    ------
    ServiceError
        If a request fails.
    """
    job.refresh()
    documents, unread = recognised({name: partial(bytes, data) for name, data in job.files().items()}, {})
    notes = (unread_note(unread),) if unread else ()
    return Found(tuple(documents), job.id, None, (*notes, *job.notes()))


class LiveJob:
    """A job on a service: what is known of it, which `refresh` brings up to date.

    Parameters
    ----------
    service
        Connected.
    job
        Id of the job.
    journal
        Where to keep what is received, for a job that must survive an interruption.

    Attributes
    ----------
    id
        Of the job.
    raw
        The object of the job, as the service sent it last.
    events
        The feed of its events.
    checkpoints
        The checkpoints that exist, in the order of the service.
    results
        Its result files by id.
    """

    def __init__(self, service: Service, job: str, *, journal: Journal | None = None) -> None:
        self.service, self.id, self._journal = service, job, journal
        self.raw: Object = {}
        self.events = Feed(
            lambda after, limit: service.events(job, after=after, limit=limit),
            created_at,
            pages=() if journal is None else journal.pages(),
            keep=None if journal is None else journal.keep_page,
        )
        self.checkpoints: tuple[Object, ...] = ()
        self.has_more_checkpoints = False
        self.results: dict[str, ResultFile] = {}
        self._stale = True  # whether something is known to be new that was not asked for yet

    @property
    def job(self) -> Job:
        """The job as it was when it was last asked for."""
        return job_from_api(self.raw, self.service.provider)

    def refresh(self) -> bool:
        """Ask for everything that may have changed, side by side; return whether anything did.

        The first time that is the job, its events, checkpoints and result files. Later it is the job and
        the events that are new, one request each; the rest only when the events or the status say that
        there is something to ask for.

        Raises
        ------
        ServiceError
            If a request fails. What was received before is kept.
        """
        if not self.raw:
            raw, _, _ = side_by_side(self._asking(self._checkpoints))
            self.raw = raw
            self._fetch_results()
            self._stale = False
            return True
        before = self.job
        raw, fresh = side_by_side(self._asking())
        now = job_from_api(raw, self.service.provider)
        self._stale = self._stale or bool(fresh) or now != before
        if not self._stale:
            return False
        if now.phase == "over" and before.phase != "over":
            self.results.clear()  # what a running job had written was not the end
        self._checkpoints()
        self.raw = raw
        self._fetch_results()
        self._stale = False
        return True

    def files(self) -> dict[str, bytes]:
        """Return the files that a folder of the job holds, by name; the same state gives the same bytes."""
        files = {
            JOB: _as_json(self.raw) + b"\n",
            EVENTS: _as_page(self.events.objects(), self.events.has_more),
            CHECKPOINTS: _as_page(sorted(self.checkpoints, key=_step), self.has_more_checkpoints),
        }
        for result in self.results.values():
            if result.content is not None:
                files[result.name] = result.content
        return files

    def notes(self) -> tuple[Note, ...]:
        """Say which result files are missing or cut."""
        return tuple(
            missing_result(result.id) if result.content is None else cut_result(result)
            for result in self.results.values()
            if not result.is_whole
        )

    def _asking(self, *more: Callable[[], None]) -> list[Callable[[], Any]]:
        return [partial(self.service.job, self.id), self.events.refresh, *more]

    def _checkpoints(self) -> None:
        pages = list(walk(lambda after, limit: self.service.checkpoints(self.id, after=after, limit=limit)))
        self.checkpoints, self.has_more_checkpoints = tuple(each_once(pages)), pages[-1].has_more

    def _fetch_results(self) -> None:
        wanted = [file for file in self.job.result_files if file not in self.results]
        for result in side_by_side([partial(self._result, file) for file in wanted]):
            self.results[result.id] = result

    def _result(self, file: str) -> ResultFile:
        kept = self._journal.content(file) if self._journal else None
        if kept is not None:
            return ResultFile(file, kept, _size(self.service.file(file)))
        try:
            result = self._downloaded(file)
        except NotFoundError:
            return ResultFile(file, None, None)
        if self._journal and result.content is not None and result.is_whole:
            self._journal.keep_content(file, result.content)
        return result

    def _downloaded(self, file: str) -> ResultFile:
        ask: list[Callable[[], Any]] = [partial(self.service.file, file), partial(self.service.content, file)]
        stated, content = side_by_side(ask)
        result = ResultFile(file, content, _size(stated))
        for _ in range(1, _TRIES):
            if result.is_whole:
                break
            result = ResultFile(file, self.service.content(file), result.stated_bytes)
        return result


def missing_result(file: str) -> Note:
    """Note a result file that was deleted from the service."""
    return Note("missing_result_file", f"The service no longer has the result file {file}.")


def cut_result(file: ResultFile) -> Note:
    """Note a result file that is shorter or longer than the service states."""
    held = len(file.content or b"")
    text = f"The result file {file.id} has {held:,} bytes, and the service states {file.stated_bytes:,}."
    return Note("cut_result_file", text)


def lengths(content: bytes) -> set[int]:
    """Return the sizes that a service may state for a content: as sent, and with its Base64 undone."""
    found = {len(content)}
    with suppress(ValueError):
        found.add(len(base64.b64decode(content, validate=True)))
    return found


def created_at(event: Object) -> float:
    """Return the time of an event in seconds since 1970; 0 when it has none."""
    held = event.get("created_at")
    return float(held) if isinstance(held, int | float) and held == held else 0.0


def _step(checkpoint: Object) -> float:
    held = checkpoint.get("step_number")
    return float(held) if isinstance(held, int | float) and held == held else 0.0


def _size(file: Object) -> int | None:
    held = file.get("bytes")
    return held if isinstance(held, int) and not isinstance(held, bool) else None


def _as_json(value: Object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _as_page(objects: Iterable[Object], has_more: bool) -> bytes:
    """Write a list as one page, an object a line, so that tools for lines can read it as well."""
    lines = b",\n".join(map(_as_json, objects))
    return b'{"object":"list","data":[\n%s\n],"has_more":%s}\n' % (lines, b"true" if has_more else b"false")
