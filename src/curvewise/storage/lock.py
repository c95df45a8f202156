"""Lock: one process at a time writes to a folder."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from curvewise import system
from curvewise.errors import UsageError
from curvewise.storage.lines import cannot_write

_NO_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EINVAL)


@contextmanager
def locked(folder: Path, name: str, *, taken: str, hint: str) -> Iterator[int]:
    """Hold the lock file `name` in a folder, made if missing, and yield the handle of that file.

    Only closing the handle releases the lock, so a child process that inherits the handle keeps the lock even
    when this process is killed. In `taken`, ``{holder}`` stands for the process that has the lock. File
    systems without locks let every process in.
    """
    file = folder / name
    is_new = not file.parent.exists()
    try:
        handle = _open_locked(file)
    except OSError as error:
        raise cannot_write(error, folder) from error
    if handle is None:
        raise UsageError(taken.format(holder=_holder(file)), hint=hint, file=str(folder))
    try:
        _sign(handle)
        yield handle
    finally:
        try:
            if not system.IS_WINDOWS:
                _remove_unused(file, is_new)
        finally:
            os.close(handle)
            if system.IS_WINDOWS:  # there an open file cannot be removed
                _remove_unused(file, is_new)


def _open_locked(file: Path) -> int | None:
    """Open and lock a file, again if the last holder removed it meanwhile; None if another process has it."""
    while True:
        file.parent.mkdir(parents=True, exist_ok=True)
        try:
            handle = os.open(file, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o666)
        except FileNotFoundError:
            continue
        is_held = False
        try:
            if not _lock(handle):
                return None
            with suppress(FileNotFoundError):
                is_held = system.IS_WINDOWS or os.path.samestat(os.fstat(handle), file.stat())
                if is_held:
                    return handle
        finally:
            if not is_held:
                os.close(handle)


def _lock(handle: int) -> bool:
    """Lock an open file, and return whether that succeeded."""
    from filelock import lock_descriptor  # imports 50 modules

    try:
        return lock_descriptor(handle, blocking=False)
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            raise
    return True


def _sign(handle: int) -> None:
    """Write the name of this process; not into the locked first byte, which Windows lets nobody read."""
    import platform

    with suppress(OSError):  # a full disk
        os.ftruncate(handle, 0)
        os.write(handle, f"\nprocess {os.getpid()} on {platform.node() or 'this machine'}".encode())


def _holder(file: Path) -> str:
    try:
        with file.open("rb", buffering=0) as signed:
            signed.seek(1)
            return signed.read(200).decode("utf-8", "replace").strip() or "another process"
    except OSError:
        return "another process"


def _remove_unused(file: Path, is_new: bool) -> None:
    """Remove a lock file that is alone in its folder, and the folder if the lock created it."""
    with suppress(OSError):  # another process may have opened it
        if list(file.parent.iterdir()) == [file]:
            file.unlink()
            if is_new:
                file.parent.rmdir()
