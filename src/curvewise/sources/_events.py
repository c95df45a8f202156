"""Event files of TensorBoard as documents: those of a folder are written one after the other."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import PurePath

from curvewise.model.run import Note
from curvewise.parsing.document import Document
from curvewise.parsing.tfrecord import frames
from curvewise.plugin.file_format import formats
from curvewise.plugin.run_files import recognised
from curvewise.plugin.source import read_document


def event_documents(files: Iterable[str], mapping: Mapping[str, str], notes: list[Note]) -> list[Document]:
    """Make a document of the event files of each folder, and note what is damaged."""
    by_folder: dict[str, list[str]] = {}
    for file in sorted(files):
        by_folder.setdefault(os.path.dirname(file), []).append(file)  # noqa: PTH120 - of each of many files
    return [_document(folder, held, mapping, notes) for folder, held in sorted(by_folder.items())]


def metrics_beside(files: Iterable[str], mapping: Mapping[str, str]) -> list[Document]:
    """Return those of other files that hold metrics, and not only as prose: they are more precise."""
    documents, _ = recognised({file: partial(read_document, file, mapping) for file in files}, mapping)
    return [
        each
        for each in documents
        if any(known.takes(each) for known in formats().values() if not known.last_resort)
    ]


def _document(folder: str, files: Sequence[str], mapping: Mapping[str, str], notes: list[Note]) -> Document:
    if len(files) == 1:
        return read_document(files[0], mapping)
    parts = []
    for file in files:
        content = read_document(file, mapping).content
        found = frames(content)
        parts.append(content[: found.end])
        name = PurePath(file).name
        if found.is_damaged:
            text = f"{name} is damaged from byte {found.end:,} on; what follows was not read."
            notes.append(Note("damaged_file", text))
        elif found.end < len(content):
            notes.append(Note("cut_file", f"{name} ends in a record that is cut, which was left out."))
    return Document(str(PurePath(folder)), b"".join(parts), mapping)
