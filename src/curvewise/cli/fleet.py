"""Judge many runs: which are sound, the best, and why."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from curvewise.cli import _options as options
from curvewise.cli import _terminal as terminal
from curvewise.cli._commands import ParsedCommand
from curvewise.cli._output import STDOUT, Destination, Output, writing
from curvewise.text import printable

EPILOG = """\b
Examples:
  curvewise fleet sweep/
  curvewise fleet sweep/ --group seed -o sweep.html
  curvewise fleet sweep/ --pages sweep-pages/
  curvewise fleet archive/ mlflow.db -o fleet.parquet
  curvewise fleet archive/ -o fleet.parquet --resume
  curvewise fleet fleet.parquet --format json

Exit codes: 0 every run was read, 2 some could not be.
"""


@click.command(cls=ParsedCommand, epilog=EPILOG)
@click.argument("paths", nargs=-1, required=True, metavar="PATH...", type=click.Path())
@writing
@click.option("--resume", is_flag=True, help="Go on from the table: what did not change is not judged again.")
@click.option(
    "--group",
    multiple=True,
    metavar="NAME",
    help="Average over this hyperparameter, such as `seed`. Repeatable.",
)
@click.option(
    "--pages",
    type=click.Path(file_okay=False),
    metavar="FOLDER",
    help="Write index.html into this folder, and reports that its rows open: of over 500 runs, of some.",
)
@options.by_metric
@click.option(
    "--jobs", type=click.IntRange(min=1), metavar="N", help="Processes.  [default: one for each core]"
)
@click.option(
    "--engine",
    type=click.Choice(["pool", "ray", "dask"]),
    default="pool",
    show_default=True,
    help="Judge in processes of this machine, or by Ray or Dask, on a cluster where they have one.",
)
@click.option(
    "--config",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="File of thresholds.  [default: the nearest curvewise.toml or pyproject.toml]",
)
def fleet(
    paths: tuple[str, ...],
    output_format: str | None,
    outputs: tuple[Output, ...],
    resume: bool,
    group: tuple[str, ...],
    pages: str | None,
    by: str | None,
    jobs: int | None,
    engine: str,
    config: Path | None,
) -> None:
    """Judge every run below PATH: counts by diagnosis, the best, what separates good from bad.

    PATH is a folder, a pattern, a tracker's store, an address, or the table of an earlier call. With -o and a
    file .parquet, .csv or .jsonl, one row a run is written there, chunk by chunk, so that a stopped call can
    be resumed.
    """
    import curvewise
    from curvewise.fleet import ENDINGS

    tables = [each for each in outputs if each.format is None and each.path.endswith(ENDINGS)]
    if len(tables) > 1:
        raise click.UsageError("one table is written, and -o names several")
    others = tuple(each for each in outputs if each not in tables) or (Output(None, STDOUT),)
    destination = Destination("fleet", others, output_format, reads=paths)
    profile = options.make_profile(config, ())
    try:
        with _progress() as progress:
            found = curvewise.analyze_all(
                paths,
                profile=profile,
                by=by,
                group=options.split_names(group),
                table=tables[0].path if tables else None,
                resume=resume,
                jobs=jobs,
                engine=engine,
                progress=progress,
            )
    except KeyboardInterrupt:
        kept = "nothing is kept without -o and a table"
        if tables:
            kept = f"what is done is kept beside {printable(tables[0].path)}; --resume goes on"
        click.echo(f"\n{kept}", err=True)
        raise
    destination.deliver(found)
    if tables:
        click.echo(f"wrote {printable(tables[0].path)}", err=True)
    if pages is not None:
        from curvewise.fleet import write_pages

        count = write_pages(found, pages, profile=profile, by=by)
        click.echo(f"wrote {printable(pages)}/index.html and {count:,} reports", err=True)
    sys.exit(2 if found.refused or not found.judged else 0)


@contextmanager
def _progress() -> Iterator[Callable[[int, int], None] | None]:
    """Show on standard error how many files are done, how fast, and the time left; only on a terminal."""
    if not sys.stderr.isatty() or os.environ.get("CI"):
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True, no_color=not terminal.colour(sys.stderr))
    rate = TextColumn("{task.fields[rate]}", markup=False)
    columns = (BarColumn(), MofNCompleteColumn(), rate, TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task, begun = bar.add_task("judged", total=None, rate=""), time.monotonic()

        def tell(done: int, total: int) -> None:
            speed = done / max(time.monotonic() - begun, 1e-3)
            bar.update(task, completed=done, total=total, rate=f"{speed:,.0f} a second")

        yield tell
