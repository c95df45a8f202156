"""Archives of a folder, such as the output of a job on Amazon Bedrock or SageMaker."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from tempfile import mkdtemp
from typing import TYPE_CHECKING

from curvewise.errors import InputError
from curvewise.limits import NAMES, UNPACKED_BYTES
from curvewise.plugin.source import Original, Place, source
from curvewise.sources._mirror import is_usable
from curvewise.storage.walk import is_read

if TYPE_CHECKING:
    from tarfile import TarFile, TarInfo

_ENDINGS = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz")
_SUFFIXES = sorted(_ENDINGS, key=len, reverse=True)


@source(
    title="Archive of a folder (tar)",
    recognised_by="a file .tar, .tar.gz, .tgz, .tar.bz2 or .tar.xz",
    recognise=lambda place: (
        not place.scheme and place.text.lower().endswith(_ENDINGS) and place.path.is_file()
    ),
)
def tar(place: Place) -> Place:
    """Unpack what may hold metrics, and of all else the names; links and names that lead out are left."""
    import tarfile
    import zlib
    from lzma import LZMAError

    folder = mkdtemp(prefix="curvewise-")
    ending = next(each for each in _SUFFIXES if place.text.lower().endswith(each))
    copy = Path(folder, place.path.name[: -len(ending)] or "run")
    copy.mkdir()
    original = Original(place.text, str(copy), folder)
    problem = ""
    try:
        with tarfile.open(place.text) as archive:
            _unpack(archive, copy, place.text)
    except (tarfile.TarError, EOFError, OSError, zlib.error, LZMAError, ValueError) as error:
        problem = f"the archive cannot be unpacked: {error}"
    if problem:
        raise InputError(problem, hint="it is probably cut: copy or download it again", file=place.text)
    return Place(str(copy), place.mapping, original)


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
