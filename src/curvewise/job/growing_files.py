"""Growing files: what is read of a path that is looked at again and again."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import msgspec

from curvewise.parsing.decoding import read_metrics
from curvewise.parsing.document import Document
from curvewise.parsing.growing import GrowingDocument
from curvewise.storage.files import status

OVERLAP = 256
"""Bytes before what is new that must be as they were, for a file to count as grown."""


class _Held(msgspec.Struct):
    document: GrowingDocument
    file: tuple[int, int]  # device and number
    changed: int
    size: int
    end: bytes  # the last bytes that were read


class GrowingFiles:
    """Reads files: one that did not change is not read again, and of one that grew only what is new."""

    def __init__(self) -> None:
        self._held: dict[str, _Held] = {}
        self.bytes_read = 0
        """Bytes that were read so far."""

    def __call__(self, path: str, mapping: Mapping[str, str]) -> Document:
        """Read a file."""
        now, held = status(path), self._held.get(path)
        file = (now.st_dev, now.st_ino)
        if held is not None and held.file == file:
            if (held.size, held.changed) == (now.st_size, now.st_mtime_ns):
                return held.document
            if now.st_size > held.size and self._grow(path, held):
                held.changed = now.st_mtime_ns
                return held.document
        content = read_metrics(path)
        self.bytes_read += len(content)
        document = GrowingDocument(path, content, mapping)
        self._held[path] = _Held(document, file, now.st_mtime_ns, len(content), content[-OVERLAP:])
        return document

    def _grow(self, path: str, held: _Held) -> bool:
        with Path(path).open("rb") as file:
            file.seek(held.size - len(held.end))
            if file.read(len(held.end)) != held.end:
                return False
            more = file.read()
        self.bytes_read += len(more)
        if not held.document.grow(more):
            return False
        held.size, held.end = held.size + len(more), (held.end + more)[-OVERLAP:]
        return True


def stamp(path: str) -> tuple[tuple[str, int, int], ...]:
    """Return names, sizes and times of the files of a path: as long as they are the same, nothing is new."""
    found: list[tuple[str, int, int]] = []
    folders = [path]
    while folders:
        try:
            with os.scandir(folders.pop()) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(entry.path)
                    else:
                        about = entry.stat()
                        found.append((entry.path, about.st_size, about.st_mtime_ns))
        except NotADirectoryError:
            about = status(path)
            found.append((path, about.st_size, about.st_mtime_ns))
        except OSError:
            continue  # it went away meanwhile
    return tuple(sorted(found))
