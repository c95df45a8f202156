"""The verbs that read: from a path or an address to a run, or to reports that were written earlier."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from importlib import import_module
from os import PathLike, fspath
from pathlib import Path

import msgspec

from curvewise import plugin
from curvewise.errors import CurvewiseError, InputError, MixedRunsError, UnknownFormatError, UsageError
from curvewise.model.codec import decode_reports
from curvewise.model.job import Job
from curvewise.model.merge import merge
from curvewise.model.report import Report
from curvewise.model.run import KINDS, Kind, Run
from curvewise.parsing.document import Document
from curvewise.parsing.table import shown
from curvewise.plugin.run_files import Found, named
from curvewise.sources import local
from curvewise.sources.local import STDIN, standard_input
from curvewise.storage.files import read_file

_LATE = ("curvewise.model.metric_entries", "numpy.ma", "plotille", "rich.ansi", "tomllib")
"""Modules that what judges and draws imports on first use."""

MARK = b'"schema_version"'
HEAD = 64
"""Bytes that show whether a file begins as JSON."""


def load(
    path: str | PathLike[str], *, kind: Kind | None = None, mapping: Mapping[str, str] | None = None
) -> Run:
    """Read one training run.

    Parameters
    ----------
    path
        A file, a job folder, an output folder with ``checkpoint-*``, or ``-`` for standard input; or the
        address of a job on a service: ``ftjob-...``, ``openai://ftjob-...``, ``azure://ftjob-...``.
    kind
        ``"sft"``, ``"dpo"`` or ``"rft"``; found from the metrics when None.
    mapping
        For a table with column names of its own: canonical metric name to column.

    Returns
    -------
    Run
        What all files of the path together know of the run.

    Raises
    ------
    InputError
        If the path does not exist, nothing in it can be read, it holds several runs, or nothing but that
        a job has begun.
    ServiceError
        If the service refuses, does not answer, or knows no such job.
    MissingExtraError
        If the package that speaks to the service is not installed.
    """
    if kind is not None and kind not in KINDS:
        raise UsageError(f"there is no kind {kind!r}", hint=f"expected one of {', '.join(KINDS)}")
    path = fspath(path)
    run = run_from(_live(path) or local.find(path, mapping or {}), path, kind=kind)
    _require_news(run)
    return run


def _live(path: str) -> Found | None:
    """Return what a job on a service holds; None for a path, which needs nothing of what is imported here."""
    if "://" not in path and not path.startswith("ftjob-"):
        return None
    from curvewise.services.address import connect, parse
    from curvewise.services.concurrency import side_by_side
    from curvewise.services.live_job import LiveJob, found
    from curvewise.services.prefetch import ReadingAhead

    address = parse(path)
    if address is None:
        return None
    with closing(connect(address.provider)) as service:
        ahead = ReadingAhead()
        job = LiveJob(service, address.job, journal=ahead)
        side_by_side([job.refresh, _prepare])
        return found(job, ahead.documents)


def _prepare() -> None:
    """Import what judges and draws, while the service answers."""
    plugin.load_all()
    for module in _LATE:
        import_module(module)


def _require_news(run: Run) -> None:
    """Refuse a job of which nothing is known but that no error was reported: that is no all-clear."""
    if run.metrics or run.checkpoints or run.error or not run.status:
        return
    phase = Job(id=run.id, status=run.status).phase
    address = run.source if "://" in run.source else run.id or "JOB"
    if phase != "over":
        raise InputError(
            f"the job is {run.status} and has no value of any metric yet",
            hint=f"`curvewise watch {address}` follows it",
            file=run.source,
        )
    if run.status == "succeeded":
        raise InputError(
            "the job succeeded, and there is no value of any metric",
            hint="its events and result files may have been deleted; without them nothing can be judged",
            file=run.source,
        )


def run_from(found: Found, source: str, *, kind: Kind | None = None) -> Run:
    """Join what the documents of one run know.

    Raises
    ------
    InputError
        If a document cannot be read, they belong to several runs, or they hold nothing to judge.
    """
    runs = [read(document) for document in found.documents]
    if found.checkpoints is not None:
        runs.append(Run(checkpoints=found.checkpoints))
    try:
        run = merge(runs)
    except MixedRunsError as error:
        error.at(file=source)
        raise
    if not run.metrics and run.checkpoints is None and run.status is None:
        raise InputError(
            "there is no value of any metric", hint="wait until the first step has been logged", file=source
        )
    return msgspec.structs.replace(
        run,
        name=run.name or found.name,
        source=source,
        declared_kind=kind or run.declared_kind,
        notes=(*run.notes, *found.notes),
    )


def read(document: Document) -> Run:
    """Read one document with the format that recognises it.

    Raises
    ------
    UnknownFormatError
        If no format does.
    """
    try:
        for candidate in sorted(plugin.formats().values(), key=lambda each: each.rank):
            if document.mapping and not candidate.generic:
                continue  # the user maps columns, so the names in the file mean what the user says
            if candidate.recognise(document):
                return candidate(document)
        if document.is_json and _is_report(document.json):
            raise UnknownFormatError(
                "this is a report that was written earlier; expected a run",
                hint="`curvewise report`, `compare` and `plot` take it; to judge the run, give its files",
            )
        raise UnknownFormatError(
            _describe(document),
            hint="run `curvewise formats` to see what can be read, or name the columns with "
            "`--map train_loss=COLUMN` and `--map step=COLUMN`"
            if document.is_json or document.header
            else "delete what stands above the line of column names, or add such a line; "
            "`curvewise formats` lists what can be read",
        )
    except CurvewiseError as error:
        error.at(file=document.name)
        raise


def _is_report(value: object) -> bool:
    first = value[0] if isinstance(value, list) and value else value
    return isinstance(first, dict) and {"schema_version", "headline"} <= first.keys()


def _describe(document: Document) -> str:
    if document.is_json:
        value = document.json
        keys = list(value)[:6] if isinstance(value, dict) else []
        empty = "an object without keys" if isinstance(value, dict) else "an array"
        held = f"an object with the keys {', '.join(map(repr, keys))}" if keys else empty
        return f"this JSON is no known metrics file: it holds {held}"
    if document.header:
        columns = ", ".join(map(repr, document.header[:6]))
        return f"no metric is recognised among the columns {columns}"
    first = next(line for line in document.data.split(b"\n") if line.strip())
    begins = shown(first[:200].decode("utf-8", "replace").strip())
    return (
        f"the content is neither JSON nor a table: it begins {begins}; "
        "expected column names with commas, tabs or semicolons between them"
    )


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
