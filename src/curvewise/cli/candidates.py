"""`curvewise candidates`: which checkpoints to evaluate on the real task."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from curvewise.cli import _options as options
from curvewise.cli import _output as output_to

if TYPE_CHECKING:
    from curvewise import Candidates, Kind

EPILOG = """\b
Examples:
  curvewise candidates job/
  curvewise candidates ftjob-abc123 --with-base --production gpt-4.1
  curvewise candidates job/ --format json | jq -r '.contenders[].model'

Exit codes: 0 there are candidates, 2 something could not be read or nothing supports a choice.
"""


@click.command(epilog=EPILOG, short_help="Name the checkpoints to evaluate on the real task.")
@click.argument("path", metavar="PATH|JOB", type=click.Path(allow_dash=True))
@options.nominating
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["text", "json", "csv", "markdown"]),
    default="text",
    show_default=True,
    help="Output format.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write to a file instead of standard output.",
)
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

    shares = list(dict.fromkeys(each.discordance for each in found.power))
    difference = {(each.samples, each.discordance): each.difference for each in found.power}
    yield from textwrap.wrap(
        "Smallest difference of accuracy, in points, that an evaluation would show with a probability of "
        "80 %, by the share of samples that one contender does and the other does not:",
        width,
    )
    yield ""
    yield "  samples" + "".join(f"{f'{100 * share:.0f} %':>9}" for share in shares)
    for samples in dict.fromkeys(each.samples for each in found.power):
        yield f"  {samples:>7}" + "".join(f"{100 * difference[samples, share]:>9.1f}" for share in shares)


def _csv(found: Candidates) -> str:
    import csv
    from io import StringIO

    out = StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(["name", "role", "step", "model", "why"])
    for each in found.contenders:
        cells = [
            each.name,
            each.role,
            "n/a" if each.step is None else each.step,
            each.model or "n/a",
            each.why,
        ]
        rows.writerow([f"'{cell}" if str(cell).startswith(("=", "+", "-", "@")) else cell for cell in cells])
    return out.getvalue()


def _markdown(found: Candidates) -> str:
    from curvewise.text import printable

    def row(*cells: object) -> str:
        shown = (printable(str(cell), 600).replace("|", "\\|").replace("<", "&lt;") for cell in cells)
        return f"| {' | '.join(shown)} |"

    lines = [row("candidate", "role", "model", "why"), "|---|---|---|---|"]
    for each in found.contenders:
        model = f"`{each.model.replace('`', '')}`" if each.model else "unknown"
        lines.append(row(each.name, each.role, model, each.why))
    lines += ["", printable(found.reason, 2_000)]
    for note in found.notes:
        lines += ["", f"> {printable(note.text, 600)}"]
    shares = list(dict.fromkeys(each.discordance for each in found.power))
    difference = {(each.samples, each.discordance): each.difference for each in found.power}
    lines += ["", "Smallest difference of accuracy, in points, shown with a probability of 80 %:", ""]
    lines += [
        row("samples", *(f"{100 * share:.0f} % differ" for share in shares)),
        "|---:" * (1 + len(shares)) + "|",
    ]
    for samples in dict.fromkeys(each.samples for each in found.power):
        lines.append(row(samples, *(f"{100 * difference[samples, share]:.1f}" for share in shares)))
    return "\n".join([*lines, ""])
