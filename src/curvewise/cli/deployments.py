"""List the deployments of an Azure resource."""

from __future__ import annotations

import click

from curvewise.cli import _consent as consent
from curvewise.cli._commands import ParsedCommand
from curvewise.cli._output import Destination, Output, writing
from curvewise.text import printable

EPILOG = """\b
Examples:
  curvewise deployments
  curvewise deployments --format json
"""


@click.command(cls=ParsedCommand, epilog=EPILOG)
@consent.resource_option
@writing
def deployments(resource_id: str | None, output_format: str | None, outputs: tuple[Output, ...]) -> None:
    """List the deployments of an Azure resource, and which of them curvewise created."""
    from curvewise.deployment import Arm

    destination = Destination("deployments", outputs, output_format)
    resource = consent.resource(resource_id)
    with Arm(resource) as arm:
        listed = arm.deployments()
    if listed or destination.formats != {"text"}:
        destination.deliver(listed)
    else:
        consent.say(f"nothing is deployed in {resource}")
    if left := [each.name for each in listed if each.is_temporary]:
        sentence = (
            f"made for an evaluation: {', '.join(map(printable, left))}; unless it is still going on, remove "
            "what it left with `curvewise undeploy --from EVALDIR`"
        )
        consent.say("\n".join(consent.paragraph("", [sentence])))
