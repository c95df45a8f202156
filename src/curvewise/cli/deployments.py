"""`curvewise deployments`: what is deployed, and what of it curvewise made."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import click

from curvewise.cli import _agreeing as agreeing
from curvewise.text import printable

if TYPE_CHECKING:
    from curvewise.deploying import Deployment

EPILOG = """\b
Examples:
  curvewise deployments
  curvewise deployments --format json
"""

LONGEST = 90
"""Characters of a cell: a whole name of a checkpoint, which a user may want to copy."""

HEADINGS = ("NAME", "MODEL", "SKU", "K/MIN", "STATE", "CREATED BY CURVEWISE")


@click.command(epilog=EPILOG, short_help="List the deployments of an Azure resource.")
@agreeing.resource_option
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
    from curvewise.deploying import Arm

    resource = agreeing.resource(resource_id)
    with Arm(resource) as arm:
        listed = arm.deployments()
    if output_format == "json":
        from curvewise import encode

        click.echo(encode(listed), nl=False)
        return
    if not listed:
        agreeing.say(f"nothing is deployed in {resource}")
        return
    click.echo("\n".join(_table(listed)))
    if left := [each.name for each in listed if each.is_temporary]:
        agreeing.say(
            f"made for an evaluation: {', '.join(map(printable, left))}; unless it is still going on, remove "
            "what it left with `curvewise undeploy --from EVALDIR`"
        )


def _table(listed: Sequence[Deployment]) -> Iterator[str]:
    rows = [HEADINGS, *map(_row, listed)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _row(each: Deployment) -> tuple[str, ...]:
    capacity = "" if each.capacity is None else f"{each.capacity:,}"
    cells = (each.name, each.model, each.sku, capacity, each.state, _origin(each))
    return tuple(printable(cell, LONGEST) for cell in cells)


def _origin(each: Deployment) -> str:
    if not each.is_ours:
        return "no"
    purpose = "for an evaluation" if each.is_temporary else ""
    return " ".join(filter(None, (purpose, each.run, each.step and f"step {each.step}"))) or "yes"
