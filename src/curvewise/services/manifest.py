"""Manifest: what an archive contains, and whether its files are intact."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from curvewise.errors import InputError, MalformedError
from curvewise.parsing.json_values import read_json
from curvewise.plugin.service import Object
from curvewise.services.job_files import CHECKPOINTS, EVENTS, JOB, RESULTS, ResultFile
from curvewise.storage.files import read_file

MANIFEST = "archive.json"
"""Name of the manifest; it is written last."""

FORMER = "former_checkpoints.json"
"""Archived checkpoints that the service has deleted since: they cannot be deployed."""

PARTIAL = ".curvewise-partial"
"""Folder of the unfinished part; a complete archive has none."""

SCHEMA = "curvewise archive"
SCHEMA_VERSION = 1

_NAME = re.compile(rf"{JOB}|{EVENTS}|{CHECKPOINTS}|{FORMER}|{RESULTS}/[A-Za-z0-9_-]{{1,120}}\.csv")
AGAIN = "run `curvewise archive` with this job and folder again"
"""Hint for a damaged archive."""


class ArchivedFile(msgspec.Struct, frozen=True):
    """Size and digest of a file."""

    bytes: int
    sha256: str


class ArchivedResult(msgspec.Struct, frozen=True, kw_only=True):
    """A result file in the archive."""

    id: str
    file: str
    # as sent or with its Base64 undone; None when the service states no size
    stated_bytes: int | None
    verified: bool  # it is as long as the service states


class Counts(msgspec.Struct, frozen=True):
    """How many objects an archive holds."""

    events: int
    checkpoints: int
    result_files: int


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """The content of an archive, whenever and however often it was made."""

    schema: str = SCHEMA
    schema_version: int = SCHEMA_VERSION
    provider: str
    job: str
    name: str
    status: str
    base_model: str | None
    # the job is over, and every result file that the service still has is whole
    complete: bool
    counts: Counts
    files: dict[str, ArchivedFile]  # all but the manifest, by name
    result_files: tuple[ArchivedResult, ...] = ()
    missing: tuple[str, ...] = ()  # ids of result files that the service does not have
    # names of lists whose last page says that more follows
    endless: tuple[str, ...] = ()

    def encode(self) -> bytes:
        """Encode it as indented JSON."""
        import json

        return (json.dumps(msgspec.to_builtins(self), indent=2) + "\n").encode()


def fingerprint(data: bytes) -> ArchivedFile:
    """Return the size and digest of a content.

    >>> fingerprint(b"").sha256[:8]
    'e3b0c442'
    """
    from hashlib import sha256

    return ArchivedFile(len(data), sha256(data).hexdigest())


def read_manifest(folder: Path) -> Manifest | None:
    """Read the manifest of a folder; None when it has none, or one of another tool."""
    path = folder / MANIFEST
    if not path.is_file():
        return None
    try:
        content = read_json(read_file(str(path)))
    except MalformedError as error:
        error.at(file=str(path))
        error.hint = AGAIN
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
        raise MalformedError(f"the manifest is damaged: {error}", hint=AGAIN, file=str(path)) from None
    if absent := {JOB, EVENTS, CHECKPOINTS} - set(manifest.files):
        raise MalformedError(
            f"the manifest does not list {min(absent)}", hint=AGAIN, file=str(path), field="files"
        )
    named = [*manifest.files, *(result.file for result in manifest.result_files)]
    if wrong := [name for name in named if not _NAME.fullmatch(name)]:
        raise MalformedError(
            f"the manifest names {wrong[0]!r}, which is no file of an archive", hint=AGAIN, file=str(path)
        )
    return manifest


def damage(folder: Path, manifest: Manifest) -> dict[str, str]:
    """Compare the files of an archive with its manifest, and return the problems by file name."""
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
    """Read a file of an archive, and raise `InputError` if it is missing or altered."""
    path, stated = folder / name, manifest.files[name]
    if not path.is_file():
        raise InputError("it is missing", hint=AGAIN, file=str(path))
    data = read_file(str(path))
    if len(data) != stated.bytes:
        problem = f"it has {len(data):,} bytes, and {stated.bytes:,} were archived"
        raise InputError(problem, hint=AGAIN, file=str(path))
    if fingerprint(data) != stated:
        raise InputError("its content is not what was archived", hint=AGAIN, file=str(path))
    return data


def objects_of(page: bytes) -> list[Object]:
    """Return the objects of an archived list.

    >>> objects_of(b'{"data": [{"id": "a"}]}')
    [{'id': 'a'}]
    """
    held: Any = read_json(page)
    data = held.get("data") if isinstance(held, Mapping) else None
    return [item for item in data if isinstance(item, Mapping)] if isinstance(data, list) else []


def intact_files(folder: Path, manifest: Manifest) -> tuple[dict[str, bytes], list[str]]:
    """Read the files that `check` needs, and describe those that are damaged."""
    contents: dict[str, bytes] = {}
    damaged: list[str] = []
    for name in manifest.files:
        if name != FORMER:
            try:
                contents[name] = intact(folder, manifest, name)
            except InputError as error:
                damaged.append(f"{name} ({error.problem})")
    return contents, damaged


def results(manifest: Manifest, contents: Mapping[str, bytes]) -> Iterator[ResultFile]:
    """Yield the result files of an archive; those that the service no longer had have no content."""
    for result in manifest.result_files:
        if result.file in contents:
            yield ResultFile(result.id, contents[result.file], result.stated_bytes)
    for file in manifest.missing:
        yield ResultFile(file, None, None)
