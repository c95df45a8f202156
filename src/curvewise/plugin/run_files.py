"""The files of one run, as documents."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import PurePath

import msgspec

from curvewise.errors import CurvewiseError
from curvewise.model.run import Checkpoint, Note
from curvewise.parsing.document import Document
from curvewise.parsing.rows import read_rows
from curvewise.plugin.file_format import formats as file_formats
from curvewise.text import abridged

Read = Callable[[], bytes] | Callable[[], Document]
"""Reads a file; what need not be read is a document at once."""


class RunFiles(msgspec.Struct, frozen=True):
    """The files of one run, and what their folder says of it.

    Parameters
    ----------
    documents
        The files of the run.
    name
        Of the file without its ending, of the folder, or the id of the job: for a run that has no name.
    checkpoints
        The checkpoints that lie in the folder, sorted by step; None when it holds no checkpoint folder.
    notes
        What was left out.
    validation_examples
        Examples of the validation file that lies in the folder; None when none does, or several do.
    final_model
        Path of the weights that a trainer wrote at its end; None when the folder holds none.
    """

    documents: tuple[Document, ...]
    name: str
    checkpoints: tuple[Checkpoint, ...] | None = None
    notes: tuple[Note, ...] = ()
    validation_examples: int | None = None
    final_model: str | None = None


def recognised(
    files: Mapping[str, Read], mapping: Mapping[str, str], *, beside_state: bool = False
) -> tuple[list[Document], dict[str, CurvewiseError | None]]:
    """Sort files into documents that a format recognises, and others with the error that they gave.

    Tables beside a trainer's own state are made from it, and not read.
    """
    documents: list[Document] = []
    unread: dict[str, CurvewiseError | None] = {}
    if not files:
        return documents, unread
    others: dict[str, Document] = {}
    formats = [each for each in file_formats().values() if not (each.generic and beside_state)]
    for file, read in files.items():
        unread[file] = None
        try:
            held = read()
            document = held if isinstance(held, Document) else Document(file, held, mapping)
            if mapping and document.refusal is None and not set(mapping.values()) & _columns(document):
                continue
            if any(each.takes(document) for each in formats if not each.last_resort):
                documents.append(document)
                del unread[file]
            elif document.refusal is None:
                others[file] = document
            else:
                raise document.refusal
        except CurvewiseError as error:
            error.at(file=file)
            unread[file] = error
    if not documents:
        last = [each for each in formats if each.last_resort]
        documents = [others[file] for file in others if any(each.takes(others[file]) for each in last)]
        unread = {file: error for file, error in unread.items() if others.get(file) not in documents}
    return documents, unread


def _columns(document: Document) -> set[str]:
    """Return what a user may map: the columns of a table, or the keys of a log of objects."""
    return set(document.columns) or set(read_rows(document.rows or []).columns)


def malformed_note(errors: Sequence[CurvewiseError]) -> Note:
    """State which files break the rules of their format, and which rule."""
    said = [f"{PurePath(error.file or '').name} ({error.problem})" for error in errors]
    return Note("malformed_files", f"Not read, as they break the rules of their format: {abridged(said)}.")


def unread_note(unread: Mapping[str, CurvewiseError | None], why: str) -> Note:
    """State which files were not read, and why."""
    said = [
        f"{PurePath(file).name} ({error.problem})" if error else PurePath(file).name
        for file, error in unread.items()
    ]
    return Note("unread_files", f"Not read, as {why}: {abridged(said)}.")
