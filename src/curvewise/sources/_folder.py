"""Folders: the files of one that a format recognises, and notes on the others."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import PurePath

from curvewise.errors import CurvewiseError, InputError, UnknownFormatError
from curvewise.limits import FILES
from curvewise.model.run import Note
from curvewise.parsing.document import Document
from curvewise.parsing.large_rows import is_array
from curvewise.plugin.run_files import RunFiles, recognised, unread_note
from curvewise.plugin.source import Place
from curvewise.sources.tar import archive_in
from curvewise.splits import VALIDATION
from curvewise.storage.files import not_permitted
from curvewise.storage.walk import STATE, Listing, archives
from curvewise.text import abridged

_AIM_AS_CSV = (
    "import aim, sys; print('metric,step,value'); run = aim.Run(sys.argv[1], repo=sys.argv[2], "
    "system_tracking_interval=None, capture_terminal_logs=False); "
    "[print('/'.join([*m.context.to_dict().values(), m.name]), step, row[0], sep=',') "
    "for m in run.metrics() for step, row in m.data.items()]"
)
"""Writes a run of Aim as a table with one row a value, by Aim's own library."""
_VALIDATION = re.compile(
    rf"(?:.*[_.-])?(?:{'|'.join(VALIDATION)})(?:[_.-].*)?\.(?:jsonl?|csv|tsv)", re.IGNORECASE
)
"""Name of a file with validation examples: one a line, in an array, or in a table."""
_EXAMPLE = frozenset((
    "messages", "conversations", "contents", "prompt", "instruction", "question", "input", "text", "chosen",
))  # fmt: skip
"""Keys of an example to train on."""


def holds_trainer_output(place: Place) -> bool:
    """Whether a folder holds checkpoints or states of a trainer, which tell more than a tracker does."""
    listing = place.listing
    return bool(listing.checkpoints) or any(map(is_state, listing.files))


def is_state(file: str) -> bool:
    """Whether a file is the state of a Hugging Face Trainer, by its name."""
    return os.path.basename(file) == STATE  # noqa: PTH119 - of each of many files


def read_folder(
    place: Place, files: Sequence[str], first: Sequence[Document] = (), notes: Sequence[Note] = ()
) -> RunFiles:
    """Read those of the files that a format recognises, after the documents that were read first."""
    listing = place.listing
    further, unread = recognised(
        {file: partial(place.read, file) for file in files}, place.mapping, beside_state=bool(first)
    )
    documents = (*first, *further)
    if not documents and listing.card:
        documents = tuple(recognised({listing.card: partial(place.read, listing.card)}, place.mapping)[0])
    if not documents:
        raise _aim(place) or _nothing(place.text, listing, unread, place.mapping)
    said = list(notes)
    counts = _validation_examples(place, unread)
    for file, count in counts.items():
        del unread[file]
        said.append(Note("validation_file", f"{PurePath(file).name} holds {count:,} validation examples."))
    examples = next(iter(counts.values())) if len(counts) == 1 else None
    if unread:
        has_state = any(is_state(document.name) for document in first)
        why = "no format recognises it"
        said.append(unread_note(unread, f"{why}, or {STATE} says the same" if has_state else why))
    if listing.unreadable:
        names = abridged([str(PurePath(folder).relative_to(place.text)) for folder in listing.unreadable])
        said.append(Note("unreadable_folders", f"Not searched, as it cannot be opened: {names}."))
    if listing.is_cut:
        text = f"The folder holds more than {FILES.value:,} files; the others were not looked at."
        said.append(Note("many_files", text))
    return RunFiles(documents, place.name, None, tuple(said), examples, listing.final)


def _validation_examples(place: Place, unread: Mapping[str, CurvewiseError | None]) -> dict[str, int]:
    """Count the examples of each file that by its name and its keys holds those of the validation."""
    named = [
        file for file, error in unread.items() if not error and _VALIDATION.fullmatch(PurePath(file).name)
    ]
    return {file: count for file in named if (count := _examples(place.read(file)))}


def _examples(document: Document) -> int:
    """Count what a document holds, where that is examples to train on."""
    if not document.is_json:
        return document.table.rows if _EXAMPLE & set(document.header) else 0
    rows = document.rows or document.json
    is_list = is_array(rows) and len(rows) > 0 and isinstance(rows[0], dict)
    return len(rows) if is_list and _EXAMPLE & rows[0].keys() else 0


def _aim(place: Place) -> CurvewiseError | None:
    """Name a repository of Aim, whose metrics lie in a RocksDB that only Aim reads."""
    if ".aim" not in place.names and not place.names >= {"meta", "seqs", "run_metadata.sqlite"}:
        return None
    folder = place.path / ".aim" if ".aim" in place.names else place.path
    runs = sorted(Place(str(folder / "meta" / "chunks")).names)
    return InputError(
        "this is a repository of Aim, which nothing but Aim reads",
        hint=f"write a run as CSV with Aim, and pass that: `python -c {shlex.quote(_AIM_AS_CSV)} "
        f"{runs[0] if runs else 'HASH'} {shlex.quote(str(folder.parent))} > metrics.csv`"
        + (f"; the runs are {abridged(runs)}" if len(runs) > 1 else ""),
        file=place.text,
    )


def _nothing(
    path: str,
    listing: Listing,
    unread: Mapping[str, CurvewiseError | None],
    mapping: Mapping[str, str],
) -> CurvewiseError:
    errors = [error for error in unread.values() if error is not None]
    archive = next(filter(archive_in, archives(path)), "")
    if len(errors) == 1 and not archive:
        return errors[0]  # one file was to be read, and it says why it could not be
    if listing.unreadable == [path]:
        return not_permitted(path)
    if not listing.files and listing.checkpoints:
        return InputError(
            "there are checkpoints here, and no log of the training that saved them",
            hint="add its log, such as trainer_state.json; `curvewise formats` lists what can be read",
            file=path,
        )
    if not listing.files and not listing.passed_over:
        return InputError("the folder is empty", hint="pass the folder that the run wrote to", file=path)
    looked = f"{len(listing.files)} file{'' if len(listing.files) == 1 else 's'}"
    named = f": {abridged([PurePath(file).name for file in unread])}" if unread else ""
    what = "nothing here can be read as metrics"
    if mapping:
        columns = " or ".join(repr(column) for column in dict.fromkeys(mapping.values()))
        what = f"no file here has the column {columns} that is mapped"
    return UnknownFormatError(
        f"{what} (looked at {looked}{named}; passed over "
        f"{listing.passed_over} models, pictures, code and hidden files)",
        hint=f"pass an archive by its own path, such as {archive}; `curvewise fleet` takes several"
        if archive
        else "correct the mapping, or pass one file alone to be told its columns"
        if mapping
        else "expected a result file, trainer_state.json, trainer_log.jsonl, metrics.jsonl, events or "
        "checkpoints; `curvewise formats` lists what can be read",
        file=next(iter(unread)) if len(unread) == 1 else path,
    )
