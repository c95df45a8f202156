"""A single file, or standard input."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import partial
from pathlib import PurePath

from curvewise.errors import CurvewiseError, InputError
from curvewise.limits import FILE_BYTES
from curvewise.parsing.document import Document
from curvewise.plugin.file_format import split
from curvewise.plugin.run_files import RunFiles
from curvewise.plugin.source import Place, RunEntry, source
from curvewise.storage.files import status, too_large

STDIN = "-"


@source(
    title="File, or standard input",
    recognised_by="a path that is no folder, or -",
    recognise=lambda place: not place.is_folder and not place.scheme,
    generic=True,
)
def files(place: Place) -> Iterator[RunEntry]:
    """List the one run of a file, or those that a console log holds one after the other."""
    if not place.text:
        raise InputError("the path is empty", hint="pass a file, a folder, or - for standard input")
    is_piped = place.text == STDIN
    stem = "standard input" if is_piped else PurePath(place.text).stem
    name = stem if is_piped else place.text
    written_at = None if is_piped else status(place.text).st_mtime
    try:
        document = Document(name, standard_input(), place.mapping) if is_piped else place.read(place.text)
        documents = split(document)
    except CurvewiseError as error:
        yield RunEntry(stem, partial(_fail, error.at(file=name)), written_at)
        return
    for document in documents:
        part = document.name.rpartition("#")[2] if len(documents) > 1 else ""
        run = f"{stem}#{part}" if part else stem
        yield RunEntry(part or stem, partial(RunFiles, (document,), run), written_at)


def _fail(error: CurvewiseError) -> RunFiles:
    raise error


def standard_input() -> bytes:
    """Read standard input whole."""
    data = sys.stdin.buffer.read(FILE_BYTES.value + 1)
    if len(data) > FILE_BYTES.value:
        raise too_large("standard input", len(data))
    return data
