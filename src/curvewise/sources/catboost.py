"""Folders of CatBoost, which writes the same of a training four times."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from curvewise.plugin.run_files import RunFiles
from curvewise.plugin.source import Place, RunEntry, source
from curvewise.storage.files import modified

_LOG = "catboost_training.json"


@source(
    title="Folder of CatBoost",
    recognised_by="a file catboost_training.json",
    recognise=lambda place: _LOG in place.names,
)
def catboost(place: Place) -> Iterator[RunEntry]:
    """List the one run, whose tables and event files repeat what its log says."""
    name = place.path.resolve().name
    yield RunEntry(name, partial(_read, place, name), modified(str(place.path / _LOG)))


def _read(place: Place, name: str) -> RunFiles:
    return RunFiles((place.read(str(place.path / _LOG)),), name)
