"""Folders of Weights & Biases: that of a run, or one with those of several."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import PurePath

from curvewise.parsing.document import Document
from curvewise.plugin.run_files import RunFiles
from curvewise.plugin.source import Place, RunEntry, source
from curvewise.sources._folder import holds_trainer_output
from curvewise.storage.files import read_file

_LOG = re.compile(r"run-[\w-]+\.wandb")
_RUN = re.compile(r"(?:offline-)?run-\d{8}_\d{6}-[\w-]+")
_FOLDER = "wandb"


def _logs(place: Place, *, below: bool = True) -> dict[str, str]:
    """Find the log of each run: in this folder, in those of runs, or in those of the folder ``wandb``."""
    if own := _in(place):
        single = len(own) == 1
        return {place.path.resolve().name if single else PurePath(log).stem: log for log in own}
    runs = [Place(str(place.path / name)) for name in sorted(place.names) if _RUN.fullmatch(name)]
    logs = {each.path.name: log for each in runs for log in _in(each)}
    if logs or not below or _FOLDER not in place.names or place.listing.events or holds_trainer_output(place):
        return logs
    return _logs(Place(str(place.path / _FOLDER)), below=False)


def _in(place: Place) -> list[str]:
    return [str(place.path / name) for name in sorted(place.names) if _LOG.fullmatch(name)]


@source(
    title="Folder of Weights & Biases",
    recognised_by="a file run-*.wandb, folders run-DATE_TIME-ID with one, or the folder wandb with those",
    recognise=lambda place: bool(_logs(place)),
)
def wandb(place: Place) -> Iterator[RunEntry]:
    """List the runs by the names of their folders."""
    for name, log in _logs(place).items():
        yield RunEntry(name, partial(_read, log, name, place.mapping))


def _read(log: str, name: str, mapping: Mapping[str, str]) -> RunFiles:
    return RunFiles((Document(log, read_file(log), mapping),), name)
