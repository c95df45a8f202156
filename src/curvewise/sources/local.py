"""Local: from a path to the documents of one run."""

from __future__ import annotations

import stat
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path, PurePath

from curvewise.errors import CurvewiseError, InputError, MixedRunsError
from curvewise.model.run import Note
from curvewise.parsing.document import Document
from curvewise.plugin.run_files import Found, named, recognised, unread_note
from curvewise.sources.trainer_folder import checkpoints_on_disk, longest_state, reaches
from curvewise.storage.files import MAX_BYTES, not_permitted, read_file, status, too_large
from curvewise.storage.walk import CHECKPOINT, MAX_FILES, STATE, Listing, walk
from curvewise.text import abridged

STDIN = "-"
_LOG = "trainer_log.jsonl"


def find(path: str, mapping: Mapping[str, str]) -> Found:
    """Find the files of one run.

    Parameters
    ----------
    path
        A file; ``-`` for standard input; or a folder: of a job, of a trainer's output with
        ``checkpoint-<step>`` in it, or one such checkpoint.
    mapping
        Column for a canonical metric name, as the user mapped them.

    Raises
    ------
    InputError
        If the path does not exist, may not be read, or holds nothing that a format recognises.
    MixedRunsError
        If a folder holds the states of several runs.
    """
    if path == STDIN:
        return Found((named("standard input", standard_input(), mapping),), "standard input")
    if not path:
        raise InputError("the path is empty", hint="pass a file, a folder, or - for standard input")
    if stat.S_ISDIR(status(path).st_mode):
        return _folder(path, mapping)
    return Found((named(path, read_file(path), mapping),), PurePath(path).stem)


def standard_input() -> bytes:
    """Read standard input whole.

    Raises
    ------
    InputError
        If it is larger than `MAX_BYTES`.
    """
    data = sys.stdin.buffer.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise too_large("standard input", len(data))
    return data


def _folder(path: str, mapping: Mapping[str, str]) -> Found:
    from curvewise.sources import archive as archives

    try:
        archived = archives.find(path, mapping)
    except PermissionError as error:
        raise not_permitted(str(error.filename or path)) from None
    if archived is not None:
        return archived
    listing = walk(path)
    states = [file for file in listing.files if PurePath(file).name == STATE]
    rest = [file for file in listing.files if file not in set(states)]
    documents: list[Document] = []
    notes: list[Note] = []
    if states and not mapping:
        try:
            chosen, data = longest_state(states)
        except MixedRunsError as error:
            error.at(file=path)
            raise
        documents.append(named(chosen, data, mapping))
        rest = _without_repeating_log(rest, data, notes)
    further, unread = recognised(
        {file: partial(read_file, file) for file in rest}, mapping, beside_state=bool(documents)
    )
    documents.extend(further)
    if not documents:
        raise _nothing(path, listing, unread, mapping)
    if unread:
        notes.append(unread_note(unread))
    if listing.unreadable:
        names = abridged([str(PurePath(folder).relative_to(path)) for folder in listing.unreadable])
        notes.append(Note("unreadable_folders", f"Not searched, as it cannot be opened: {names}."))
    if listing.is_cut:
        text = f"The folder holds more than {MAX_FILES:,} files; the others were not looked at."
        notes.append(Note("many_files", text))
    name = Path(path).resolve().name
    if CHECKPOINT.fullmatch(name):
        return Found(tuple(documents), name, None, (*notes, *_siblings(path)))
    checkpoints, on_disk = checkpoints_on_disk(listing.checkpoints)
    return Found(tuple(documents), name, checkpoints, (*notes, *on_disk))


def _without_repeating_log(files: Sequence[str], state: bytes, notes: list[Note]) -> list[str]:
    """Leave out LLaMA-Factory's log where the state says the same, with more digits."""
    kept = []
    for file in files:
        if PurePath(file).name == _LOG and reaches(state, read_file(file)):
            text = f"{file} repeats {STATE}, which is more precise, and was not read."
            notes.append(Note("repeating_log", text))
        else:
            kept.append(file)
    return kept


def _nothing(
    path: str,
    listing: Listing,
    unread: Mapping[str, CurvewiseError | None],
    mapping: Mapping[str, str],
) -> CurvewiseError:
    errors = [error for error in unread.values() if error is not None]
    if len(errors) == 1:
        return errors[0]  # one file was to be read, and it says why it could not be
    if listing.unreadable == [path]:
        return not_permitted(path)
    if not listing.files and not listing.passed_over:
        return InputError("the folder is empty", hint="pass the folder that the run wrote to", file=path)
    looked = f"{len(listing.files)} file{'' if len(listing.files) == 1 else 's'}"
    named = f": {abridged([PurePath(file).name for file in unread])}" if unread else ""
    what = "nothing here can be read as metrics"
    if mapping:
        columns = " or ".join(repr(column) for column in dict.fromkeys(mapping.values()))
        what = f"no file here has the column {columns} that is mapped"
    return InputError(
        f"{what} (looked at {looked}{named}; passed over "
        f"{listing.passed_over} models, pictures, code and hidden files)",
        hint="correct the mapping, or pass one file alone to be told its columns"
        if mapping
        else "expected a result file, trainer_state.json, trainer_log.jsonl, metrics.jsonl, events or "
        "checkpoints; `curvewise formats` lists what can be read",
        file=path,
    )


def _siblings(path: str) -> tuple[Note, ...]:
    """Say that other checkpoints lie beside the one that was passed."""
    above = Path(path).resolve().parent
    try:
        count = sum(CHECKPOINT.fullmatch(entry.name) is not None for entry in above.iterdir()) - 1
    except OSError:
        return ()
    if count < 1:
        return ()
    text = f"{count} more checkpoint folder{'s' if count > 1 else ''} beside this one: pass the folder above."
    return (Note("sibling_checkpoints", text),)
