"""Folders that `curvewise archive` made: one archive, or several side by side."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

import msgspec

from curvewise.errors import CurvewiseError, InputError
from curvewise.model.run import Note
from curvewise.plugin.run_files import RunFiles
from curvewise.plugin.source import Place, RunEntry, source
from curvewise.text import abridged

_MANIFEST = "archive.json"
_PARTIAL = ".curvewise-partial"


def _is_archive(place: Place) -> bool:
    return place.is_folder and (_is_one(place) or any(True for _ in _inner(place)))


def _is_one(place: Place) -> bool:
    return place.own.held.get(_PARTIAL, False) or (_MANIFEST in place.names and _has_manifest(place.text))


def _has_manifest(folder: str) -> bool:
    if not os.path.isfile(os.path.join(folder, _MANIFEST)):  # noqa: PTH113, PTH118 - never raises
        return False
    from curvewise.services.manifest import read_manifest

    try:
        return read_manifest(Path(folder)) is not None
    except CurvewiseError:  # why it cannot be read is told where it is read
        return True


def _inner(place: Place) -> Iterator[str]:
    """Give the archives that lie in a folder."""
    return filter(_has_manifest, place.folders)


@source(
    title="Archive of a job",
    recognised_by="the file archive.json in a folder, or in the folders of a folder",
    recognise=_is_archive,
)
def archive(place: Place) -> Iterator[RunEntry]:
    """List the archive of a folder, or those in its folders."""
    if _is_one(place):
        yield RunEntry(place.name, partial(_read, place.text, place.mapping))
    else:
        for folder in _inner(place):
            name = os.path.basename(folder)  # noqa: PTH119 - a path as text
            yield RunEntry(name, partial(_read, folder, place.mapping))


def _read(folder: str, mapping: Mapping[str, str]) -> RunFiles:
    """Read the files of the run in an archive; a damaged one is left out, and a note names it."""
    from curvewise.services.job_files import job_files
    from curvewise.services.manifest import AGAIN, intact_files, read_manifest, results

    path = Path(folder)
    manifest = read_manifest(path)
    is_partial = (path / _PARTIAL).is_dir()
    if manifest is None:
        raise _unfinished("the archive of a job was interrupted here before it was whole", folder)
    contents, damaged = intact_files(path, manifest)
    if damaged and is_partial:
        raise _unfinished("an update of this archive was interrupted", folder)
    if not contents:
        raise InputError(
            f"every file of this archive is damaged or missing: {abridged(damaged)}", hint=AGAIN, file=folder
        )
    read = {name: partial(bytes, data) for name, data in contents.items()}
    files = job_files(read, manifest.job, list(results(manifest, contents)), mapping)
    if not damaged:
        return files
    text = f"Left out, as the content is not what was archived: {abridged(damaged)}."
    return msgspec.structs.replace(files, notes=(*files.notes, Note("damaged_files", text)))


def _unfinished(problem: str, folder: str) -> InputError:
    return InputError(
        problem, hint="run `curvewise archive JOB DIR` again: it goes on where it stopped", file=folder
    )
