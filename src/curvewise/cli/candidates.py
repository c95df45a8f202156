"""`curvewise candidates`: which checkpoints to evaluate on the real task."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from curvewise.cli import _options as options
from curvewise.cli import _output as output_to
from curvewise.cli import _output_options as output_options
from curvewise.cli._commands import ParsedCommand

if TYPE_CHECKING:
    from curvewise import Candidates, Kind

EPILOG = """\b
Examples:
  curvewise candidates job/
  curvewise candidates ftjob-abc123 --with-base --production gpt-4.1
  curvewise candidates job/ --format json | jq -r '.contenders[].model'

Exit codes: 0 there are candidates, 2 something could not be read or nothing supports a choice.
"""

NONE = "none"
WHY_NONE = "even if all of these samples favoured the same contender, it would not be shown to be better."


@click.command(
    cls=ParsedCommand, epilog=EPILOG, short_help="Name the checkpoints to evaluate on the real task."
)
@click.argument("path", metavar="PATH|JOB", type=click.Path(allow_dash=True))
@options.nominating
@output_options.one_output("json", "csv", "markdown")
@options.reading
@options.verbosity
def candidates(
    path: str,
    most: int,
    with_base: bool,
    base: str | None,
    production: str | None,
    output_format: str,
    output: Path | None,
    kind: Kind | None,
    mapping: tuple[str, ...],
) -> None:
    """Name two or three checkpoints to evaluate on the real task, with the reason for each.

    Also says which difference of accuracy 30, 100 and 300 samples could show between them.
    """
    import curvewise

    output_to.spare([path], [output])
    run = curvewise.load(path, kind=kind, mapping=options.parse_mapping(mapping))
    found = curvewise.candidates(run, most=most, with_base=with_base, base=base, production=production)
    writers = {"text": _text, "json": curvewise.encode, "csv": _csv, "markdown": _markdown}
    output_to.write(writers[output_format](found), output)
    sys.exit(0 if any(not each.is_reference for each in found.contenders) else 2)


def _text(found: Candidates) -> str:
    import textwrap

    from curvewise.text import printable

    width = min(100, output_to.terminal_width())
    run = "standard input" if found.run == "-" else printable(found.run)
    lines = [f"Candidates of {run} ({found.kind.upper()})", ""]
    for each in found.contenders:
        model = f": {printable(each.model)}" if each.model else ""
        label = each.name if each.name == each.role else f"{each.name} ({each.role})"
        lines.append(f"  {label}{model}")
        lines += textwrap.wrap(
            printable(each.why), width, initial_indent="      ", subsequent_indent="      "
        )
    lines += ["", *textwrap.wrap(printable(found.reason, 2_000), width)]
    for note in found.notes:
        lines += ["", *textwrap.wrap(f"Note: {printable(note.text, 600)}", width)]
    return "\n".join([*lines, "", *_power(found, width), ""])


def _power(found: Candidates, width: int) -> Iterator[str]:
    """Say what numbers of samples could show."""
    import textwrap

    shares, rows = _differences(found)
    yield from textwrap.wrap(
        "Smallest difference of accuracy, in points, that an evaluation would show with a probability of "
        "80 %, by the share of samples that one contender does and the other does not:",
        width,
    )
    yield ""
    for samples, *cells in (["samples", *shares], *rows):
        yield f"  {samples:>7}" + "".join(f"{cell:>9}" for cell in cells)
    if any(NONE in cells for cells in rows):
        yield ""
        yield from textwrap.wrap(f"{NONE}: {WHY_NONE}", width)


def _differences(found: Candidates) -> tuple[list[str], list[list[str]]]:
    """Return the shares of samples that differ, and for each number of samples what it could show."""
    shares = dict.fromkeys(f"{100 * each.discordance:.0f} %" for each in found.power)
    rows: dict[int, list[str]] = {}
    for each in found.power:
        shown = f"{100 * each.difference:.1f}" if each.difference <= each.discordance else NONE
        rows.setdefault(each.samples, [str(each.samples)]).append(shown)
    return list(shares), list(rows.values())


def _csv(found: Candidates) -> str:
    import csv
    from io import StringIO

    from curvewise.text import cell

    out = StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(["name", "role", "step", "model", "why"])
    for each in found.contenders:
        rows.writerow(map(cell, (each.name, each.role, each.step, each.model, each.why)))
    return out.getvalue()


def _markdown(found: Candidates) -> str:
    from curvewise.reports._markdown import code, table, text

    contenders = [
        [text(each.name), each.role, code(each.model) if each.model else "unknown", text(each.why)]
        for each in found.contenders
    ]
    lines = table(["candidate", "role", "model", "why"], contenders, words=range(4))
    lines += ["", text(found.reason, 2_000)]
    for note in found.notes:
        lines += ["", f"> {text(note.text)}"]
    lines += ["", "Smallest difference of accuracy, in points, shown with a probability of 80 %:", ""]
    shares, rows = _differences(found)
    lines += table(["samples", *(f"{share} differ" for share in shares)], rows)
    lines += ["", f"{NONE}: {WHY_NONE}"] if any(NONE in cells for cells in rows) else []
    return "\n".join([*lines, ""])
