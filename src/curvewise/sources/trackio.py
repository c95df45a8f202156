"""Databases of Trackio, one a project."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import PurePath

import msgspec

from curvewise.model.run import Run
from curvewise.parsing.logged import read_log, with_settings
from curvewise.parsing.rows import read_rows
from curvewise.plugin.source import Place, RunEntry, source
from curvewise.sources._databases import databases, read_object, seconds
from curvewise.sources._names import distinct
from curvewise.storage.sqlite import opened

_TABLES = {"metrics": {"id", "run_name", "step", "metrics", "timestamp"}}
_STEP = "_step"


class _Queries(msgspec.Struct, frozen=True):
    """How a database is asked."""

    runs: str
    metrics: str
    config: str


_BY_ID = _Queries(
    "SELECT run_id, MAX(run_name), MIN(timestamp) FROM metrics GROUP BY run_id ORDER BY MIN(id)",
    "SELECT step, metrics FROM metrics WHERE run_id = ? ORDER BY timestamp, id",
    "SELECT config FROM configs WHERE run_id = ?",
)
_BY_NAME = _Queries(  # in earlier versions a run has no id
    "SELECT run_name, run_name, MIN(timestamp) FROM metrics GROUP BY run_name ORDER BY MIN(id)",
    "SELECT step, metrics FROM metrics WHERE run_name = ? ORDER BY timestamp, id",
    "SELECT config FROM configs WHERE run_name = ?",
)


@source(
    title="Trackio: the database of a project",
    recognised_by="a database with the table metrics and its columns run_name, step and metrics",
    recognise=lambda place: bool(databases(place, _TABLES)),
)
def trackio(place: Place) -> Iterator[RunEntry]:
    """List the runs of the projects."""
    projects = databases(place, _TABLES)
    for path in projects:
        queries = _BY_ID if "run_id" in place.databases[path]["metrics"] else _BY_NAME
        with opened(path) as database:
            runs = database.execute(queries.runs).fetchall()
        project = f"{PurePath(path).stem}/" if len(projects) > 1 else ""
        names = distinct((str(run), str(name or "")) for run, name, _ in runs)
        for run, _, began in runs:
            name = names[str(run)]
            yield RunEntry(
                f"{project}{name}", partial(_read, place, path, queries, run, name), seconds(began)
            )


def _read(place: Place, path: str, queries: _Queries, run: str, name: str) -> Run:
    with opened(path) as database:
        rows = database.execute(queries.metrics, (run,)).fetchall()
        has_config = "config" in place.databases[path].get("configs", frozenset())
        config = database.execute(queries.config, (run,)).fetchone() if has_config else None
    logged = [{_STEP: step, **read_object(metrics)} for step, metrics in rows]
    read = with_settings(read_log(read_rows(logged), place.mapping), read_object(config[0]) if config else {})
    return msgspec.structs.replace(read, id=run if queries is _BY_ID else "", name=name)
