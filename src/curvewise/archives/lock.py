"""The lock of an archive: one writer at a time."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from curvewise.errors import UsageError
from curvewise.services.manifest import PARTIAL
from curvewise.storage import lock as file_lock

_LOCK = "lock"


@contextmanager
def locked(folder: Path) -> Iterator[Path]:
    """Make the folder of the work in progress, and hold its lock.

    The lock goes with the process, however it ends. There is none on Windows, and on file systems that know
    no locks.

    Parameters
    ----------
    folder
        Of the archive.

    Yields
    ------
    Path
        The folder of the work in progress.

    Raises
    ------
    UsageError
        If another process holds it: which one.
    OSError
        If the folder cannot be made.
    """
    partial = folder / PARTIAL
    if sys.platform == "win32":
        partial.mkdir(parents=True, exist_ok=True)
        yield partial
        return
    handle = _opened(folder, partial)
    try:
        os.ftruncate(handle, 0)
        os.pwrite(handle, _own_name().encode(), 0)
        yield partial
    finally:
        os.close(handle)


def remove(partial: Path) -> None:
    """Remove the folder of the work in progress, its lock last; to be called by the holder of the lock."""
    import shutil

    for entry in partial.iterdir():
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        elif entry.name != _LOCK:
            entry.unlink()
    (partial / _LOCK).unlink(missing_ok=True)
    with suppress(OSError):  # somebody who wants the lock may have made a new one in the meantime
        partial.rmdir()


def _opened(folder: Path, partial: Path) -> int:
    """Open the lock file and lock it; again if its last holder removed it between the two."""
    path = partial / _LOCK
    while True:
        partial.mkdir(parents=True, exist_ok=True)
        try:
            handle = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o666)
        except FileNotFoundError:
            continue
        if not file_lock.take(handle):
            holder = os.pread(handle, 200, 0).decode("utf-8", "replace")
            os.close(handle)
            raise UsageError(
                f"{holder or 'another process'} is writing this archive",
                hint="wait until it has ended, then run this again",
                file=str(folder),
            )
        with suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(handle), path.stat()):
                return handle
        os.close(handle)


def _own_name() -> str:
    import platform

    return f"process {os.getpid()} on {platform.node() or 'this machine'}"
