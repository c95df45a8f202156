"""Files of an archive: published together, or not at all."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from curvewise.archives.destination import READY
from curvewise.errors import InputError
from curvewise.services.job_files import RESULTS
from curvewise.services.manifest import MANIFEST, PARTIAL, Manifest, fingerprint, intact, read_manifest
from curvewise.storage.files import sync_folder, write_file
from curvewise.storage.lock import locked

_LOCK = "lock"


@contextmanager
def unfinished(folder: Path) -> Iterator[Path]:
    """Lock the unfinished part of an archive, a folder that is removed once it is empty."""
    partial = folder / PARTIAL
    name, hint = f"{PARTIAL}/{_LOCK}", "wait until it has ended, then run this again"
    with locked(folder, name, taken="{holder} is writing this archive", hint=hint):
        yield partial
    with suppress(OSError):  # it is not finished, or another process has begun
        partial.rmdir()


def clear(partial: Path) -> None:
    """Remove everything from the unfinished part but its lock."""
    for entry in partial.iterdir():
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        elif entry.name != _LOCK:
            entry.unlink()


def publish(folder: Path, files: Mapping[str, bytes], manifest: Manifest) -> None:
    """Write the files of an archive aside, then rename them into place, the manifest last.

    Once all are written, `finish` completes a run that is stopped between two renames, without the service.
    """
    ready = folder / PARTIAL / READY
    if ready.is_dir():
        shutil.rmtree(ready)
    (ready / RESULTS).mkdir(parents=True)
    for name, data in files.items():
        if not _is_in_place(folder, manifest, name):
            write_file(ready / name, data)
    write_file(ready / MANIFEST, manifest.encode())
    finish(folder)


def finish(folder: Path) -> bool:
    """Complete what `publish` began, and return whether there was anything."""
    ready = folder / PARTIAL / READY
    try:
        manifest = read_manifest(ready)
    except InputError:  # the disk lost it, so everything is requested again
        manifest = None
    if manifest is None:
        return False
    waiting = [name for name in manifest.files if _is_in_place(ready, manifest, name)]
    if not all(name in waiting or _is_in_place(folder, manifest, name) for name in manifest.files):
        (ready / MANIFEST).unlink()
        return False
    for name in waiting:
        (folder / name).parent.mkdir(exist_ok=True)
        (ready / name).replace(folder / name)
    for changed in {(folder / name).parent for name in waiting}:
        sync_folder(changed)
    (ready / MANIFEST).replace(folder / MANIFEST)
    sync_folder(folder)
    return True


def _is_in_place(folder: Path, manifest: Manifest, name: str) -> bool:
    try:
        return fingerprint(intact(folder, manifest, name)) == manifest.files[name]
    except InputError:
        return False
