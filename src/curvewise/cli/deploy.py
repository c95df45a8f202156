"""Deploy a checkpoint on Azure; on OpenAI, print its name."""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import TYPE_CHECKING

import click

from curvewise.cli import _consent as consent
from curvewise.cli._commands import ParsedCommand
from curvewise.text import printable

if TYPE_CHECKING:
    from curvewise.deployment import Arm, Deployable, Deployment, DeploymentPlan, Probe, Sku

EPILOG = """\b
Examples:
  curvewise deploy azure://ftjob-abc123 --checkpoint 70
  curvewise deploy job/ --sku DeveloperTier --capacity 20
  curvewise deploy job/ --checkpoint final --price-per-hour 1.70 --dry-run
  name=$(curvewise deploy ftjob-abc123 --checkpoint 70 --yes)

The resource is found by AZURE_SUBSCRIPTION_ID, AZURE_RESOURCE_GROUP and AZURE_AOAI_ACCOUNT (or the host in
AZURE_OPENAI_ENDPOINT), and asked with a login of Entra ID, such as `az login`.
The name to call goes to standard output, all else to standard error.
Exit codes: 0 it can be called, 2 it cannot, 130 after Ctrl-C.
"""


@click.command(cls=ParsedCommand, epilog=EPILOG)
@click.argument("job", metavar="JOB|PATH")
@click.option(
    "--checkpoint",
    default="best",
    show_default=True,
    metavar="STEP|best|final",
    help="Which checkpoint; best is the one that the report says to use, if any.",
)
@click.option("--name", help="Name of the deployment.  [default: of model and step]")
@click.option(
    "--sku",
    type=click.Choice(["Standard", "GlobalStandard", "DeveloperTier"], case_sensitive=False),
    default="Standard",
    show_default=True,
    help="Kind of deployment; DeveloperTier lasts 24 hours and costs nothing by the hour.",
)
@click.option(
    "--capacity",
    type=click.IntRange(min=1),
    default=50,
    show_default=True,
    metavar="K",
    help="Thousands of tokens a minute.",
)
@consent.resource_option
@click.option(
    "--price-per-hour",
    type=click.FloatRange(min=0),
    metavar="PRICE",
    help="Hourly price that you know, to see what it comes to.",
)
@click.option("--dry-run", is_flag=True, help="Print the request that would be made, and make none.")
@consent.yes_option
def deploy(
    job: str,
    checkpoint: str,
    name: str | None,
    sku: Sku,
    capacity: int,
    resource_id: str | None,
    price_per_hour: float | None,
    dry_run: bool,
    yes: bool,
) -> None:
    """Deploy one checkpoint that exists: show what it costs, ask, create it, wait until it answers.

    JOB is the address of a job (ftjob-..., azure://ftjob-...) or a folder of its files. A model of OpenAI
    needs no deployment: its name is printed.
    """
    import math

    import curvewise
    from curvewise import deployment

    if price_per_hour is not None and not math.isfinite(price_per_hour):
        raise click.BadParameter(f"{price_per_hour} is no price", param_hint="--price-per-hour")
    chosen = deployment.deployable(curvewise.load(job), checkpoint)
    if chosen.provider == "openai":
        consent.say("OpenAI serves a fine-tuned model by its name: there is nothing to deploy.")
        click.echo(printable(chosen.model))
        return
    resource = consent.resource(resource_id)
    plan = deployment.plan_deployment(chosen, resource, name=name, sku=sku, capacity=capacity)
    if dry_run:
        _show_request(plan)
        return
    _show(plan, chosen, price_per_hour)
    consent.require_somebody(yes, "nothing was created")
    _create(plan, yes=yes)


def _show_request(plan: DeploymentPlan) -> None:
    import json

    from curvewise.deployment import find_manager

    click.echo(f"PUT {find_manager()}{plan.path}")
    click.echo(json.dumps(plan.body, indent=2))


def _show(plan: DeploymentPlan, chosen: Deployable, price_per_hour: float | None) -> None:
    from curvewise.deployment import cost_lines

    at = "the final model" if chosen.step is None else f"step {chosen.step:,}"
    resource = plan.resource
    lines = (
        *consent.paragraph("", [f"To deploy: {at} of {printable(chosen.run)}. {printable(chosen.why)}"]),
        f"  model     {printable(plan.model)}",
        f"  as        {plan.name}",
        f"  kind      {plan.sku}, {plan.capacity:,} thousand tokens a minute",
        f"  in        {resource}",
        f"            subscription {resource.subscription}",
        *consent.paragraph("  cost      ", cost_lines(plan.sku, price_per_hour)),
    )
    consent.say("\n".join(lines))


def _create(plan: DeploymentPlan, *, yes: bool) -> None:
    from curvewise import UsageError, deployment

    probe = deployment.find_probe(resource=plan.resource)  # a malformed address is refused first
    removal = deployment.removal(plan.name, plan.resource.id)
    with deployment.Arm(plan.resource) as arm:
        existing = deployment.existing_deployment(arm, plan)
        if existing is None and not consent.agree(f"Create the deployment {plan.name}?", yes=yes):
            consent.say("nothing was created")
            sys.exit(2)
        if existing is None and not yes:  # it may have been created while the question stood
            existing = deployment.existing_deployment(arm, plan)
        if existing is not None:
            _show_existing(existing, plan)
            return
        try:
            deployment.deploy(arm, plan, tell=consent.progress)
            ready = _wait_until_ready(plan.name, probe, arm.pause)
        except KeyboardInterrupt:
            consent.say(
                f"\nAzure goes on making {plan.name}, and charges for it once it is there.\n"
                f"  to remove it: {removal}"
            )
            raise
        except UsageError:  # somebody else took the name meanwhile
            raise
        except Exception as error:
            consent.say(_what_is_left(arm, plan, error, removal))
            raise
    consent.say(f"to remove it: {removal}")
    click.echo(plan.name)
    if not ready:
        sys.exit(2)


def _show_existing(existing: Deployment, plan: DeploymentPlan) -> None:
    capacity = "" if existing.capacity is None else f", {existing.capacity:,} thousand tokens a minute"
    consent.say(
        f"It is there already, and was left as it is: {printable(existing.name)} "
        f"({printable(existing.sku)}{capacity})."
    )
    if (existing.sku, existing.capacity) != (plan.sku, plan.capacity):
        consent.say(f"You asked for {plan.sku}, {plan.capacity:,} thousand: take another --name for that.")
    click.echo(printable(existing.name))


def _what_is_left(arm: Arm, plan: DeploymentPlan, error: Exception, removal: str) -> str:
    """State whether a failure left anything; what Azure refused and does not list was not created."""
    from curvewise import ServiceError

    refused = isinstance(error, ServiceError) and error.status is not None and not error.temporary
    with suppress(ServiceError):
        if refused and arm.find(plan.name) is None:
            return "nothing was created"
    return f"to remove what may be left: {removal}"


def _wait_until_ready(name: str, probe: Probe | None, pause: float) -> bool:
    """Call it until it answers; return False if it says that it is not ready."""
    from curvewise.deployment import wait_until_ready

    if probe is None:
        consent.say(f"{name}: there. It may take some minutes more until it answers.")
        return True
    answer = wait_until_ready(name, probe, pause=pause, tell=consent.progress)
    said = {
        "ready": "there, and it answers",
        "not ready": "there, and still answers that it is not ready (DeploymentNotReady): try it again later",
        "unknown": "there; whether it answers cannot be told with the credentials of the environment",
    }
    consent.progress(f"{name}: {said[answer]}")
    return answer != "not ready"
