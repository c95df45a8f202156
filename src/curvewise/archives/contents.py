"""Contents of an archive: what the service sends, merged with what was archived before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from curvewise.errors import InputError, MalformedError
from curvewise.model.api_object import created_at
from curvewise.model.job import Job, job_from_api
from curvewise.parsing.json_values import read_json
from curvewise.plugin.service import Object
from curvewise.services.job_files import CHECKPOINTS, EVENTS, JOB, as_page, result_name, step_of
from curvewise.services.live_job import LiveJob
from curvewise.services.manifest import (
    FORMER,
    ArchivedResult,
    Counts,
    Manifest,
    damage,
    fingerprint,
    intact,
    objects_of,
    read_manifest,
)
from curvewise.services.paging import identity
from curvewise.storage.files import read_stored


class LocalArchive(msgspec.Struct, frozen=True):
    """The content of an archive folder."""

    folder: Path
    manifest: Manifest | None  # None when the folder is new or the manifest damaged
    damaged: Mapping[str, str]  # problems by name of the file

    @property
    def job(self) -> Job:
        """The job as it was archived."""
        if (data := self.content(JOB)) is not None and isinstance(value := read_json(data), Mapping):
            return job_from_api(value, self.manifest.provider if self.manifest else "")
        if self.manifest is None:
            return Job(id="")
        told = self.manifest
        return Job(
            id=told.job,
            provider=told.provider,
            name=told.name,
            status=told.status,
            base_model=told.base_model,
        )

    def is_current(self, raw: Object) -> bool:
        """Whether the archive is complete for this job object of the service."""
        if self.manifest is None or not self.manifest.complete or self.damaged:
            return False
        data = self.content(JOB)
        return data is not None and read_json(data) == raw

    def content(self, name: str) -> bytes | None:
        """Return the content of a file; None if it is missing or damaged."""
        try:
            if self.manifest is not None:
                return intact(self.folder, self.manifest, name) if name in self.manifest.files else None
            return (self.folder / name).read_bytes()
        except (InputError, FileNotFoundError):
            return None

    def objects(self, name: str) -> list[Object]:
        """Return the objects of a list; none if it is missing or damaged."""
        try:
            return objects_of(self.content(name) or b"{}")
        except MalformedError:
            return []

    def result(self, file: str) -> bytes | None:
        """Return a verified result file of a job that was over, which need not be requested again."""
        if self.manifest is None or Job(id="", status=self.manifest.status).phase != "over":
            return None
        verified = {result.id for result in self.manifest.result_files if result.verified}
        return self.content(result_name(file)) if file in verified else None


def local_archive(folder: Path) -> LocalArchive:
    """Read and verify an archive folder; a damaged manifest counts as none."""
    try:
        manifest = read_manifest(folder)
    except MalformedError:
        manifest = None
    return LocalArchive(folder, manifest, damage(folder, manifest) if manifest else {})


def contents(live: LiveJob, held: LocalArchive) -> tuple[dict[str, bytes], Manifest]:
    """Merge what the service sends with the archive, and return the files and their manifest.

    Nothing that the service deletes is lost: events are merged by id, and result files that are gone stay.
    Checkpoints that no longer exist go to a file of their own, because they cannot be deployed.
    """
    files = live.files()
    events = joined(held.objects(EVENTS), live.events.objects())
    files[EVENTS] = as_page(events, live.events.has_more)
    existing = {identity(item) for item in live.checkpoints}
    archived = (*held.objects(FORMER), *held.objects(CHECKPOINTS))
    former = {identity(item): item for item in archived if identity(item) not in existing}
    if former:
        files[FORMER] = as_page(sorted(former.values(), key=step_of))
    results = {result.id: result for result in _results(live, held, files)}
    listed = [*live.results, *(held.manifest.missing if held.manifest else ())]
    missing = tuple(file for file in dict.fromkeys(listed) if file not in results)
    job = live.job
    has_more = {EVENTS: live.events.has_more, CHECKPOINTS: live.has_more_checkpoints}
    manifest = Manifest(
        provider=job.provider,
        job=live.id,
        name=job.name,
        status=job.status,
        base_model=job.base_model,
        complete=job.phase == "over" and all(result.verified for result in results.values()),
        counts=Counts(len(events), len(live.checkpoints), len(results)),
        files={name: fingerprint(data) for name, data in files.items()},
        result_files=tuple(results.values()),
        missing=missing,
        endless=tuple(name for name, more in has_more.items() if more),
    )
    return files, manifest


def joined(archived: Sequence[Object], fresh: Sequence[Object]) -> list[Object]:
    """Merge events that the service no longer sends with those that it sends, by time.

    >>> joined([{"id": "a", "created_at": 1}], [{"id": "b", "created_at": 2}])
    [{'id': 'a', 'created_at': 1}, {'id': 'b', 'created_at': 2}]
    """
    known = {identity(event) for event in fresh}
    gone = [event for event in archived if identity(event) not in known]
    return sorted((*gone, *fresh), key=created_at)


def _results(live: LiveJob, held: LocalArchive, files: dict[str, bytes]) -> Iterator[ArchivedResult]:
    """Yield the result files of the archive; add to `files` those that only the folder still has."""
    before = {result.id: result for result in held.manifest.result_files} if held.manifest else {}
    for result in live.results.values():
        old = before.get(result.id)
        if result.is_whole or (result.content is not None and (old is None or not _is_good(held, old))):
            before.pop(result.id, None)
            stated = old.stated_bytes if old and result.stated_bytes is None else result.stated_bytes
            yield ArchivedResult(
                id=result.id, file=result.name, stated_bytes=stated, verified=result.is_whole
            )
    for old in before.values():
        if (kept := read_stored(held.folder / old.file)) is not None:  # damaged, maybe, but all there is
            files[old.file] = kept
            yield msgspec.structs.replace(old, verified=_is_good(held, old))


def _is_good(held: LocalArchive, result: ArchivedResult) -> bool:
    return result.verified and result.file not in held.damaged
