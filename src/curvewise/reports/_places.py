"""Where a finding is: the file of its run, and the steps that it speaks of."""

from __future__ import annotations

import os
import re
from pathlib import PurePath, PurePosixPath

from curvewise.model.finding import Finding
from curvewise.model.report import Report

STDIN = "-"
ADDRESS = re.compile(r"[a-z][a-z0-9+-]*://|ftjob-")
"""How the address of a job on a service begins."""


def relative_path(report: Report) -> str | None:
    """Return the path of a run as seen from the working directory, with ``/``; None when it is no path.

    A path outside the working directory stays as it was named.
    """
    source = report.run.source
    if not source or source == STDIN or ADDRESS.match(source):
        return None
    path = PurePath(source)
    if path.is_absolute():
        inside = os.path.relpath(path)
        path = path if inside.startswith("..") else PurePath(inside)
    return path.as_posix()


def uri(report: Report) -> str:
    """Return the place of a run as a URI, relative where it is a path: what SARIF asks for."""
    from urllib.parse import quote

    path = relative_path(report)
    if path is None:
        address = report.run.source if report.run.source not in ("", STDIN) else "standard-input"
        return quote(address, "/:", errors="replace")
    quoted = quote(path, errors="replace")
    return f"file://{quoted}" if PurePosixPath(path).is_absolute() else quoted


def steps(finding: Finding) -> tuple[str, int, int] | None:
    """Return the metric and the first and last step of the number that a finding rests on first."""
    for evidence in finding.evidence:
        if evidence.first_step is not None and evidence.last_step is not None:
            return evidence.metric, evidence.first_step, evidence.last_step
    return None
