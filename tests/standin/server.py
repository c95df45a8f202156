"""The stand-in as a server that starts, stops and starts again on its port."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from threading import Lock
from types import TracebackType
from typing import Self
from urllib.parse import parse_qsl, unquote, urlsplit

import msgspec

from curvewise.errors import UsageError
from tests.standin.api import Api, route_of
from tests.standin.clocks import Clock
from tests.standin.dialects import Deviation, DialectName, ListName, Order, make_dialect
from tests.standin.doors import AZURE_BASE, OPENAI_BASE, PROJECT, path_behind, sent_key, unauthorized
from tests.standin.messages import Answer, Request, error_answer, json_answer
from tests.standin.progress import Progress
from tests.standin.rules import Faults
from tests.standin.script import JobScript
from tests.standin.wire import LOOPBACK, Gauge, Listener

DEFAULT_KEY = "sk-standin-opens-nothing-0000"
API_VERSION = "2025-04-01-preview"


class Call(msgspec.Struct, frozen=True):
    """A request that the server has answered.

    Parameters
    ----------
    method, path, query
        What was asked, without the base URL and without the key.
    status
        Of the answer; 0 when the connection was broken instead.
    """

    method: str
    path: str
    query: Mapping[str, str]
    status: int


class Standin:
    """A fine-tuning service on loopback; use it with ``with``, or `start` and `stop` it.

    Parameters
    ----------
    jobs
        What it has.
    dialect
        ``"openai"`` or ``"azure"``.
    key
        The one key that it accepts.
    clock
        What moves the jobs: `ByHand`, `ByRequest`, `ByTime`; None: all have come to their end.
    order
        ``"newest_first"`` or ``"oldest_first"``, for all lists or by list; None: as the service.
    deviations
        From the specification; None: those of the service.
    latency
        Seconds before each answer.
    faults
        What goes wrong.
    port
        0 for any that is free; it stays the same over `stop` and `start`.

    Examples
    --------
    >>> from tests.standin import Standin, jobs
    >>> with Standin([jobs.small_sft()]) as server:
    ...     server.id("small-sft")
    'ftjob-...'
    """

    def __init__(
        self,
        jobs: Iterable[JobScript] = (),
        *,
        dialect: DialectName = "openai",
        key: str = DEFAULT_KEY,
        clock: Clock | None = None,
        order: Order | Mapping[ListName, Order] | None = None,
        deviations: Collection[Deviation] | None = None,
        latency: float = 0.0,
        faults: Faults | None = None,
        port: int = 0,
    ) -> None:
        self.dialect = make_dialect(dialect, order, deviations)
        self.key = key
        self.latency = latency
        self.faults = Faults() if faults is None else faults
        self.port = port
        self.requests: list[Call] = []
        self._api = Api(self.dialect, clock)
        self._api.add(jobs)
        self._listener: Listener | None = None
        self._gauge = Gauge()
        self._lock = Lock()

    def start(self) -> Self:
        """Listen; returns itself.

        Raises
        ------
        UsageError
            If the port is taken.
        """
        if self._listener is None:
            try:
                self._listener = Listener(self.port, self._handle, self._gauge)
            except (OSError, OverflowError) as error:
                raise UsageError(
                    f"the stand-in cannot listen on port {self.port}: {error}",
                    hint="give another port, or 0 for any that is free",
                ) from error
            self.port = self._listener.server_port
        return self

    def stop(self) -> None:
        """Break all connections and refuse new ones; jobs go on by their clock."""
        if self._listener is not None:
            self._listener.close()
            self._listener = None

    def restart(self) -> None:
        """Stop, and start on the same port."""
        self.stop()
        self.start()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def endpoint(self) -> str:
        """Address without a path, as ``AZURE_OPENAI_ENDPOINT`` has it."""
        if self.port == 0:
            raise UsageError("the stand-in has no address before it has started", hint="call start()")
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def url(self) -> str:
        """Base URL for ``openai.OpenAI(base_url=...)``; on Azure, that of its v1 API."""
        return f"{self.endpoint}{AZURE_BASE if self.dialect.is_azure else OPENAI_BASE}"

    @property
    def project_endpoint(self) -> str:
        """Address of a Foundry project, as ``AZURE_AI_PROJECT_ENDPOINT`` has it."""
        return f"{self.endpoint}{PROJECT}"

    def environment(self) -> dict[str, str]:
        """Return the variables that lead a client here."""
        if self.dialect.is_azure:
            return {
                "AZURE_OPENAI_ENDPOINT": self.endpoint,
                "AZURE_OPENAI_API_KEY": self.key,
                "OPENAI_API_VERSION": API_VERSION,
            }
        return {"OPENAI_BASE_URL": self.url, "OPENAI_API_KEY": self.key}

    def id(self, name: str) -> str:
        """Return the id of a job."""
        return self._api.track(name).id

    def progress(self, name: str) -> Progress:
        """Return how far a job, by name or id, has come."""
        return self._api.track(name).progress

    def advance(self, name: str, steps: int = 1) -> None:
        """Let a job, by name or id, do some steps; it begins two before 0, in validation and in the queue."""
        self._api.advance(name, steps)

    def finish(self, name: str) -> None:
        """Let a job come to its end, or to where the service pauses it."""
        track = self._api.track(name)
        self._api.advance(name, track.script.last_step - track.progress.steps)

    def add(self, script: JobScript) -> None:
        """Take in one more job."""
        self._api.add([script])

    def delete(self, name: str) -> None:
        """Delete a job, as if it had never been."""
        self._api.remove(name)

    @property
    def busiest(self) -> int:
        """Most requests that were under way at the same moment."""
        return self._gauge.most

    @property
    def busy(self) -> list[tuple[float, float]]:
        """Times, by ``time.monotonic``, from which and until which at least one request was under way."""
        return list(self._gauge.spans)

    def counts(self) -> dict[str, int]:
        """Count the requests of each endpoint: ``{"GET /fine_tuning/jobs/{job}": 3}``."""
        with self._lock:
            calls = list(self.requests)
        routes = ((route_of(call.method, call.path), call) for call in calls)
        return dict(Counter(route[0] if route else f"{call.method} {call.path}" for route, call in routes))

    def _handle(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        del body  # nothing that is asked of this service has one that matters
        parts = urlsplit(target)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        path = path_behind(self.dialect, parts.path, query)
        shown = unquote(parts.path if path is None else path)
        request = Request(method, shown, query, sent_key(self.dialect, headers))
        answer = self.faults.answer(request, self._respond) if path is not None else self._nowhere(request)
        with self._lock:
            self.requests.append(Call(method, shown, query, answer.status))
        return msgspec.structs.replace(
            answer,
            delay=answer.delay + self.latency,
            headers={"x-request-id": f"req_{len(self.requests):06d}", **answer.headers},
        )

    def _respond(self, request: Request) -> Answer:
        if request.key != self.key:
            return unauthorized(self.dialect, request.key)
        return self._api.answer(request)

    def _nowhere(self, request: Request) -> Answer:
        if self.dialect.is_azure:
            return json_answer({"error": {"code": "404", "message": "Resource not found"}}, 404)
        return error_answer(404, f"Invalid URL ({request.method} {request.path})", code="unknown_url")
