"""A folder with the files of one job."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from curvewise.plugin.source import Place, RunEntry, source
from curvewise.sources._folder import read_folder
from curvewise.storage.files import modified


@source(
    title="Folder of a job",
    recognised_by="a folder with files that a format recognises, at any depth",
    recognise=lambda place: place.is_folder,
    generic=True,
)
def job_folder(place: Place) -> Iterator[RunEntry]:
    """List the one run that all files of the folder belong to."""
    yield RunEntry(place.name, partial(read_folder, place, place.listing.files), modified(place.text))
