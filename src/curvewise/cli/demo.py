"""Watch a simulated job: no account, no network."""

from __future__ import annotations

import click

from curvewise.cli._commands import ParsedCommand
from curvewise.cli._output import Destination

EPILOG = """\b
Examples:
  curvewise demo
  curvewise demo --speed 40
"""

LOOK_EVERY = 0.5
"""Seconds between two looks: the simulated job is done in half a minute, not in hours."""


@click.command(cls=ParsedCommand, epilog=EPILOG)
@click.option(
    "--speed",
    type=click.FloatRange(min=0, min_open=True, max=10_000),
    default=10.0,
    show_default=True,
    metavar="STEPS",
    help="Training steps a second.",
)
def demo(speed: float) -> None:
    """Watch a simulated fine-tuning job from its queue to its report.

    The job runs in memory: no account is needed, and nothing leaves the machine.
    """
    from curvewise.cli._followed_job import follow, make_display
    from curvewise.simulator import JOB, SimulatedService

    service = SimulatedService(speed)
    address = f"{service.provider}://{JOB}"
    click.echo(f"This is a simulated job. Watching it as `curvewise watch {address}` would:\n", err=True)
    watching = {"interval": LOOK_EVERY, "service": service}
    report = follow(address, make_display(), watching, again="curvewise demo")
    Destination("report", (), None).deliver([report])
    click.echo(
        "\nYou saw a simulated job: its curves and findings as they appeared, and the last report.\n"
        "On a job of your own: curvewise watch ftjob-...    or on files: curvewise check results.csv",
        err=True,
    )
