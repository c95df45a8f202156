"""Folders that neptune-exporter wrote, one or more Parquet files a run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

from curvewise.parsing.document import Document
from curvewise.plugin.run_files import RunFiles
from curvewise.plugin.source import Place, RunEntry, source
from curvewise.storage.files import modified, read_file

_PART = re.compile(r"(?P<run>.+)_part_\d+\.parquet")


def _runs(place: Place) -> dict[str, list[str]]:
    """Find the files of each run, in this folder or in those of projects."""
    folders = [place, *map(Place, place.folders)]
    runs: dict[str, list[str]] = {}
    for folder in folders:
        for name in sorted(folder.names):
            if match := _PART.fullmatch(name):
                key = match["run"] if folder is place else f"{folder.path.name}/{match['run']}"
                runs.setdefault(key, []).append(str(folder.path / name))
        if runs and folder is place:
            break
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
