"""The functions `archive`, `archive_all`, `archives_in` and `verify_archive`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from functools import partial
from os import PathLike
from pathlib import Path

import msgspec

from curvewise.archives.contents import LocalArchive, contents, local_archive
from curvewise.archives.destination import is_partial, require_own
from curvewise.archives.download_folder import DownloadFolder
from curvewise.archives.files import clear, finish, publish, unfinished
from curvewise.errors import CurvewiseError, InputError, NotFoundError, ServiceError, UsageError
from curvewise.model.job import Job, job_from_api
from curvewise.plugin.service import Object, Service
from curvewise.services.address import connect, parse
from curvewise.services.concurrency import in_parallel
from curvewise.services.live_job import LiveJob
from curvewise.services.manifest import MANIFEST, read_manifest
from curvewise.services.paging import all_pages, each_once

AT_ONCE = 4
"""Jobs archived at a time; each makes up to eight requests at a time."""

_FOLDER = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]{0,199}")


class Archive(msgspec.Struct, frozen=True, kw_only=True):
    """A job in a folder.

    Parameters
    ----------
    folder
        Path of the folder, as given.
    job
        The job as it was archived.
    events, checkpoints, result_files
        Number of each in the archive.
    size
        Bytes of all files.
    missing
        Ids of result files that the service no longer had.
    unverified
        Names of result files whose size differs from the stated one.
    damaged
        Problems of files that were altered or lost since, by name.
    endless
        Names of lists whose last page says that more follows.
    complete
        Whether the job is over and every result file that the service still has is whole.
    changed
        Whether this call wrote anything.
    """

    folder: str
    job: Job
    events: int
    checkpoints: int
    result_files: int
    size: int
    missing: tuple[str, ...] = ()
    unverified: tuple[str, ...] = ()
    damaged: Mapping[str, str] = {}
    endless: tuple[str, ...] = ()
    complete: bool
    changed: bool = False


class ArchiveProgress(msgspec.Struct, frozen=True, kw_only=True):
    """Progress of an archive.

    Parameters
    ----------
    job
        Id of the job.
    events, result_files
        Received so far, including an interrupted earlier call.
    is_done
        Whether this job is finished, with or without an error.
    jobs
        Number of jobs.
    """

    job: str
    events: int = 0
    result_files: int = 0
    is_done: bool = False
    jobs: int = 1


class ArchiveOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """The result for one job of an account: an archive or an error."""

    job: str
    archive: Archive | None = None
    error: CurvewiseError | None = None


def archive(
    address: str, folder: str | PathLike[str], *, progress: Callable[[ArchiveProgress], None] | None = None
) -> Archive:
    """Archive a job with its events, checkpoints and result files in a folder that `load` can read.

    It may be interrupted at any time, and continues when it is called again. A complete archive is verified;
    that of a job that has progressed since is updated, and keeps what the service has deleted.

    Parameters
    ----------
    address
        ``ftjob-...``, ``openai://ftjob-...`` or ``azure://ftjob-...``.
    folder
        New, empty, or an archive of the same job.
    progress
        Called with the progress, from several threads.

    Returns
    -------
    Archive

    Raises
    ------
    UsageError
        If the folder holds something else, another process writes to it, or the disk fails.
    ServiceError
        If the service refuses, does not answer, or has no such job.
    MissingExtraError
        If the package that speaks to the service is not installed.
    """
    place = parse(address, may_be_path=False)
    if place is None:
        raise UsageError(
            f"{address!r} is no address of a job",
            hint="pass an id such as ftjob-abc123; see `curvewise jobs`",
        )
    with closing(connect(place.provider)) as service:
        return _archive(service, place.job, Path(folder), progress or _silent)


def archive_all(
    folder: str | PathLike[str],
    *,
    provider: str | None = None,
    progress: Callable[[ArchiveProgress], None] | None = None,
) -> tuple[ArchiveOutcome, ...]:
    """Archive every job of an account, several at once, each into a folder of its id.

    An error in one job does not stop the others.

    Parameters
    ----------
    folder
        Parent of the folders of the jobs.
    provider
        Name of the service; None for the one that the environment names.
    progress
        Called with the progress of each, from several threads.

    Returns
    -------
    tuple of ArchiveOutcome
        In the order of the service.

    Raises
    ------
    UsageError
        If the folder is itself the archive of one job, or no folder.
    ServiceError
        If the service does not list its jobs.
    MissingExtraError
        If the package that speaks to the service is not installed.
    """
    root, tell = Path(folder), progress or _silent
    if root.exists() and not root.is_dir():
        raise UsageError("this is a file; expected a folder", hint="pass a folder", file=str(root))
    if (root / MANIFEST).exists() or is_partial(root):
        raise UsageError("this is the archive of one job", hint="pass a folder for all", file=str(root))
    with closing(connect(provider)) as service:
        jobs = each_once(all_pages(lambda after, limit: service.jobs(after=after, limit=limit)))
        calls = [partial(_outcome, service, job, root, tell, len(jobs)) for job in jobs]
        return tuple(in_parallel(calls, AT_ONCE))


def archives_in(folder: str | PathLike[str]) -> tuple[Path, ...]:
    """Return the archives in a folder, finished or not: the folder itself if it is one, else those in it."""
    place = Path(folder)
    candidates = [place, *sorted(place.iterdir())] if place.is_dir() else []
    archives = tuple(each for each in candidates if (each / MANIFEST).is_file() or is_partial(each))
    return (place,) if place in archives else archives


def verify_archive(folder: str | PathLike[str]) -> Archive:
    """Verify sizes, hashes and counts of an archive against its manifest, without a request.

    Raises
    ------
    InputError
        If the folder is no archive, or its manifest is damaged.
    """
    place = Path(folder)
    if read_manifest(place) is None:
        if is_partial(place):
            problem, hint = "this archive was interrupted", "run `curvewise archive JOB DIR` again"
        else:
            is_foreign = (place / MANIFEST).is_file()
            lack = f"its {MANIFEST} is of another tool" if is_foreign else f"there is no {MANIFEST}"
            problem, hint = f"this is no archive: {lack}", "make one: `curvewise archive JOB DIR`"
        raise InputError(problem, hint=hint, file=str(folder))
    return _described(local_archive(place))


def _silent(progress: ArchiveProgress) -> None:
    del progress


def _outcome(
    service: Service, raw: Object, root: Path, tell: Callable[[ArchiveProgress], None], jobs: int
) -> ArchiveOutcome:
    """Archive one of several jobs."""
    job = str(raw.get("id", ""))

    def tell_of_many(progress: ArchiveProgress) -> None:
        tell(msgspec.structs.replace(progress, jobs=jobs))

    try:
        if not _FOLDER.fullmatch(job):
            raise InputError(
                f"the id {job!r} cannot be the name of a folder", hint="report it to the service", field="id"
            )
        made = _archive(service, job, root / job, tell_of_many, raw)
        return ArchiveOutcome(job=job, archive=made)
    except CurvewiseError as error:
        return ArchiveOutcome(job=job, error=error)
    finally:
        tell(ArchiveProgress(job=job, is_done=True, jobs=jobs))


def _archive(
    service: Service,
    job: str,
    folder: Path,
    tell: Callable[[ArchiveProgress], None],
    listed: Object | None = None,
) -> Archive:
    with _disk_errors(folder):
        require_own(folder, service.provider, job)
        held = local_archive(folder)
        if listed is not None and not is_partial(folder) and held.is_current(listed):
            return _described(held)
        raw = _asked(service, job, held)
        if not is_partial(folder) and held.is_current(raw):
            return _described(held)
        with unfinished(folder) as place:
            require_own(folder, service.provider, job)
            changed = finish(folder)
            held = local_archive(folder)
            if not held.is_current(raw):
                changed = _fetch(service, job, raw, held, place, tell) or changed
                held = local_archive(folder)
            if not held.damaged:
                clear(place)
    return _described(held, changed=changed)


def _asked(service: Service, job: str, held: LocalArchive) -> Object:
    try:
        return service.job(job)
    except NotFoundError as error:
        if held.manifest is not None:
            error.hint = f"the archive in {held.folder} is kept as it is; `--verify` checks it"
        raise


def _fetch(
    service: Service,
    job: str,
    raw: Object,
    held: LocalArchive,
    place: Path,
    tell: Callable[[ArchiveProgress], None],
) -> bool:
    """Bring an archive up to date, and return whether anything was written."""

    def changed(events: int, result_files: int) -> None:
        tell(ArchiveProgress(job=job, events=events, result_files=result_files))

    was_over = job_from_api(raw).phase == "over"
    with closing(
        DownloadFolder(
            place, service.provider, job, archived=held.result, keeps_results=was_over, changed=changed
        )
    ) as store:
        live = LiveJob(service, job, store=store)
        try:
            live.refresh()
        except ServiceError as error:
            if error.temporary:
                error.hint += "; then run the same command again: it goes on where it stopped"
            raise
        if live.job.phase == "over" and not was_over:
            live.refresh()  # the job may have ended after its events were requested
    files, manifest = contents(live, held)
    if manifest == held.manifest and not held.damaged:
        return False
    publish(held.folder, files, manifest)
    return True


def _described(held: LocalArchive, *, changed: bool = False) -> Archive:
    manifest = held.manifest
    if manifest is None:  # somebody removed it since it was written
        raise InputError("the manifest is gone", hint="run the same command again", file=str(held.folder))
    return Archive(
        folder=str(held.folder),
        job=held.job,
        events=manifest.counts.events,
        checkpoints=manifest.counts.checkpoints,
        result_files=manifest.counts.result_files,
        size=sum(file.bytes for file in manifest.files.values()),
        missing=manifest.missing,
        unverified=tuple(result.file for result in manifest.result_files if not result.verified),
        damaged=held.damaged,
        endless=manifest.endless,
        complete=manifest.complete and not held.damaged,
        changed=changed,
    )


@contextmanager
def _disk_errors(folder: Path) -> Iterator[None]:
    """Turn an `OSError` into a message with advice."""
    try:
        yield
    except OSError as error:
        raise UsageError(
            f"cannot write the archive: {error.strerror or error}",
            hint="make room, or check the rights of the folder; then run the same command again: "
            "it goes on where it stopped",
            file=str(error.filename or folder),
        ) from error
