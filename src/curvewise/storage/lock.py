"""Locks of files: one writer at a time, where the system knows such locks."""

from __future__ import annotations

import errno
import sys


def take(handle: int) -> bool:
    """Lock an open file for this process, and return whether it could be had.

    The lock goes with the process, however it ends. Where there are none, on Windows and on file systems that
    know no locks, everybody has it.

    Parameters
    ----------
    handle
        Of the open file.

    Raises
    ------
    OSError
        If the system fails.
    """
    if sys.platform == "win32":
        return True
    import fcntl

    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        if error.errno not in (errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS, errno.EINVAL):
            raise
    return True
