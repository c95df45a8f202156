"""Where a finding is: the file of its run, and the steps that it speaks of."""

from __future__ import annotations

import os
from pathlib import PurePath, PurePosixPath

from curvewise.model.finding import Finding
from curvewise.model.report import Report

STDIN = "-"


def relative_path(report: Report) -> str | None:
    """Return the path of a run as seen from the working directory, with ``/``; None when it is no path.

    A path outside the working directory stays as it was named.
    """
    source = report.run.source
    if not source or source == STDIN or "://" in source:
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
        return quote(report.run.source if report.run.source not in ("", STDIN) else "standard-input", "/:")
    if PurePosixPath(path).is_absolute():
        return f"file://{quote(_encodable(path))}"
    return quote(_encodable(path))


def _encodable(path: str) -> bytes:
    return path.encode("utf-8", "surrogateescape") if _escaped(path) else path.encode("utf-8", "replace")


def _escaped(path: str) -> bool:
    return all(not 0xD800 <= ord(char) <= 0xDFFF or 0xDC80 <= ord(char) <= 0xDCFF for char in path)


def steps(finding: Finding) -> tuple[str, int, int] | None:
    """Return the metric and the first and last step of the number that a finding rests on first."""
    for evidence in finding.evidence:
        if evidence.first_step is not None and evidence.last_step is not None:
            return evidence.metric, evidence.first_step, evidence.last_step
    return None
