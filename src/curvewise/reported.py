"""What lies at a path: reports that were written earlier as JSON, or a run."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike, fspath
from pathlib import Path

import msgspec

from curvewise.errors import CurvewiseError, InputError
from curvewise.loading import load, run_from
from curvewise.model.codec import decode_reports
from curvewise.model.report import Report
from curvewise.model.run import Kind, Run
from curvewise.sources.files import read_file
from curvewise.sources.found import Found, named
from curvewise.sources.local import STDIN, standard_input

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
        data = standard_input()
        if _holds_reports(data):
            return _decoded(data, "standard input")
        found = Found((named("standard input", data, mapping or {}),), "standard input")
        return (run_from(found, path, kind=kind),)
    if _begins_as_json(path) and _holds_reports(data := read_file(path)):
        return _decoded(data, path)
    return (load(path, kind=kind, mapping=mapping),)


def _begins_as_json(path: str) -> bool:
    try:
        if not Path(path).is_file():
            return False
        with Path(path).open("rb") as file:
            return file.read(HEAD).lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"{", b"["))
    except (OSError, ValueError):
        return False  # reading it says what is wrong


def _holds_reports(data: bytes) -> bool:
    """Whether the data is a JSON object with a schema version, or an array of such objects."""
    if MARK not in data:
        return False
    try:
        content = msgspec.json.decode(data.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, RecursionError):
        return False
    items = content if isinstance(content, list) else [content]
    return bool(items) and all(
        isinstance(item, dict) and isinstance(item.get("schema_version"), int) for item in items
    )


def _decoded(data: bytes, name: str) -> tuple[Report, ...]:
    content = msgspec.json.decode(data.removeprefix(b"\xef\xbb\xbf"))
    if isinstance(content, dict) and {"runs", "winner"} <= content.keys():
        raise InputError(
            "this is a comparison; expected a run, or its report",
            hint="pass the runs that it compares, or their reports",
            file=name,
        )
    try:
        return decode_reports(data.removeprefix(b"\xef\xbb\xbf"))
    except CurvewiseError as error:
        error.at(file=name)
        raise
