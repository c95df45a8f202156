"""Folders that `curvewise archive` made: one archive, or several side by side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

import msgspec

from curvewise.errors import InputError
from curvewise.model.run import Note
from curvewise.plugin.run_files import RunFiles
from curvewise.plugin.source import Place, RunEntry, source
from curvewise.storage.files import not_permitted
from curvewise.text import abridged

_MANIFEST = "archive.json"
_PARTIAL = ".curvewise-partial"


def _is_archive(place: Place) -> bool:
    if not place.is_folder:
        return False
    try:
        return (
            (place.path / _PARTIAL).is_dir() or _has_manifest(place.path) or any(True for _ in _inner(place))
        )
    except PermissionError as error:
        raise not_permitted(str(error.filename or place.text)) from None


def _has_manifest(folder: Path) -> bool:
    if not (folder / _MANIFEST).is_file():
        return False
    from curvewise.services.manifest import read_manifest

    return read_manifest(folder) is not None


def _inner(place: Place) -> Iterator[str]:
    """Give the names of the archives that lie in a folder."""
    return (name for name in sorted(place.names) if _has_manifest(place.path / name))


@source(
    title="Archive of a job",
    recognised_by="the file archive.json in a folder, or in the folders of a folder",
    recognise=_is_archive,
)
def archive(place: Place) -> Iterator[RunEntry]:
    """List the archive of a folder, or those in its folders."""
    if (place.path / _PARTIAL).is_dir() or _has_manifest(place.path):
        yield RunEntry(place.path.resolve().name, partial(_read, place.text, place.mapping))
    else:
        for name in _inner(place):
            yield RunEntry(name, partial(_read, str(place.path / name), place.mapping))


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
