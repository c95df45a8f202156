"""Reports that were written earlier are read in the place of runs."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike, fspath
from pathlib import Path
from typing import Any

import msgspec

from curvewise.diagnose import diagnose
from curvewise.errors import CurvewiseError, InputError, MixedRunsError
from curvewise.joining import run_from
from curvewise.loading import load
from curvewise.model.codec import reports_from
from curvewise.model.report import Report
from curvewise.model.run import Kind, Run
from curvewise.parsing.decoding import read_metrics
from curvewise.parsing.document import Document
from curvewise.plugin.run_files import RunFiles
from curvewise.sources.files import STDIN, standard_input

MARK = b'"schema_version"'
HEAD = 64
"""Bytes that show whether a file begins as JSON."""


def runs_or_reports(
    path: str | PathLike[str], *, kind: Kind | None = None, mapping: Mapping[str, str] | None = None
) -> tuple[Run | Report, ...]:
    """Return the reports that a JSON file holds, else the one run that lies at a path.

    Parameters
    ----------
    path
        What ``curvewise check --format json`` wrote, or whatever `load` reads; ``-`` for standard input.
    kind, mapping
        As for `load`.

    Raises
    ------
    InputError
        If there is neither, or the reports are of a later schema version.
    """
    path = fspath(path)
    if path == STDIN:
        name, data = "standard input", standard_input()
    elif _begins_as_json(path):
        name, data = path, read_metrics(path)
    else:
        return (load(path, kind=kind, mapping=mapping),)
    reports = _reports_in(data)
    if reports is not None:
        return _decoded(reports, name)
    if path != STDIN:
        return (load(path, kind=kind, mapping=mapping),)
    files = RunFiles((Document(name, data, mapping or {}),), name)
    try:
        return (run_from(files, path, kind=kind),)
    except MixedRunsError as error:
        error.runs = [run.replace(name, STDIN, 1) for run in error.runs]
        raise


def _begins_as_json(path: str) -> bool:
    try:
        if not Path(path).is_file():
            return False
        with Path(path).open("rb") as file:
            return file.read(HEAD).lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"{", b"["))
    except (OSError, ValueError):
        return False  # reading it says what is wrong


def _reports_in(data: bytes) -> Any:
    """Return a JSON object with a schema version, or an array of such objects; None for other data."""
    if MARK not in data:
        return None
    try:
        content = msgspec.json.decode(data.removeprefix(b"\xef\xbb\xbf"))
    except (ValueError, RecursionError):
        return None
    items = content if isinstance(content, list) else [content]
    are_reports = bool(items) and all(
        isinstance(item, dict) and isinstance(item.get("schema_version"), int) for item in items
    )
    return content if are_reports else None


def _decoded(content: Any, name: str) -> tuple[Report, ...]:
    if isinstance(content, dict) and {"runs", "winner"} <= content.keys():
        raise InputError(
            "this is a comparison; expected a run, or its report",
            hint="pass the runs that it compares, or their reports",
            file=name,
        )
    try:
        reports = reports_from(content)
        return tuple(report if report.schema_version > 1 else diagnose(report) for report in reports)
    except CurvewiseError as error:
        error.at(file=name)
        raise
