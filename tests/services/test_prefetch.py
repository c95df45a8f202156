from __future__ import annotations

import threading
from collections.abc import Mapping

import pytest

from curvewise.errors import CurvewiseError
from curvewise.joining import run_from
from curvewise.parsing.document import Document
from curvewise.plugin.service import Page
from curvewise.services import live_job as live
from curvewise.services.job_files import result_name
from curvewise.services.live_job import LiveJob
from curvewise.services.prefetch import ResultPrefetch
from tests.archives.making import JOB, Memory

NAME = result_name("file-1")


class Waiting(Memory):
    """A service that sends no events until the result file was received and dealt with."""

    def __init__(self) -> None:
        super().__init__()
        self.was_dealt_with = threading.Event()

    def events(self, job: str, *, after: str | None = None, limit: int = 100) -> Page:
        assert self.was_dealt_with.wait(10)
        return super().events(job, after=after, limit=limit)


class Telling(ResultPrefetch):
    """Tells the service that a result file was dealt with."""

    def __init__(self, service: Waiting) -> None:
        super().__init__()
        self._service = service

    def keep_content(self, file: str, content: bytes) -> None:
        super().keep_content(file, content)
        self._service.was_dealt_with.set()


def test_a_result_file_is_read_while_the_events_are_on_the_way() -> None:
    service = Waiting()
    results = Telling(service)
    job = LiveJob(service, JOB, store=results)
    job.refresh()
    found = live.files_of(job, results.documents)
    assert [each for each in found.documents if each.name == NAME] == [results.documents[NAME]]
    assert run_from(found, "here") == run_from(live.files_of(job), "here")


@pytest.mark.parametrize("content", [b"step,train_loss\n1,2.0\n2\n", b"\x00\x01", b"", b'{"a": 1}'])
def test_what_cannot_be_read_is_no_error_before_the_files_are_put_together(content: bytes) -> None:
    service = Memory()
    service.files["file-1"] = content
    results = ResultPrefetch()
    job = LiveJob(service, JOB, store=results)
    job.refresh()
    assert results.documents == {}
    assert outcome(job, results.documents) == outcome(job, {})


def outcome(job: LiveJob, documents: Mapping[str, Document]) -> object:
    try:
        return run_from(live.files_of(job, documents), "here")
    except CurvewiseError as error:
        return str(error)
