"""Archives of a folder, such as the output of a job on Amazon Bedrock or SageMaker."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from curvewise.errors import InputError
from curvewise.limits import NAMES, UNPACKED_BYTES
from curvewise.plugin.source import Original, Place, source
from curvewise.sources._mirror import is_usable
from curvewise.storage.walk import is_read

if TYPE_CHECKING:
    from tarfile import TarFile, TarInfo

_ENDING = re.compile(r"(?:\.tar(?:\.gz|\.bz2|\.xz)?|\.tgz)(?=[/\\]|$)", re.IGNORECASE)


def archive_in(path: str) -> str:
    """Return the archive that a path is or leads into; "" for none."""
    ends = (each.end() for each in _ENDING.finditer(path))
    return next((path[:end] for end in ends if os.path.isfile(path[:end])), "")  # noqa: PTH113 - never raises


@source(
    title="Archive of a folder (tar)",
    recognised_by="a file .tar, .tar.gz, .tgz, .tar.bz2 or .tar.xz, or the path of a run in one",
    recognise=lambda place: not place.scheme and bool(archive_in(place.text)),
)
def tar(place: Place) -> Place:
    """Unpack what may hold metrics, and of all else the names; links and names that lead out are left."""
    import tarfile
    import zlib
    from lzma import LZMAError
    from tempfile import mkdtemp

    path = archive_in(place.text)
    folder = mkdtemp(prefix="curvewise-")
    copy = Path(folder, _ENDING.sub("", Path(path).name) or "run")
    copy.mkdir()
    original = Original(path, str(copy), folder)
    problem = ""
    try:
        with tarfile.open(path) as archive:
            _unpack(archive, copy, path)
    except (tarfile.TarError, EOFError, OSError, zlib.error, LZMAError, ValueError) as error:
        said = str(error).partition("\n")[0].rstrip(":")
        problem = f"the archive cannot be unpacked: {said}"
    if problem:
        raise InputError(problem, hint="it is probably cut: copy or download it again", file=path)
    return Place(f"{copy}{place.text[len(path) :]}", place.mapping, original)


def _unpack(archive: TarFile, copy: Path, name: str) -> None:
    size = 0
    for entry in _files(archive, name):
        path = copy / entry.name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not is_read(PurePosixPath(entry.name).name):
            path.touch()
            continue
        size += entry.size
        UNPACKED_BYTES.require(size, "the archive holds", "pass the metrics file alone", file=name)
        held = archive.extractfile(entry)
        path.write_bytes(held.read() if held else b"")


def _files(archive: TarFile, name: str) -> Iterator[TarInfo]:
    """Give the regular files whose names can be used here."""
    for count, entry in enumerate(archive, 1):
        NAMES.require(count, "the archive has", "pass the metrics file alone", file=name)
        entry.name = entry.name.removeprefix("./")
        if entry.isreg() and is_usable(entry.name):
            yield entry
