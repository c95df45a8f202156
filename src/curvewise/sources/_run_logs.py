"""Folders in which a tracker keeps one log a run: where those logs are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from pathlib import PurePath

from curvewise.plugin.run_files import RunFiles
from curvewise.plugin.source import Place, RunEntry
from curvewise.sources._folder import holds_trainer_output
from curvewise.storage.files import modified

_RUN = re.compile(r"(?:offline-)?run-\d{8}_\d{6}-[\w-]+")


def logs(place: Place, log: re.Pattern[str], folder: str) -> dict[str, str]:
    """Find the log of each run by its name: in this folder, in those of runs, or in a folder with those."""
    if own := _in(place, log):
        single = len(own) == 1
        return {place.name if single else PurePath(file).stem: file for file in own}
    found = _below(place, log)
    if found or folder not in place.names or place.listing.events or holds_trainer_output(place):
        return found
    return _below(Place(str(place.path / folder)), log)


def _in(place: Place, log: re.Pattern[str]) -> list[str]:
    return [str(place.path / name) for name in sorted(place.names) if log.fullmatch(name)]


def _below(place: Place, log: re.Pattern[str]) -> dict[str, str]:
    runs = [Place(str(place.path / name)) for name in sorted(place.names) if _RUN.fullmatch(name)]
    return {run.path.name: file for run in runs for file in _in(run, log)}


def entries(place: Place, found: dict[str, str]) -> Iterator[RunEntry]:
    """List the runs of some logs."""
    for name, file in found.items():
        yield RunEntry(name, partial(_read, place, file, name), modified(file))


def _read(place: Place, file: str, name: str) -> RunFiles:
    return RunFiles((place.read(file),), name)
