"""Folders that neptune-exporter wrote, one or more Parquet files a run."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import PurePath

from curvewise.parsing.document import Document
from curvewise.plugin.run_files import RunFiles
from curvewise.plugin.source import Place, RunEntry, source
from curvewise.storage.files import modified, read_file
from curvewise.storage.walk import names_in

_PART = re.compile(r"(?P<run>.+)_part_\d+\.parquet")


def _runs(place: Place) -> dict[str, list[str]]:
    """Find the files of each run, in this folder or in those of projects."""
    runs = _parts(place.text, place.names)
    if runs:
        return runs
    for folder in place.folders:
        found = _parts(folder, names_in(folder))
        runs |= {f"{PurePath(folder).name}/{run}": files for run, files in found.items()}
    return runs


def _parts(folder: str, names: Iterable[str]) -> dict[str, list[str]]:
    """Find the files of each run among the names in a folder."""
    runs: dict[str, list[str]] = {}
    for match in filter(None, map(_PART.fullmatch, sorted(names))):
        runs.setdefault(match["run"], []).append(str(PurePath(folder, match[0])))
    return runs


@source(
    title="Export of Neptune",
    recognised_by="files RUN_part_N.parquet, in a folder or in the folders of projects",
    recognise=lambda place: bool(_runs(place)),
)
def neptune_export(place: Place) -> Iterator[RunEntry]:
    """List the runs of an export."""
    for name, files in _runs(place).items():
        yield RunEntry(name, partial(_read, place, name, files), modified(*files))


def _read(place: Place, name: str, files: list[str]) -> RunFiles:
    return RunFiles(tuple(Document(file, read_file(file), place.mapping) for file in files), name)
