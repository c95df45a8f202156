"""A single file, or standard input."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import partial
from pathlib import PurePath

from curvewise.errors import InputError
from curvewise.parsing.document import Document
from curvewise.plugin.run_files import RunFiles
from curvewise.plugin.source import Place, RunEntry, source
from curvewise.storage.files import MAX_BYTES, read_file, status, too_large

STDIN = "-"


@source(
    title="File, or standard input",
    recognised_by="a path that is no folder, or -",
    recognise=lambda place: not place.is_folder and not place.scheme,
    generic=True,
)
def files(place: Place) -> Iterator[RunEntry]:
    """List the one run of a file."""
    if place.text == STDIN:
        yield RunEntry("standard input", partial(_standard_input, place))
    elif not place.text:
        raise InputError("the path is empty", hint="pass a file, a folder, or - for standard input")
    else:
        written_at = status(place.text).st_mtime
        yield RunEntry(PurePath(place.text).stem, partial(_file, place), written_at)


def _file(place: Place) -> RunFiles:
    document = Document(place.text, read_file(place.text), place.mapping)
    return RunFiles((document,), PurePath(place.text).stem)


def _standard_input(place: Place) -> RunFiles:
    return RunFiles((Document("standard input", standard_input(), place.mapping),), "standard input")


def standard_input() -> bytes:
    """Read standard input whole, up to `MAX_BYTES`."""
    data = sys.stdin.buffer.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise too_large("standard input", len(data))
    return data
