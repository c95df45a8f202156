"""Folders of SwanLab: that of a run, or one with those of several."""

from __future__ import annotations

import re
from collections.abc import Iterator

from curvewise.plugin.source import Place, RunEntry, source
from curvewise.sources._run_logs import entries, logs

_LOG = re.compile(r"run-[\w-]+\.swanlab")
_FOLDER = "swanlog"


@source(
    title="Folder of SwanLab",
    recognised_by="a file run-*.swanlab, folders run-DATE_TIME-ID with one, or the folder swanlog with those",
    recognise=lambda place: bool(logs(place, _LOG, _FOLDER)),
)
def swanlab(place: Place) -> Iterator[RunEntry]:
    """List the runs by the names of their folders."""
    yield from entries(place, logs(place, _LOG, _FOLDER))
