"""Copies of what lies elsewhere: the files that may hold metrics, and the names of all others."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path, PurePosixPath
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING, Protocol

import msgspec

from curvewise.errors import CurvewiseError, InputError, ServiceError
from curvewise.limits import COPY_SECONDS, FILE_BYTES, NAMES
from curvewise.plugin.source import Original, Place
from curvewise.services.concurrency import in_parallel
from curvewise.sources._tries import again
from curvewise.storage.files import too_large
from curvewise.storage.walk import is_read

if TYPE_CHECKING:
    from logging import Logger

CHUNK = 1 << 20
"""Bytes that are read at a time."""

_EVERY = 0.2  # seconds between two lines on how far a copy is
_LOCAL = re.compile(r"[^\x00-\x1f\x7f<>:\"|?*\\]{1,255}")
"""A part of a name that any file system takes."""


class NothingHereError(InputError):
    """There is no file at an address."""


class RemoteFile(msgspec.Struct, frozen=True):
    """A file elsewhere.

    Parameters
    ----------
    name
        Below the address, with ``/`` between its parts.
    size
        In bytes; None when that is not said.
    is_address
        Whether the address is that of this very file, which is copied whatever its name is.
    """

    name: str
    size: int | None = None
    is_address: bool = False


class Remote(Protocol):
    """A folder or a file elsewhere. Errors are `ServiceError`, and hold no key."""

    @property
    def address(self) -> str:
        """As the user is to see it, without a key."""

    def files(self) -> Iterable[RemoteFile]:
        """List the files; a failure for the moment was repeated already."""

    def chunks(self, file: RemoteFile) -> Iterator[bytes]:
        """Read a file in pieces."""


def copied(
    remote: Remote,
    mapping: Mapping[str, str],
    *,
    wanted: Callable[[str], bool] = lambda _: False,
) -> Place:
    """Copy what lies elsewhere to a folder that is removed when nothing refers to the place any longer.

    Models, pictures and the like become empty files, so that checkpoints are found by their names.

    Parameters
    ----------
    remote
        What to copy.
    mapping
        Of the place.
    wanted
        Whether to copy a file all the same that sources on this machine pass over, by its name.

    Raises
    ------
    InputError
        If there is nothing (`NothingHereError`), or too much.
    ServiceError
        If the service refuses, or is not done in time.
    """
    seconds = COPY_SECONDS.value
    try:
        return _copied(remote, mapping, wanted, FILE_BYTES.value, seconds)
    except TimeoutError:
        failure = ServiceError(
            f"the files were not here after {seconds:.0f} s",
            hint=f"pass the metrics file alone; {COPY_SECONDS.variable} raises the limit",
            temporary=True,
        )
    except CurvewiseError as error:
        error.at(file=remote.address)
        raise
    finally:
        _log().debug("%s: at an end", remote.address)
    raise failure.at(file=remote.address)


def _log() -> Logger:
    """Return where it is told how far a copy is; commands that copy nothing need none."""
    from logging import getLogger

    return getLogger("curvewise.sources")


def _copied(
    remote: Remote, mapping: Mapping[str, str], wanted: Callable[[str], bool], most: int, seconds: float
) -> Place:
    from tempfile import mkdtemp

    deadline = monotonic() + seconds
    (files,) = in_parallel([partial(_listed, remote)], seconds=seconds)
    if not files:
        raise NothingHereError("there is nothing here", hint="check the address")
    folder = mkdtemp(prefix="curvewise-")
    root = Path(folder) / _folder_name(remote.address)
    root.mkdir()
    copy = str(root / files[0].name) if files[0].is_address else str(root)
    original = Original(remote.address.rstrip("/"), copy, folder)
    asked = []
    for file in files:
        path = root / file.name
        with suppress(OSError):  # a bucket may hold both a and a/b, which no folder can
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
            if file.is_address or is_read(PurePosixPath(file.name).name) or wanted(file.name):
                asked.append((file, path))
    total = sum(file.size or 0 for file, _ in asked)
    if total > most:
        raise too_large(remote.address, total)
    tally = _Tally(remote.address, len(asked), most, deadline)
    calls = [partial(again, partial(_fetch, remote, file, path, tally), deadline) for file, path in asked]
    in_parallel(calls, seconds=deadline - monotonic())
    return Place(copy, mapping, original)


def _folder_name(address: str) -> str:
    last = address.partition("?")[0].rstrip("/").rpartition("/")[2]
    return last if _LOCAL.fullmatch(last) and last not in (".", "..") else "run"


def is_usable(name: str) -> bool:
    """Whether a name with ``/`` between its parts stays below a folder, on any file system.

    >>> is_usable("run/log.csv"), is_usable("../log.csv"), is_usable("/etc/passwd")
    (True, False, False)
    """
    return all(_LOCAL.fullmatch(part) and part not in (".", "..") for part in name.split("/"))


def _listed(remote: Remote) -> Sequence[RemoteFile]:
    """List the files whose names can be used here; a name that leads out of the folder cannot."""
    files = []
    for file in remote.files():
        if is_usable(file.name):
            files.append(file)
        if len(files) > NAMES.value:
            NAMES.require(len(files), "the folder has", "pass the folder of one run, or its metrics file")
    return files


def _fetch(remote: Remote, file: RemoteFile, path: Path, tally: _Tally) -> None:
    size = 0
    with path.open("wb") as target:
        for chunk in remote.chunks(file):
            size += len(chunk)
            tally.add(len(chunk))
            target.write(chunk)
    if file.size is not None and size != file.size:
        raise ServiceError(
            f"the answer broke off after {size:,} of {file.size:,} bytes", hint="try again", temporary=True
        )
    tally.done()


class _Tally:
    """How far a copy is, told to the log of this package."""

    def __init__(self, address: str, files: int, most: int, deadline: float) -> None:
        self._address, self._files, self._most, self._deadline = address, files, most, deadline
        self._lock = Lock()
        self._done = self._bytes = 0
        self._told = 0.0

    def add(self, size: int) -> None:
        """Count bytes, and refuse too many, which a service need not announce, and those that are late."""
        with self._lock:
            self._bytes += size
            if self._bytes > self._most:
                raise too_large(self._address, self._bytes)
            now = monotonic()
            if now > self._deadline:
                raise TimeoutError
            if now - self._told > _EVERY:
                self._told = now
                self._tell()

    def done(self) -> None:
        """Count a file."""
        with self._lock:
            self._done += 1
            self._tell()

    def _tell(self) -> None:
        said = (self._address, self._done, self._files, self._bytes / 1e6)
        _log().info("%s: %d of %d files, %.1f MB", *said)
