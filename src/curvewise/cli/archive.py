"""Keep jobs in folders: events, checkpoints, result files."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from curvewise.cli import _archive_text as words
from curvewise.cli import _options as options
from curvewise.cli._commands import ParsedCommand
from curvewise.text import printable

if TYPE_CHECKING:
    from curvewise import ArchiveOutcome

EPILOG = """\b
Examples:
  curvewise archive ftjob-abc123 kept/   job, events, checkpoints, results
  curvewise archive --all backup/        every job, each in backup/JOB/
  curvewise archive --verify backup/     compare with the manifests, offline
  curvewise check backup/ftjob-abc123/   judge an archived job, for ever

Exit codes: 0 all is archived, 2 something could not be, or is damaged.
"""


@click.command(cls=ParsedCommand, epilog=EPILOG)
@click.argument("names", nargs=-1, required=True, metavar="[JOB]... DIR")
@click.option("--all", "every", is_flag=True, help="Archive every job of the account.")
@click.option("--verify", "only_verify", is_flag=True, help="Compare what is archived with its manifest.")
@click.option(
    "--provider",
    type=options.Name("provider", options.provider_names),
    metavar="NAME",
    help="Ask this service.  [default: the one with credentials]",
)
@options.verbosity
def archive(names: tuple[str, ...], every: bool, only_verify: bool, provider: str | None) -> None:
    """Archive jobs with all their events, checkpoints and result files.

    One JOB goes into DIR itself; several, or --all, each into a folder of its id in DIR. It can be stopped at
    any time, and goes on where it stopped when it is run again. What is complete is verified and not asked
    for again; a job that went on is brought up to date, and nothing is lost that the service has deleted.
    """
    *jobs, folder = names
    if not folder:
        raise click.UsageError("DIR is empty; name a folder, such as . for this one")
    if every and jobs:
        raise click.UsageError("--all takes no JOB, only DIR")
    if not (jobs or every or only_verify):
        raise click.UsageError("name at least one JOB before DIR, or pass --all")
    if not only_verify:
        _require_folder(folder)
    try:
        if only_verify:
            outcomes = _verified(jobs, folder)
        elif every:
            outcomes = _all(folder, provider)
        else:
            outcomes = _archived(jobs, folder, provider)
    except KeyboardInterrupt:
        if not only_verify:
            click.echo("stopped; the same command goes on from here", err=True)
        raise
    is_table = every or len(outcomes) > 1
    click.echo(words.overview(outcomes, folder) if is_table else words.summary(outcomes[0], not only_verify))
    for fault in words.faults(outcomes):
        click.echo(f"error: {fault}", err=True)
    sys.exit(0 if all(words.is_well(outcome) for outcome in outcomes) else 2)


def _require_folder(folder: str) -> None:
    if "://" in folder or (folder.startswith(("ftjob-", "ftjob_")) and not Path(folder).exists()):
        raise click.UsageError(
            f"the last argument is the folder; {printable(folder)!r} is a job; "
            "for a folder of this name write ./ before it"
        )


def _archived(jobs: list[str], folder: str, provider: str | None) -> list[ArchiveOutcome]:
    import curvewise
    from curvewise.cli._archive_progress import bar

    for job in jobs:
        if provider and "://" in job and not job.startswith(f"{provider}://"):
            raise click.UsageError(f"{printable(job)!r} names another service than --provider {provider}")
    addresses = [
        f"{provider}://{job}" if provider and "://" not in job else job for job in dict.fromkeys(jobs)
    ]
    outcomes = []
    with bar() as progress:
        for address in addresses:
            place = Path(folder) / address.rpartition("/")[2] if len(addresses) > 1 else Path(folder)
            try:
                made = curvewise.archive(address, place, progress=progress)
                outcomes.append(curvewise.ArchiveOutcome(job=made.job.id, archive=made))
            except curvewise.CurvewiseError as error:
                if len(addresses) == 1:
                    raise
                outcomes.append(curvewise.ArchiveOutcome(job=address, error=error))
    return outcomes


def _all(folder: str, provider: str | None) -> list[ArchiveOutcome]:
    import curvewise
    from curvewise.cli._archive_progress import bar

    with bar() as progress:
        return list(curvewise.archive_all(folder, provider=provider, progress=progress))


def _verified(jobs: list[str], folder: str) -> list[ArchiveOutcome]:
    import curvewise

    wanted = [job.rpartition("/")[2] for job in jobs]
    places = [Path(folder) / job for job in wanted] or list(curvewise.archives_in(folder)) or [Path(folder)]
    if len(wanted) == 1 and not places[0].is_dir() and curvewise.archives_in(folder) == (Path(folder),):
        places = [Path(folder)]  # the archive of this one job lies in the folder itself
    outcomes = []
    for place in places:
        try:
            kept = curvewise.verify_archive(place)
            if wanted and kept.job.id not in wanted:
                raise curvewise.InputError(
                    f"this is the archive of {printable(kept.job.id)}, and not of {printable(wanted[0])}",
                    hint="pass the folder of this job; without a JOB, all that DIR holds is verified",
                    file=str(place),
                )
            outcomes.append(curvewise.ArchiveOutcome(job=kept.job.id, archive=kept))
        except curvewise.CurvewiseError as error:
            if len(places) < 2:
                raise
            outcomes.append(curvewise.ArchiveOutcome(job=place.name, error=error))
    return outcomes
