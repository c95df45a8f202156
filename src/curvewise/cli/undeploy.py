"""Remove a deployment, or those that an evaluation left behind."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from curvewise.cli import _consent as consent
from curvewise.cli._commands import ParsedCommand
from curvewise.text import printable

if TYPE_CHECKING:
    from curvewise.deployment import Resource

EPILOG = """\b
Examples:
  curvewise undeploy gpt-4.1-mini-2025-04-14-step-70
  curvewise undeploy --from results/ --yes

\b
What curvewise did not create is removed only after a question on a terminal:
--yes is not enough.
Exit codes: 0 it is gone, 2 it is not, 130 after Ctrl-C.
"""


@click.command(
    cls=ParsedCommand,
    epilog=EPILOG,
)
@click.argument("name", required=False)
@click.option(
    "--from",
    "folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    metavar="EVALDIR",
    help="Remove what a killed evaluation left behind, by its journal.",
)
@consent.resource_option
@consent.yes_option
def undeploy(name: str | None, folder: Path | None, resource_id: str | None, yes: bool) -> None:
    """Remove a deployment on Azure. The model itself stays, and can be deployed again."""
    if name is not None and folder is None:
        _remove(name, consent.resource(resource_id), yes=yes)
    elif folder is not None and name is None:
        _remove_leftovers(folder, yes=yes)
    else:
        raise click.UsageError("name a deployment, or pass --from EVALDIR; not both")


def _remove(name: str, resource: Resource, *, yes: bool) -> None:
    from curvewise import UsageError, deployment

    consent.require_somebody(yes, "nothing was removed")
    with deployment.Arm(resource) as arm:
        existing = arm.find(name)
        if existing is None:
            raise UsageError(
                f"there is no deployment {name!r} in {resource}",
                hint="run `curvewise deployments` for those that there are",
            )
        if not existing.is_ours:
            consent.say("curvewise did not create this deployment: something else may be calling it.")
            if not consent.is_terminal():
                raise UsageError(
                    f"the deployment {existing.name!r} is not one that curvewise created, "
                    "and was not removed",
                    hint="run this on a terminal, which asks; --yes agrees only to what curvewise created",
                )
        elif existing.is_temporary:
            consent.say("It was made for an evaluation, which removes it at its end.")
        shown = f"{printable(existing.name)} of {printable(existing.model)} in {resource}"
        if not consent.agree(f"Remove the deployment {shown}?", yes=yes and existing.is_ours):
            consent.say("nothing was removed")
            sys.exit(2)
        try:
            deployment.undeploy(arm, existing.name, tell=consent.progress)
        except KeyboardInterrupt:
            consent.say("\nAzure may go on removing it; `curvewise deployments` shows whether it is gone")
            raise
    consent.say(f"{printable(existing.name)} is gone")


def _remove_leftovers(folder: Path, *, yes: bool) -> None:
    from curvewise import ServiceError
    from curvewise.deployment import Arm, Journal, leftovers, remove_leftovers

    resources = list(dict.fromkeys(entry.resource for entry in Journal(folder).remaining()))
    if not resources:
        consent.say("nothing is left")
        return
    consent.require_somebody(yes, "nothing was removed")
    failures: list[ServiceError] = []
    for resource in resources:
        try:
            with Arm(resource) as arm:
                names = [left.name for _, left in leftovers(arm, folder) if left is not None]
                if names:
                    shown = ", ".join(map(printable, names))
                    if not consent.agree(f"Remove {shown} in {resource}?", yes=yes):
                        consent.say(f"nothing was removed in {resource}")
                        sys.exit(2)
                remove_leftovers(arm, folder, tell=consent.progress)
        except ServiceError as error:  # a resource that is gone keeps those of none of the others
            failures.append(error)
    if failures:
        raise failures[0]
    kept = [entry.name for entry in Journal(folder).remaining()]
    if kept:
        consent.say(f"left alone, as they are not what the journal says: {', '.join(map(printable, kept))}")
        sys.exit(2)
    consent.say("nothing is left")
