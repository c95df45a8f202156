"""Destination of an archive: whether a folder may be written to."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from curvewise.errors import InputError, MalformedError, UsageError
from curvewise.model.api_object import text
from curvewise.parsing.json_values import read_json
from curvewise.services.job_files import CHECKPOINTS, EVENTS, JOB, RESULTS
from curvewise.services.manifest import FORMER, MANIFEST, PARTIAL, Manifest, read_manifest
from curvewise.storage.files import read_stored
from curvewise.text import abridged

READY = "ready"
"""Folder in the unfinished part, of complete files that are still to be put in place."""

_OWN = frozenset((MANIFEST, JOB, EVENTS, CHECKPOINTS, RESULTS, FORMER))
_ELSEWHERE = "pass a new or empty folder"


def is_partial(folder: Path) -> bool:
    """Whether an archive in this folder is in progress, or was interrupted."""
    return (folder / PARTIAL).is_dir()


def require_own(folder: Path, provider: str, job: str) -> None:
    """Check that a folder is new, empty, or the archive of this job."""
    if folder.exists() and not folder.is_dir():
        raise UsageError("this is a file; expected a folder", hint=_ELSEWHERE, file=str(folder))
    for name in (PARTIAL, RESULTS):
        if (folder / name).is_symlink():
            raise UsageError(
                "this is a symbolic link, and an archive writes to no other folder",
                hint=_ELSEWHERE,
                file=str(folder / name),
            )
    manifests = [_manifest(folder), _manifest(folder / PARTIAL / READY)]
    for manifest in manifests:
        if manifest is not None and (manifest.provider, manifest.job) != (provider, job):
            raise UsageError(
                f"this folder holds the archive of {manifest.provider} job {manifest.job}",
                hint=_ELSEWHERE,
                file=str(folder),
            )
    if manifests[0] is None:
        _require_no_foreign_file(folder, job)


def _require_no_foreign_file(folder: Path, job: str) -> None:
    """Without a manifest, allow only files of an interrupted or damaged archive of this job."""
    entries = [entry.name for entry in folder.iterdir()] if folder.is_dir() else []
    visible = sorted(name for name in entries if not name.startswith("."))
    is_own = is_partial(folder) or (MANIFEST in visible and _job_in(folder) == job)
    foreign = [name for name in visible if not (is_own and name in _OWN)]
    if foreign:
        raise UsageError(
            f"this folder is no archive, and holds {abridged(foreign)}",
            hint=f"pass {folder / job}" if job in foreign else _ELSEWHERE,
            file=str(folder),
        )


def _manifest(folder: Path) -> Manifest | None:
    try:
        return read_manifest(folder)
    except MalformedError:
        return None


def _job_in(folder: Path) -> str | None:
    try:
        held = read_json(read_stored(folder / JOB) or b"")
    except InputError:
        return None
    return text(held, "id") if isinstance(held, Mapping) else None
