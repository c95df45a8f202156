"""The files of an archive on disk: whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from curvewise.archives.destination import READY
from curvewise.errors import InputError
from curvewise.services.manifest import MANIFEST, PARTIAL, Manifest, fingerprint, intact, read_manifest

_PENDING = ".part"


def write_whole(path: Path, data: bytes) -> None:
    """Write a file under another name, make it safe on the disk, and give it its name.

    Raises
    ------
    OSError
        If the disk is full, or may not be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    pending = path.with_name(path.name + _PENDING)
    with pending.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    pending.replace(path)


def publish(folder: Path, files: Mapping[str, bytes], manifest: Manifest) -> None:
    """Put the files of an archive in place, the manifest last.

    All of them are written beside first; once the last is there, a run that is stopped between two renames
    can be brought to its end by `finish` without the service.

    Raises
    ------
    OSError
        If the disk is full, or may not be written.
    """
    import shutil

    ready = folder / PARTIAL / READY
    if ready.is_dir():
        shutil.rmtree(ready)
    for name, data in files.items():
        if not _is_in_place(folder, manifest, name):
            write_whole(ready / name, data)
    write_whole(ready / MANIFEST, manifest.encode())
    finish(folder)


def finish(folder: Path) -> bool:
    """Bring to its end what `publish` began, and return whether there was anything.

    Raises
    ------
    OSError
        If the disk is full, or may not be written.
    """
    ready = folder / PARTIAL / READY
    try:
        manifest = read_manifest(ready)
    except InputError:  # not what was written: the disk lost it, so all is fetched again
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
        _settle(changed)
    (ready / MANIFEST).replace(folder / MANIFEST)
    _settle(folder)
    return True


def _is_in_place(folder: Path, manifest: Manifest, name: str) -> bool:
    try:
        return fingerprint(intact(folder, manifest, name)) == manifest.files[name]
    except InputError:
        return False


def _settle(folder: Path) -> None:
    """Make the names in a folder safe on the disk, where the system allows it."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
