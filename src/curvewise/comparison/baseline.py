"""Baseline: what reports hold that those of an earlier look did not."""

from __future__ import annotations

import posixpath
from collections.abc import Sequence

import msgspec

from curvewise.errors import CurvewiseError
from curvewise.model.codec import decode_reports
from curvewise.model.diagnosis import SEVERITIES, Diagnosis
from curvewise.model.finding import STATUSES, Finding
from curvewise.model.report import Report
from curvewise.storage.files import read_file


class News(msgspec.Struct, frozen=True):
    """What is new or worse in a report.

    Parameters
    ----------
    diagnoses
        Of the run, the main one first.
    findings
        Those that are at least a warning.
    """

    diagnoses: tuple[Diagnosis, ...]
    findings: tuple[Finding, ...]

    @property
    def told(self) -> frozenset[str]:
        """The checks whose findings a new diagnosis tells of."""
        return frozenset(check for each in self.diagnoses for check in (each.name, *each.findings))


class Baseline:
    """The reports of an earlier look.

    Parameters
    ----------
    reports
        In any order. A run is known by where it was read from, else by its id.
    """

    def __init__(self, reports: Sequence[Report]) -> None:
        self._by_source = {_source(report): report for report in reports}
        self._by_id = {report.run.id: report for report in reports if report.run.id}

    @classmethod
    def read(cls, path: str) -> Baseline:
        """Read what `curvewise check --format json` wrote.

        Raises
        ------
        InputError
            If the file holds no reports.
        """
        try:
            return cls(decode_reports(read_file(path)))
        except CurvewiseError as error:
            raise error.at(file=path) from None

    def news(self, report: Report) -> News:
        """Return what a report holds that the earlier one of its run did not; all of it for a new run."""
        earlier = self._by_source.get(_source(report)) or self._by_id.get(report.run.id)
        told = {} if earlier is None else {each.name: each.severity for each in _told(earlier)}
        seen = {} if earlier is None else {each.check: each.status for each in earlier.findings}
        return News(
            tuple(
                each
                for each in _told(report)
                if each.severity in ("problem", "warning")
                and SEVERITIES.index(each.severity) < SEVERITIES.index(told.get(each.name, "ok"))
            ),
            tuple(
                each
                for each in report.with_status("crashed", "problem", "warning")
                if STATUSES.index(each.status) < STATUSES.index(seen.get(each.check, "ok"))
            ),
        )


def _told(report: Report) -> tuple[Diagnosis, ...]:
    return (report.diagnosis, *report.also)


def _source(report: Report) -> str:
    source = report.run.source
    return source if "://" in source else posixpath.normpath(source.replace("\\", "/"))
