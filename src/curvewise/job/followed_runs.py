"""Runs at a path that are followed together: each is judged when it has changed."""

from __future__ import annotations

import hashlib
import time

import msgspec

from curvewise.engine import analyze
from curvewise.errors import CurvewiseError
from curvewise.job.growing_files import GrowingFiles, stamp
from curvewise.loading import load_all
from curvewise.model.report import Report
from curvewise.model.run import Run
from curvewise.plugin.source import read_by

SHARE = 4
"""How many times as long as a look took passes before the next one that reads."""
RECENT = 300.0
"""Seconds since something was written within which a run that says nothing of itself goes on."""


class Followed(msgspec.Struct, frozen=True, kw_only=True):
    """A run as it was judged last.

    Parameters
    ----------
    id
        Short, and the same at every look.
    report
        The report; None when the run cannot be read.
    problem
        Why it cannot be.
    version
        Grows with every change of this run.
    """

    id: str
    source: str
    report: Report | None = None
    problem: str = ""
    version: int = 1


class FollowedRuns:
    """Looks at all runs of a path; files that did not change are not read again."""

    def __init__(self, path: str, points: int) -> None:
        self.path = path
        self.runs: dict[str, Followed] = {}
        """The runs by their id, in the order of their names."""
        self.version = 0
        """Grows when any of them changed."""
        self._points = points
        self._files = GrowingFiles()
        self._seen: object = None
        self._known: dict[str, object] = {}
        self._rests_until = 0.0

    def look(self) -> bool:
        """See what is new; whether anything is."""
        now = time.monotonic()
        if now < self._rests_until:
            return False
        found = stamp(self.path)
        if found == self._seen:
            return False
        self._seen = found
        goes_on = max((at for _, _, at in found), default=0) / 1e9 > time.time() - RECENT
        before, runs = self.version, dict[str, Followed]()
        errors: list[CurvewiseError] = []
        try:
            with read_by(self._files):
                for run in load_all(self.path, on_error=errors.append):
                    self._take(run, runs, goes_on=goes_on)
        except CurvewiseError as error:
            errors.append(error)
        for each in errors:
            self._take_error(each, runs)
        if runs.keys() != self.runs.keys():
            self.version += 1
        self.runs = runs
        self._rests_until = time.monotonic() + SHARE * (time.monotonic() - now)
        return self.version != before

    def _take(self, run: Run, runs: dict[str, Followed], *, goes_on: bool) -> None:
        key = _id(run.source)
        known = {
            name: (series.last_step, hash(series.value.tobytes()))
            for name, series in run.metrics.items()
            if len(series)
        }
        state = (known, len(run.checkpoints or ()), run.status)
        old = self.runs.get(key)
        if old is not None and old.report is not None and self._known.get(key) == state:
            runs[key] = old
            return
        if goes_on and not run.status:
            run = msgspec.structs.replace(run, status="running")
        report = analyze(run, points=self._points)
        self._known[key] = state
        self.version += 1
        version = 1 if old is None else old.version + 1
        runs[key] = Followed(id=key, source=run.source, report=report, version=version)

    def _take_error(self, error: CurvewiseError, runs: dict[str, Followed]) -> None:
        source = error.file or self.path
        key = _id(source)
        old = self.runs.get(key)
        if key in runs or (old is not None and old.problem == error.problem):
            runs.setdefault(key, old or Followed(id=key, source=source, problem=error.problem))
            return
        self.version += 1
        version = 1 if old is None else old.version + 1
        runs[key] = Followed(id=key, source=source, problem=error.problem, version=version)


def _id(source: str) -> str:
    return hashlib.sha256(source.encode("utf-8", "surrogateescape")).hexdigest()[:12]
