"""`curvewise deployments`: what is deployed, and what of it curvewise made."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import click

from curvewise.cli import _consent as consent
from curvewise.cli._commands import ParsedCommand
from curvewise.text import printable

if TYPE_CHECKING:
    from curvewise.deployment import Deployment

EPILOG = """\b
Examples:
  curvewise deployments
  curvewise deployments --format json
"""

HEADINGS = ("NAME", "KIND", "K TOKENS/MIN", "STATE", "MADE BY")
WIDTH = 80


@click.command(cls=ParsedCommand, epilog=EPILOG, short_help="List the deployments of an Azure resource.")
@consent.resource_option
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="Output format.",
)
def deployments(resource_id: str | None, output_format: str) -> None:
    """List the deployments of an Azure resource, and which of them curvewise created."""
    from curvewise.deployment import Arm

    resource = consent.resource(resource_id)
    with Arm(resource) as arm:
        listed = arm.deployments()
    if output_format == "json":
        from curvewise import encode

        click.echo(encode(listed), nl=False)
        return
    if not listed:
        consent.say(f"nothing is deployed in {resource}")
        return
    click.echo("\n".join(_table(listed)))
    if left := [each.name for each in listed if each.is_temporary]:
        sentence = (
            f"made for an evaluation: {', '.join(map(printable, left))}; unless it is still going on, remove "
            "what it left with `curvewise undeploy --from EVALDIR`"
        )
        consent.say("\n".join(consent.paragraph("", [sentence])))


def _table(listed: Sequence[Deployment]) -> Iterator[str]:
    """Yield a line of cells for each, and below it the model, which is too long for a cell.

    A name that would make the line too long has a line of its own.
    """
    rows = [HEADINGS, *map(_row, listed)]
    others = [max(len(row[column]) for row in rows) for column in range(1, len(HEADINGS))]
    room = WIDTH - sum(others) - 2 * len(others)
    first = max(len(row[0]) for row in rows if len(row[0]) <= max(room, len(HEADINGS[0])))
    for row, below in zip(rows, [(), *map(_below, listed)], strict=True):
        name, *cells = row
        if len(name) > first:
            yield name
            name = ""
        padded = zip((name, *cells), (first, *others), strict=True)
        yield "  ".join(cell.ljust(width) for cell, width in padded).rstrip()
        yield from (f"  {printable(line)}" for line in below)


def _row(each: Deployment) -> tuple[str, ...]:
    capacity = "" if each.capacity is None else f"{each.capacity:,}"
    made_by = "others" if not each.is_ours else "evaluate" if each.is_temporary else "deploy"
    cells = (each.name, each.sku, capacity, each.state, made_by)
    return tuple(printable(cell, 64) for cell in cells)


def _below(each: Deployment) -> Iterator[str]:
    yield each.model
    if each.run:
        yield f"step {each.step} of {each.run}" if each.step else f"of {each.run}"
