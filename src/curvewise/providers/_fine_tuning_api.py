"""Fine-tuning API: the service of OpenAI and Azure, asked through the SDK of OpenAI."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from curvewise.errors import CurvewiseError, NotFoundError, UsageError
from curvewise.http import Endless
from curvewise.parsing.decoding import from_base64
from curvewise.plugin.service import Object, Page
from curvewise.providers._account import Account
from curvewise.providers._answers import read_object, read_page
from curvewise.providers._client import make_client
from curvewise.providers._environment import environment_secrets
from curvewise.providers._errors import Subject, service_error
from curvewise.secrets import Redaction

if TYPE_CHECKING:
    import httpx2
    from openai._legacy_response import LegacyAPIResponse

_LOG = logging.getLogger("curvewise.providers")

_LOGS_OF_SDK = tuple(
    logging.getLogger(name)
    for name in (
        *("openai._base_client", "openai._legacy_response", "openai._response"),
        *("httpx", "httpx2", "httpcore.http11", "httpcore2.http11"),
    )
)
"""What logs headers and addresses at level DEBUG; a filter acts on its very logger, and on none below it."""

_ID = re.compile(r"[A-Za-z0-9_:-][A-Za-z0-9_.:-]*")
_OF_ID = "an id has ASCII letters, digits and _ . : - only"


class _Answer(msgspec.Struct, frozen=True):
    """What a request gave: the bytes, and the host and path that sent them."""

    data: bytes
    source: str


class FineTuningApi:
    """A `curvewise.plugin.service.Service` that speaks the fine-tuning API of OpenAI and Azure.

    Requests go through the SDK, which sends the credentials and repeats what fails for the moment: no
    connection, and the statuses 408, 409, 429 and from 500. Answers are taken as bytes, so that values are
    exact, unknown fields kept, and NaN readable. Every answer, error and log line is free of secrets.

    One object serves several threads at a time. Requests are logged at level DEBUG by the logger
    ``curvewise.providers``: method, path, status, time and size, and never headers.

    Parameters
    ----------
    account
        Where to connect to, and with what.
    max_retries
        How often a request is repeated. Four bridge about eight seconds, or as long as the service asks
        for by ``Retry-After``, at most two minutes each.
    timeout, connect_timeout
        Seconds to wait for an answer, and for a connection. A page takes a second or two; a file of
        results has a few megabytes.

    Raises
    ------
    MissingExtraError
        If the package ``openai`` is not installed.
    """

    def __init__(
        self,
        account: Account,
        *,
        max_retries: int = 4,
        timeout: float = 60.0,
        connect_timeout: float = 5.0,
    ) -> None:
        self.provider = account.provider
        self._account = account
        self._timeouts = (timeout, connect_timeout)
        self._redaction = Redaction(environment_secrets())
        self._client = make_client(
            account,
            self._redaction,
            max_retries=max_retries,
            timeout=timeout,
            connect_timeout=connect_timeout,
        )
        for logger in _LOGS_OF_SDK:
            logger.addFilter(self._redacted)
        jobs = self._client.fine_tuning.jobs
        self._jobs = jobs.with_raw_response
        self._checkpoints = jobs.checkpoints.with_raw_response
        self._files = self._client.files.with_raw_response

    def job(self, job: str) -> Object:
        """Return the object of a job."""
        return self._object(self._job(job), lambda: self._jobs.retrieve(job))

    def jobs(self, *, after: str | None = None, limit: int = 20) -> Page:
        """Return a page of the jobs of the account."""
        subject = Subject(
            "the list of fine-tuning jobs",
            f"look at {self._account.address_variable}: there may be no fine-tuning API at this address"
            + (" (for OpenAI it ends in /v1)" if self.provider == "openai" else ""),
        )
        self._without_key(after or "")
        return self._page(subject, lambda: self._jobs.list(**_cursor(after, limit)))

    def events(self, job: str, *, after: str | None = None, limit: int = 100) -> Page:
        """Return a page of the events of a job."""
        subject = self._job(job, after)
        return self._page(subject, lambda: self._jobs.list_events(job, **_cursor(after, limit)))

    def checkpoints(self, job: str, *, after: str | None = None, limit: int = 100) -> Page:
        """Return a page of the checkpoints of a job."""
        subject = self._job(job, after)
        return self._page(subject, lambda: self._checkpoints.list(job, **_cursor(after, limit)))

    def file(self, file: str) -> Object:
        """Return the object of a file: its name and size."""
        return self._object(self._file(file), lambda: self._files.retrieve(file))

    def content(self, file: str) -> bytes:
        """Return the content of a file as it is sent, but for a secret that we sent ourselves."""
        data = self._ask(self._file(file), lambda: self._files.content(file)).data
        decoded = from_base64(data)
        if decoded is not None and (clean := self._redaction.data(decoded)) != decoded:
            return clean
        return self._redaction.data(data)

    def pause(self, job: str) -> Object:
        """Ask the service to pause a job, and return the job."""
        return self._object(self._job(job), lambda: self._jobs.pause(job))

    def cancel(self, job: str) -> Object:
        """Ask the service to cancel a job, and return the job."""
        return self._object(self._job(job), lambda: self._jobs.cancel(job))

    def close(self) -> None:
        """Close the connections."""
        self._client.close()
        for logger in _LOGS_OF_SDK:
            logger.removeFilter(self._redacted)
        close = getattr(self._account.credential, "close", None)
        if close is not None:
            close()

    def _job(self, job: str, after: str | None = None) -> Subject:
        if not self._is_id(job):
            raise UsageError(
                f"{job!r} is not the id of a job", hint=f"{_OF_ID}; `curvewise jobs` lists the jobs"
            )
        return Subject(
            f"job {job}" + (f", or no object {self._without_key(after)} in its list" if after else ""),
            "`curvewise jobs` lists the jobs of this account; a job is seen only by its own account, "
            "organization and project",
        )

    def _file(self, file: str) -> Subject:
        if not self._is_id(file):  # the service named it, and the rest of the job can be read without it
            raise NotFoundError(f"{file!r} is not the id of a file", hint=_OF_ID)
        return Subject(
            f"file {file}", "the file may have been deleted; the job and its events can be read without it"
        )

    def _is_id(self, text: str) -> bool:
        """Whether a text is an id, and could not act as a path or a query: it may come from a stranger."""
        return _ID.fullmatch(self._without_key(text)) is not None

    def _without_key(self, text: str) -> str:
        """Refuse what would write a key into an address, and so into the logs of all on the way."""
        if self._redaction.text(text) != text:
            raise UsageError(
                "what is given as an id has a key in it", hint="pass the id of a job, such as ftjob-abc123"
            )
        return text

    def _object(self, subject: Subject, send: Callable[[], LegacyAPIResponse[Any]]) -> Object:
        answer = self._ask(subject, send)
        return read_object(answer.data, answer.source, self._redaction)

    def _page(self, subject: Subject, send: Callable[[], LegacyAPIResponse[Any]]) -> Page:
        answer = self._ask(subject, send)
        return read_page(answer.data, answer.source, self._redaction)

    def _ask(self, subject: Subject, send: Callable[[], LegacyAPIResponse[Any]]) -> _Answer:
        """Make a request. Its error is raised after the SDK's is gone, so that it does not refer to it."""
        started = time.perf_counter()
        try:
            response = send()
            data = response.content
        except CurvewiseError:  # from the source of tokens
            raise
        except Endless as error:
            failure, request = error.failure(self._account.host), None
        except Exception as error:  # the SDK lets through what its transport raises
            failure = service_error(error, self._account, subject, self._redaction, self._timeouts)
            request = getattr(error, "request", None)
        else:
            self._log(response.http_request, str(response.status_code), started, data)
            url = response.http_request.url
            return _Answer(data, self._redaction.text(f"{self._account.host}{url.path}"))
        self._log(request, str(failure.status or "no answer"), started)
        raise failure

    def _redacted(self, record: logging.LogRecord) -> bool:
        """Take secrets out of what the SDK logs, such as the headers of an answer that echo the key."""
        record.msg, record.args = self._redaction.text(record.getMessage()), ()
        return True

    def _log(
        self, request: httpx2.Request | None, outcome: str, started: float, data: bytes | None = None
    ) -> None:
        if request is None or not _LOG.isEnabledFor(logging.DEBUG):
            return
        path = request.url.raw_path.decode("ascii").removeprefix(self._account.path)
        took = f"{(time.perf_counter() - started) * 1000:.0f} ms"
        size = "" if data is None else f", {len(data) / 1000:.1f} kB"
        line = self._redaction.text(f"{request.method} {path}")
        _LOG.debug("%s -> %s, %s%s", line, outcome, took, size)

    def __repr__(self) -> str:
        return f"<FineTuningApi of {self._account.title} at {self._account.host}>"


def _cursor(after: str | None, limit: int) -> Mapping[str, Any]:
    return {"limit": limit, "after": after} if after else {"limit": limit}
