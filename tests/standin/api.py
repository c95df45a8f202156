"""The fine-tuning API: jobs that move, and an answer to each request."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from threading import RLock
from typing import cast

from curvewise.errors import UsageError
from tests.standin.clocks import ByHand, Clock
from tests.standin.dialects import Dialect, FileName, ListName
from tests.standin.events import event_objects, timeline
from tests.standin.messages import Answer, Request, error_answer, json_answer
from tests.standin.objects import Object, checkpoint_objects, file_names, file_object, job_object, page
from tests.standin.progress import Action, Progress, acted, advanced, refusal
from tests.standin.results import file_body
from tests.standin.script import JobScript

MOST_ITEMS = 200
"""Largest page; tools in the wild ask for 200 jobs, although 100 is documented."""

ROUTES: Mapping[str, re.Pattern[str]] = {
    template: re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/ ]+)", template))
    for template in (
        "GET /fine_tuning/jobs",
        "GET /fine_tuning/jobs/{job}",
        "GET /fine_tuning/jobs/{job}/events",
        "GET /fine_tuning/jobs/{job}/checkpoints",
        "POST /fine_tuning/jobs/{job}/cancel",
        "POST /fine_tuning/jobs/{job}/pause",
        "POST /fine_tuning/jobs/{job}/resume",
        "GET /files/{file}",
        "GET /files/{file}/content",
    )
}


def route_of(method: str, path: str) -> tuple[str, dict[str, str]] | None:
    """Return the template of a request, and what it names; None when there is no such endpoint.

    Examples
    --------
    >>> route_of("GET", "/fine_tuning/jobs/ftjob-1/events")
    ('GET /fine_tuning/jobs/{job}/events', {'job': 'ftjob-1'})
    """
    for template, pattern in ROUTES.items():
        if match := pattern.fullmatch(f"{method} {path}"):
            return template, match.groupdict()
    return None


class Track:
    """One job in the server, and how far it has come.

    Parameters
    ----------
    script, dialect, clock
        The job, how the server speaks, and what moves it.
    progress
        Where it stands.
    """

    def __init__(self, script: JobScript, dialect: Dialect, clock: Clock, progress: Progress) -> None:
        self.script = script
        self.dialect = dialect
        self.clock = clock
        self.progress = progress
        self.id = dialect.job_id(script)
        self._since = clock.now()
        self._timeline = timeline(script, dialect)
        self._bodies: dict[FileName, bytes] = {}

    def tick(self, retrieved: bool) -> None:
        """Do the steps that are due."""
        now = self.clock.now()
        steps, used = self.clock.steps(now - self._since, retrieved)
        self._since = now if self.progress.is_paused else self._since + used
        self.advance(steps)

    def advance(self, steps: int) -> None:
        """Do some steps."""
        self.progress = advanced(self.script, self.progress, steps)

    def job(self) -> Object:
        """Return the job object."""
        return job_object(self.script, self.progress, self.dialect)

    def events(self) -> list[Object]:
        """Return the events so far, oldest first."""
        return event_objects(self.script, self.progress, self.dialect, self._timeline)

    def checkpoints(self) -> list[Object]:
        """Return the checkpoints that exist, oldest first."""
        return checkpoint_objects(self.script, self.progress, self.dialect)

    def files(self) -> dict[str, FileName]:
        """Return what the files that exist are, by id."""
        return file_names(self.script, self.progress, self.dialect)

    def body(self, what: FileName) -> bytes:
        """Return the body of a file, which is made once."""
        if what not in self._bodies:
            self._bodies[what] = file_body(self.script, what, self.dialect)
        return self._bodies[what]


class Api:
    """The jobs of a stand-in, and the answers about them; safe to ask from many threads.

    Parameters
    ----------
    dialect
        How it speaks.
    clock
        What moves the jobs; None: they stand at their end.
    """

    def __init__(self, dialect: Dialect, clock: Clock | None) -> None:
        self.dialect = dialect
        self._clock = clock
        self._tracks: dict[str, Track] = {}
        self._lock = RLock()

    def add(self, scripts: Iterable[JobScript]) -> None:
        """Take jobs in.

        Raises
        ------
        UsageError
            If two jobs have the same name.
        """
        for script in scripts:
            if script.name in self._tracks:
                raise UsageError(
                    f"two jobs are called {script.name!r}", hint="give each job of a stand-in its own name"
                )
            steps = script.done if script.done is not None else None if self._clock else script.last_step
            far = advanced(script, Progress(), steps - Progress().steps) if steps is not None else Progress()
            with self._lock:
                self._tracks[script.name] = Track(script, self.dialect, self._clock or ByHand(), far)

    def remove(self, name: str) -> None:
        """Delete a job, as if it had never been."""
        with self._lock:
            del self._tracks[self.track(name).script.name]

    def advance(self, name: str, steps: int) -> None:
        """Do some steps of a job."""
        with self._lock:
            self.track(name).advance(steps)

    def track(self, name: str) -> Track:
        """Return a job by name or id.

        Raises
        ------
        UsageError
            If there is none.
        """
        with self._lock:
            if name in self._tracks:
                return self._tracks[name]
            track = self._by_id(name)
        if track is None:
            known = ", ".join(self._tracks)
            raise UsageError(f"the stand-in has no job {name!r}", hint=f"expected one of: {known}")
        return track

    def answer(self, request: Request) -> Answer:
        """Answer a request whose key is good."""
        route = route_of(request.method, request.path)
        if route is None:
            return self._unknown_url(request)
        template, named = route
        with self._lock:
            for track in self._tracks.values():
                track.tick(retrieved=template == "GET /fine_tuning/jobs/{job}" and track.id == named["job"])
            if "file" in named:
                return self._file(named["file"], content=template.endswith("/content"))
            if "job" not in named:
                tracks = sorted(self._tracks.values(), key=lambda track: track.script.created_at)
                return self._page("jobs", [track.job() for track in tracks], request, 20)
            found = self._by_id(named["job"])
            if found is None:
                return self._not_found(f"Could not find fine tune: {named['job']}", "fine_tune_id")
            return self._about(found, template.rpartition("/")[2], request)

    def _about(self, track: Track, what: str, request: Request) -> Answer:
        if what == "events":
            return self._page("events", track.events(), request, 20)
        if what == "checkpoints":
            return self._page("checkpoints", track.checkpoints(), request, 10)
        if request.method == "POST":
            action = cast("Action", what)
            if refused := refusal(track.script, track.progress, action):
                return error_answer(400, refused)
            track.progress = acted(track.progress, action)
        return json_answer(track.job())

    def _page(self, name: ListName, items: Sequence[Object], request: Request, default: int) -> Answer:
        limit = request.query.get("limit", str(default))
        if not re.fullmatch(r"\d{1,4}", limit) or not 1 <= int(limit) <= MOST_ITEMS:
            return error_answer(
                400, f"Invalid limit: expected a whole number from 1 to {MOST_ITEMS}.", param="limit"
            )
        ordered = items[::-1] if self.dialect.order[name] == "newest_first" else items
        after = request.query.get("after")
        shows_ends = name == "checkpoints" and not self.dialect.is_azure
        listed = page(ordered, after, int(limit), shows_ends=shows_ends)
        return self._not_found(f"No such item: {after}", "after") if listed is None else json_answer(listed)

    def _file(self, identifier: str, *, content: bool) -> Answer:
        for track in self._tracks.values():
            if what := track.files().get(identifier):
                body = track.body(what)
                if content:
                    return Answer(200, body, "application/octet-stream")
                return json_answer(file_object(track.script, what, len(body), self.dialect))
        return self._not_found(f"No such File object: {identifier}", "id")

    def _by_id(self, identifier: str) -> Track | None:
        return next((track for track in self._tracks.values() if track.id == identifier), None)

    def _not_found(self, message: str, param: str) -> Answer:
        return error_answer(404, message, param=param, code="NotFound" if self.dialect.is_azure else None)

    def _unknown_url(self, request: Request) -> Answer:
        if self.dialect.is_azure:
            return json_answer({"error": {"code": "404", "message": "Resource not found"}}, 404)
        return error_answer(404, f"Invalid URL ({request.method} /v1{request.path})", code="unknown_url")
