"""Write the block of a model card."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from curvewise.cli import _options as options
from curvewise.cli._commands import ParsedCommand
from curvewise.cli._output import Destination, Output, write

if TYPE_CHECKING:
    from curvewise import Kind, Report, Run

EPILOG = """\b
Examples:
  curvewise card outputs/
  curvewise card outputs/ --insert outputs/README.md
"""


@click.command(cls=ParsedCommand, epilog=EPILOG)
@click.argument("path", metavar="PATH", type=click.Path(allow_dash=True))
@click.option(
    "--insert",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write it into this file, between its marks; without marks at the end.",
)
@options.by_metric
@options.reading
@options.scoring
@options.verbosity
def card(
    path: str,
    insert: Path | None,
    by: str | None,
    kind: Kind | None,
    mapping: tuple[str, ...],
    scores: str | None,
) -> None:
    """Say in Markdown how a run went and which checkpoint was chosen, for the card of its model."""
    from curvewise import runs_or_reports
    from curvewise.cli import _reports as reports
    from curvewise.plugin import Style, reporters

    items: list[Run | Report] = [*runs_or_reports(path, kind=kind, mapping=options.parse_mapping(mapping))]
    items = reports.add_scores(scores, (path,), items)
    reports.require_runs(items, by=by)
    judged = reports.Judged(items, by=by)
    if insert is None:
        Destination("report", (Output("card", "-"),), "card").deliver(judged.reports)
        return
    block = reporters()["card"](judged.reports, Style())
    write(inserted(_text(insert) if insert.exists() else "", block), insert)


def _text(file: Path) -> str:
    """Read a file that the block goes into, as it is; what is no UTF-8 could not be written back."""
    from curvewise import InputError
    from curvewise.storage import read_file

    try:
        return read_file(str(file)).decode()
    except UnicodeDecodeError as error:
        hint = "convert it, or leave --insert out and put the block in by hand"
        raise InputError(f"byte {error.start} is no UTF-8", hint=hint, file=str(file)) from None


def inserted(text: str, block: str) -> str:
    r"""Put a block between its marks in a text, or at its end.

    Examples
    --------
    >>> inserted("# Model\nrest\n", "[\nnew\n]\n")
    '# Model\nrest\n\n[\nnew\n]\n'
    >>> inserted("# Model\n[\nold\n]\nrest\n", "[\nnew\n]\n")
    '# Model\n[\nnew\n]\nrest\n'
    """
    begin, end = block.splitlines()[0], block.splitlines()[-1]
    before, found, rest = text.partition(begin)
    _, closed, after = rest.partition(end)
    if not found or not closed:
        return f"{text.rstrip()}\n\n{block}" if text.strip() else block
    return f"{before}{block.rstrip()}{after}"
