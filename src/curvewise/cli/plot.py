"""Draw the curves as SVG, PNG or PDF."""

from __future__ import annotations

from pathlib import Path, PurePath
from typing import TYPE_CHECKING

import click

from curvewise.cli import _options as options
from curvewise.cli import _reports as reports
from curvewise.cli._commands import ParsedCommand
from curvewise.cli._output import write
from curvewise.text import listed

if TYPE_CHECKING:
    from curvewise import Kind
    from curvewise.drawing import Picture

EPILOG = """\b
Examples:
  curvewise plot job/ -o curves.svg
  curvewise plot results.csv -o loss.png --figure loss --figure ratio --log
  curvewise plot report.json -o curves.pdf    from the JSON of check

It needs matplotlib: pip install 'curvewise[plot]'
"""
POINTS = 4000
"""Points of one curve: more than a picture has columns."""


@click.command(cls=ParsedCommand, epilog=EPILOG)
@click.argument("path", metavar="PATH", type=click.Path(allow_dash=True))
@click.option(
    "-o",
    "--output",
    "outputs",
    required=True,
    multiple=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="File to write; its ending, .svg, .png or .pdf, tells the format. Repeatable.",
)
@click.option(
    "--figure",
    "figures",
    multiple=True,
    metavar="NAME",
    help="Draw only this figure, such as loss. Repeatable, or with commas.  [default: all]",
)
@click.option("--log", is_flag=True, help="Logarithmic values, where all are above 0.")
@options.reading
@options.verbosity
def plot(
    path: str,
    outputs: tuple[Path, ...],
    figures: tuple[str, ...],
    log: bool,
    kind: Kind | None,
    mapping: tuple[str, ...],
) -> None:
    """Draw the curves of a training run, with its checkpoints.

    PATH is what `curvewise check` takes, or the JSON that it wrote.
    """
    import curvewise
    from curvewise.drawing import PICTURES

    pictures = [(output, _picture(output, PICTURES)) for output in outputs]
    items = curvewise.runs_or_reports(path, kind=kind, mapping=options.parse_mapping(mapping))
    reports.require_runs(items, kind=kind, map=mapping)
    if len(items) > 1:
        raise curvewise.UsageError(
            f"this file holds {len(items)} reports", hint="pass one: a picture is of one run", file=path
        )
    (report,) = reports.Judged(items, points=POINTS).reports
    names = options.split_names(figures) or None
    drawn = [
        (output, curvewise.plot(report, picture=picture, figures=names, log=log))
        for output, picture in pictures
    ]
    for output, content in drawn:
        write(content, output)


def _picture(output: Path, known: tuple[Picture, ...]) -> Picture:
    ending = PurePath(output).suffix.lower().lstrip(".")
    for picture in known:
        if picture == ending:
            return picture
    expected = listed([f".{picture}" for picture in known], "or")
    raise click.BadParameter(f"{str(output)!r} does not end in {expected}", param_hint="--output")
