"""What `curvewise archive` says of archives."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from curvewise.text import printable

if TYPE_CHECKING:
    from curvewise import Archive, ArchiveOutcome

NO_ID = "(no id)"

_NUMBERS = {2, 3, 4}
"""Columns of the table that hold numbers."""

_AGAIN = "  hint: run `curvewise archive JOB DIR` again to fetch what is damaged"


def is_well(outcome: ArchiveOutcome) -> bool:
    """Whether a job is archived, and every file of it as it should be."""
    archive = outcome.archive
    return archive is not None and not archive.damaged and not archive.unverified


def summary(outcome: ArchiveOutcome, is_new: bool = True) -> str:
    """Write in a few lines what is archived, and where; `is_new` when the service was asked for it."""
    archive = outcome.archive
    if archive is None:
        return f"failed: {printable(outcome.job)}"
    job = archive.job
    name = f" ({printable(job.name, 40)})" if job.name else ""
    counts = (
        counted(archive.events, "event"),
        counted(archive.checkpoints, "checkpoint"),
        counted(archive.result_files, "result file"),
    )
    verified = ", verified" if is_well(outcome) else ""
    status = printable(job.status, 40) or "status unknown"
    lines = [
        f"{_deed(archive, is_new)}: {printable(job.id)}{name}, {status}",
        f"  {', '.join(counts)}: {size(archive.size)}{verified}",
        *(f"  {remark}" for remark in _remarks(archive)),
    ]
    if job.phase != "over":
        lines.append("  the job is not over: run this again when it is")
    lines.append(f"  next: curvewise check {printable(archive.folder)}")
    return "\n".join(lines)


def overview(outcomes: Sequence[ArchiveOutcome], folder: str) -> str:
    """Make a table, a line a job, ids never cut; then say what is remarkable, and count."""
    archives = [outcome.archive for outcome in outcomes if outcome.archive is not None]
    remarks = [f"{printable(each.job.id)}: {remark}" for each in archives for remark in _remarks(each)]
    complete = sum(archive.complete for archive in archives)
    unfinished = sum(archive.job.phase != "over" for archive in archives)
    bad = sum(not is_well(outcome) for outcome in outcomes)
    totals = [f"{counted(len(outcomes), 'job')} in {printable(folder)}: {complete:,} complete and verified"]
    if unfinished:
        totals.append(f"{unfinished:,} not over (run this again when they are)")
    if bad:
        totals.append(f"{bad:,} with errors")
    following = [f"next: curvewise check {printable(archives[0].folder)}"] if archives else []
    return "\n".join([*_table(outcomes), *remarks, ", ".join(totals), *following])


def faults(outcomes: Sequence[ArchiveOutcome]) -> Iterator[str]:
    """State what went wrong, and what is wrong with the files of archives."""
    for outcome in outcomes:
        if outcome.error is not None:
            yield f"{printable(outcome.job) or NO_ID}: {outcome.error}"
        if outcome.archive is not None:
            yield from (f"{printable(outcome.archive.folder)}: {fault}" for fault in _faults(outcome.archive))


def _faults(archive: Archive) -> Iterator[str]:
    for file, problem in archive.damaged.items():
        yield f"{file} is damaged: {problem}\n{_AGAIN}"
    for file in archive.unverified:
        if file not in archive.damaged:
            yield (
                f"{file} is not as long as the service states; it is kept as it came\n"
                "  hint: run the same command again later; the service may send the whole"
            )


def _remarks(archive: Archive) -> Iterator[str]:
    """State what the service did not give, and that nothing can be done about."""
    for file in archive.missing:
        yield f"the service does not have the result file {printable(file)}"
    for name in archive.endless:
        yield f"the service says that more follows in {name}, and sends nothing more"


def counted(number: int, what: str) -> str:
    """Count things.

    Examples
    --------
    >>> counted(1, "event"), counted(5000, "event")
    ('1 event', '5,000 events')
    """
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def size(number: int) -> str:
    """Write a size in bytes.

    Examples
    --------
    >>> size(788), size(339_926), size(2_400_000)
    ('788 B', '340 kB', '2.4 MB')
    """
    if number < 1_000:
        return f"{number} B"
    if number < 999_500:
        return f"{number / 1e3:.0f} kB"
    return f"{number / 1e6:.1f} MB" if number < 999_950_000 else f"{number / 1e9:.1f} GB"


def _table(outcomes: Sequence[ArchiveOutcome]) -> list[str]:
    rows = [("job", "status", "events", "checkpoints", "size", "archive"), *map(_row, outcomes)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        "  ".join(
            cell.rjust(width) if column in _NUMBERS else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def _row(outcome: ArchiveOutcome) -> tuple[str, ...]:
    archive = outcome.archive
    if archive is None:
        return (printable(outcome.job) or NO_ID, "", "", "", "", "FAILED")
    return (
        printable(archive.job.id),
        printable(archive.job.status, 20),
        f"{archive.events:,}",
        f"{archive.checkpoints:,}",
        size(archive.size),
        _state(archive),
    )


def _state(archive: Archive) -> str:
    if archive.damaged:
        return "DAMAGED"
    if archive.unverified:
        return "CUT"
    return "verified" if archive.complete else "not over"


def _deed(archive: Archive, is_new: bool) -> str:
    if archive.damaged:
        return "damaged"
    if archive.changed:
        return "archived"
    if not is_new:
        return "complete and verified" if archive.complete else "verified"
    return "already complete and verified" if archive.complete else "nothing new"
