"""Archives: what a folder that `curvewise archive` made says of itself, and whether it is still so."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from curvewise.errors import InputError, MalformedError, MixedRunsError
from curvewise.model.run import Note
from curvewise.parsing.json_values import read_json
from curvewise.plugin.run_files import Found
from curvewise.plugin.service import Object
from curvewise.services.job_files import CHECKPOINTS, EVENTS, JOB, RESULTS, ResultFile, found_in
from curvewise.storage.files import read_file
from curvewise.text import abridged

MANIFEST = "archive.json"
"""Name of the manifest; it is written last."""

FORMER = "former_checkpoints.json"
"""Checkpoints that were archived and that the service has deleted since: they cannot be deployed."""

PARTIAL = ".curvewise-partial"
"""Folder of the work in progress; it is gone when an archive is whole."""

SCHEMA = "curvewise archive"
SCHEMA_VERSION = 1

_NAME = re.compile(rf"{JOB}|{EVENTS}|{CHECKPOINTS}|{FORMER}|{RESULTS}/[A-Za-z0-9_-]{{1,120}}\.csv")
_AGAIN = "run `curvewise archive` with this job and folder again"


class ArchivedFile(msgspec.Struct, frozen=True):
    """A file as it was archived.

    Parameters
    ----------
    bytes
        Its size.
    sha256
        Of its content, in hexadecimal digits.
    """

    bytes: int
    sha256: str


class ArchivedResult(msgspec.Struct, frozen=True, kw_only=True):
    """A result file of the job, which the archive holds.

    Parameters
    ----------
    id
        On the service.
    file
        Name in the archive.
    stated_bytes
        Size that the service states, as sent or with its Base64 undone; None when it states none.
    verified
        Whether it is as long as the service states.
    """

    id: str
    file: str
    stated_bytes: int | None
    verified: bool


class Counts(msgspec.Struct, frozen=True):
    """How many objects an archive holds."""

    events: int
    checkpoints: int
    result_files: int


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What an archive says of itself: nothing in it depends on when or how often it was made.

    Parameters
    ----------
    provider, job, name, status, base_model
        Of the job, as the service gave them last.
    complete
        Whether nothing is left to fetch: the job is over, and every result file that the service still has
        is whole.
    counts
        How many objects the files hold.
    files
        Every file but the manifest, by its name.
    result_files
        The result files among them.
    missing
        Ids of result files that the service no longer had.
    endless
        Names of the lists of which the service said at the end that more follows, and sent nothing more.
    """

    schema: str = SCHEMA
    schema_version: int = SCHEMA_VERSION
    provider: str
    job: str
    name: str
    status: str
    base_model: str | None
    complete: bool
    counts: Counts
    files: dict[str, ArchivedFile]
    result_files: tuple[ArchivedResult, ...] = ()
    missing: tuple[str, ...] = ()
    endless: tuple[str, ...] = ()

    def encode(self) -> bytes:
        """Write it as indented JSON."""
        import json

        return (json.dumps(msgspec.to_builtins(self), indent=2) + "\n").encode()


def fingerprint(data: bytes) -> ArchivedFile:
    """Measure a content.

    Examples
    --------
    >>> fingerprint(b"").sha256[:8]
    'e3b0c442'
    """
    from hashlib import sha256

    return ArchivedFile(len(data), sha256(data).hexdigest())


def read_manifest(folder: Path) -> Manifest | None:
    """Read the manifest of a folder; None when it has none, or a file of this name that is something else.

    Raises
    ------
    MalformedError
        If it is damaged, or names files that no archive has.
    InputError
        If a later version wrote it, or it may not be read.
    """
    path = folder / MANIFEST
    if not path.is_file():
        return None
    try:
        content = read_json(read_file(str(path)))
    except MalformedError as error:
        error.at(file=str(path))
        error.hint = _AGAIN
        raise
    if not isinstance(content, dict) or content.get("schema") != SCHEMA:
        return None
    version = content.get("schema_version")
    if isinstance(version, int) and version > SCHEMA_VERSION:
        raise InputError(
            f"this archive has the schema version {version}; this curvewise reads up to {SCHEMA_VERSION}",
            hint="update curvewise",
            file=str(path),
            field="schema_version",
        )
    try:
        manifest = msgspec.convert(content, Manifest)
    except msgspec.ValidationError as error:
        raise MalformedError(f"the manifest is damaged: {error}", hint=_AGAIN, file=str(path)) from None
    if absent := {JOB, EVENTS, CHECKPOINTS} - set(manifest.files):
        raise MalformedError(
            f"the manifest does not list {min(absent)}", hint=_AGAIN, file=str(path), field="files"
        )
    named = [*manifest.files, *(result.file for result in manifest.result_files)]
    if wrong := [name for name in named if not _NAME.fullmatch(name)]:
        raise MalformedError(
            f"the manifest names {wrong[0]!r}, which is no file of an archive", hint=_AGAIN, file=str(path)
        )
    return manifest


def damage(folder: Path, manifest: Manifest) -> dict[str, str]:
    """Compare the files of an archive with its manifest: what is wrong, by the name of the file."""
    wrong: dict[str, str] = {}
    counts = {EVENTS: manifest.counts.events, CHECKPOINTS: manifest.counts.checkpoints}
    for name in manifest.files:
        try:
            data = intact(folder, manifest, name)
            if name in counts and (held := len(objects_of(data))) != counts[name]:
                wrong[name] = f"it holds {held:,} objects, and the manifest counts {counts[name]:,}"
        except InputError as error:
            wrong[name] = error.problem
    return wrong


def intact(folder: Path, manifest: Manifest, name: str) -> bytes:
    """Read a file of an archive.

    Raises
    ------
    InputError
        If it is gone, or its content is not what was archived.
    """
    path, stated = folder / name, manifest.files[name]
    if not path.is_file():
        raise InputError("it is missing", hint=_AGAIN, file=str(path))
    data = read_file(str(path))
    if len(data) != stated.bytes:
        problem = f"it has {len(data):,} bytes, and {stated.bytes:,} were archived"
        raise InputError(problem, hint=_AGAIN, file=str(path))
    if fingerprint(data) != stated:
        raise InputError("its content is not what was archived", hint=_AGAIN, file=str(path))
    return data


def objects_of(page: bytes) -> list[Object]:
    """Return the objects of a list that was archived.

    Examples
    --------
    >>> objects_of(b'{"data": [{"id": "a"}]}')
    [{'id': 'a'}]
    """
    held: Any = read_json(page)
    data = held.get("data") if isinstance(held, Mapping) else None
    return [item for item in data if isinstance(item, Mapping)] if isinstance(data, list) else []


def find(folder: str, mapping: Mapping[str, str]) -> Found | None:
    """Find the files of the run in an archive; None when the folder is none, and holds none.

    A file that is damaged is left out, and a note names it.

    Raises
    ------
    InputError
        If the archive is not finished, or nothing in it is intact.
    MixedRunsError
        If the folder holds several archives.
    """
    place = Path(folder)
    manifest = read_manifest(place)
    is_partial = (place / PARTIAL).is_dir()
    if manifest is None:
        if is_partial:
            raise _unfinished("the archive of a job was interrupted here before it was whole", folder)
        inner = _archives_below(place)
        return find(inner[0], mapping) if inner else None
    files, wrong = _read(place, manifest)
    if wrong and is_partial:
        raise _unfinished("an update of this archive was interrupted", folder)
    if not files:
        raise InputError(
            f"every file of this archive is damaged or missing: {abridged(wrong)}", hint=_AGAIN, file=folder
        )
    found = found_in(
        {name: partial(bytes, data) for name, data in files.items()},
        manifest.job,
        list(_results(manifest, files)),
        mapping,
    )
    if not wrong:
        return found
    text = f"Left out, as the content is not what was archived: {abridged(wrong)}."
    return msgspec.structs.replace(found, notes=(*found.notes, Note("damaged_files", text)))


def _archives_below(folder: Path) -> list[str]:
    """Return the one archive that lies in a folder, as the user would pass it; none when there is none."""
    try:
        inner = sorted(str(entry) for entry in folder.iterdir() if (entry / MANIFEST).is_file())
    except OSError:  # the caller says what cannot be read
        return []
    inner = [entry for entry in inner if read_manifest(Path(entry)) is not None]
    if len(inner) > 1:
        raise MixedRunsError(
            f"this folder holds the archives of {len(inner)} jobs",
            hint=f"pass one of them, such as {inner[0]}",
            file=str(folder),
        )
    return inner


def _read(folder: Path, manifest: Manifest) -> tuple[dict[str, bytes], list[str]]:
    """Read the files that `check` looks at, and say what is wrong with the others."""
    files: dict[str, bytes] = {}
    wrong: list[str] = []
    for name in manifest.files:
        if name != FORMER:
            try:
                files[name] = intact(folder, manifest, name)
            except InputError as error:
                wrong.append(f"{name} ({error.problem})")
    return files, wrong


def _results(manifest: Manifest, files: Mapping[str, bytes]) -> Iterator[ResultFile]:
    for result in manifest.result_files:
        if result.file in files:
            yield ResultFile(result.id, files[result.file], result.stated_bytes)
    for file in manifest.missing:
        yield ResultFile(file, None, None)


def _unfinished(problem: str, folder: str) -> InputError:
    return InputError(
        problem, hint="run `curvewise archive JOB DIR` again: it goes on where it stopped", file=folder
    )
