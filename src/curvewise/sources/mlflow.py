"""Stores of MLflow: a database, or folders of files."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import groupby
from operator import itemgetter
from pathlib import Path

import numpy as np

from curvewise.formats.mlflow_metric import metric_name, read_metric
from curvewise.model.run import Run
from curvewise.parsing.document import Document
from curvewise.plugin.source import Place, RunEntry, source
from curvewise.sources._databases import databases
from curvewise.sources._folder import holds_trainer_output
from curvewise.sources._mlflow_runs import Points, run_of
from curvewise.sources._names import distinct
from curvewise.storage.files import modified, read_file
from curvewise.storage.sqlite import opened

_TABLES = {
    "runs": {"run_uuid", "name", "status", "lifecycle_stage"},
    "metrics": {"key", "value", "timestamp", "run_uuid", "step", "is_nan"},
    "params": {"key", "value", "run_uuid"},
}
_STORE = "mlruns"
_RUN = {"meta.yaml", "metrics"}
_NUMBERS = {"3": "FINISHED", "4": "FAILED", "5": "KILLED"}  # in files
_LARGEST = 1.7976931348623157e308  # what a database holds for infinity
_LINE = re.compile(r"(?m)^(run_id|run_uuid|run_name|status|lifecycle_stage):[ \t]*'?(.*?)'?[ \t]*$")


@source(
    title="MLflow: mlflow.db, or mlruns",
    recognised_by="a database with tables runs, metrics and params; folders with meta.yaml and metrics",
    recognise=lambda place: bool(databases(place, _TABLES) or (place.is_folder and _folders(place))),
)
def mlflow(place: Place) -> Iterator[RunEntry]:
    """List the runs that logged a metric and are not deleted."""
    if found := databases(place, _TABLES):
        for path in found:
            yield from _in_database(path, place.mapping)
    else:
        yield from _in_files(place)


def _in_database(path: str, mapping: Mapping[str, str]) -> Iterator[RunEntry]:
    with opened(path) as database:
        runs = database.execute(
            "SELECT run_uuid, name, status, start_time FROM runs WHERE lifecycle_stage <> 'deleted' "
            "AND EXISTS (SELECT 1 FROM metrics WHERE metrics.run_uuid = runs.run_uuid) ORDER BY start_time"
        ).fetchall()
    names = distinct((run, str(name or "")) for run, name, *_ in runs)
    for run, _, status, began in runs:
        when = began / 1000 if isinstance(began, int) else None
        yield RunEntry(names[run], partial(_read_database, path, run, names[run], status, mapping), when)


def _read_database(path: str, run: str, name: str, status: str, mapping: Mapping[str, str]) -> Run:
    with opened(path) as database:
        rows = database.execute(
            "SELECT key, step, CASE WHEN is_nan THEN NULL ELSE value END FROM metrics "
            "WHERE run_uuid = ? ORDER BY key, timestamp, step",
            (run,),
        ).fetchall()
        params = dict(database.execute("SELECT key, value FROM params WHERE run_uuid = ?", (run,)))
    return run_of(run, name, status, params, _points(rows), mapping)


def _points(rows: Sequence[tuple[str, int, float | None]]) -> Points:
    """Part rows of a database, sorted by key, into series."""
    points: Points = {}
    for key, group in groupby(rows, itemgetter(0)):
        _, steps, values = zip(*group, strict=True)
        value = np.array(values, np.float64)  # NULL becomes NaN
        value[np.abs(value) >= _LARGEST] *= np.inf
        points[key] = np.array(steps, np.int64), value
    return points


def _folders(place: Place) -> list[Path]:
    """Find the folders of runs: this one, or those in it, in its experiments, or in its folder mlruns."""
    if place.names >= _RUN:
        return [place.path]
    if _STORE in place.names and not (place.listing.events or holds_trainer_output(place)):
        place = Place(str(place.path / _STORE))
    runs = _with_metrics(place)
    for experiment in () if runs else place.folders:
        if os.path.lexists(os.path.join(experiment, "meta.yaml")):  # noqa: PTH118 - paths as text
            runs += _with_metrics(Place(experiment))
    return runs


def _with_metrics(place: Place) -> list[Path]:
    folders = map(Place, place.folders if "meta.yaml" in place.names else ())
    return [
        folder.path for folder in folders if folder.names >= _RUN and any((folder.path / "metrics").iterdir())
    ]


def _in_files(place: Place) -> Iterator[RunEntry]:
    said = {folder: _said(folder) for folder in _folders(place)}
    kept = {folder: facts for folder, facts in said.items() if facts.get("lifecycle_stage") != "deleted"}
    names = distinct((folder.name, facts.get("run_name", "")) for folder, facts in kept.items())
    for folder, facts in kept.items():
        name = names[folder.name]
        when = modified(str(folder / "meta.yaml"))
        yield RunEntry(name, partial(_read_files, folder, name, facts, place.mapping), when)


def _said(folder: Path) -> dict[str, str]:
    """Return what the file of a run says of it."""
    try:
        text = (folder / "meta.yaml").read_text("utf-8", "replace")
    except OSError:
        return {}
    return dict(_LINE.findall(text))


def _read_files(folder: Path, name: str, facts: Mapping[str, str], mapping: Mapping[str, str]) -> Run:
    points = {}
    for file in sorted((folder / "metrics").rglob("*")):
        if file.is_file():
            document = Document(str(file), read_file(str(file)))
            points[metric_name(str(file))] = read_metric(document)
    params = {
        file.name: read_file(str(file)) for file in sorted((folder / "params").glob("*")) if file.is_file()
    }
    texts = {key: text.decode("utf-8", "replace") for key, text in params.items()}
    return run_of(
        facts.get("run_id", folder.name),
        name,
        _NUMBERS.get(facts.get("status", ""), ""),
        texts,
        points,
        mapping,
    )
