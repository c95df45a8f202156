"""Folders of Weights & Biases: that of a run, or one with those of several."""

from __future__ import annotations

import re
from collections.abc import Iterator

from curvewise.plugin.source import Place, RunEntry, source
from curvewise.sources._run_logs import entries, logs

_LOG = re.compile(r"run-[\w-]+\.wandb")
_FOLDER = "wandb"


@source(
    title="Folder of Weights & Biases",
    recognised_by="a file run-*.wandb, folders run-DATE_TIME-ID with one, or the folder wandb with those",
    recognise=lambda place: bool(logs(place, _LOG, _FOLDER)),
)
def wandb(place: Place) -> Iterator[RunEntry]:
    """List the runs by the names of their folders."""
    yield from entries(place, logs(place, _LOG, _FOLDER))
