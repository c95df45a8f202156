"""`curvewise demo`: watch a simulated job, with no account."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping

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


@click.command(cls=ParsedCommand, epilog=EPILOG, short_help="Watch a simulated job: no account, no network.")
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

    A small server on this machine plays the service: no account is needed, and nothing leaves the machine.
    """
    from curvewise.cli._followed_job import follow, make_display
    from curvewise.plugin import providers
    from curvewise.standin import ByTime, Standin, jobs

    with Standin(clock=ByTime(speed)) as server:
        use_only(server.environment())
        providers()["openai"].connect().close()  # loads the SDK, which takes a while, before the job begins
        script = jobs.live(jobs.demo(), speed, time.time())
        server.add(script)
        address = f"openai://{server.id(script.name)}"
        click.echo(f"This is a simulated job. Watching it as `curvewise watch {address}` would:\n", err=True)
        report = follow(address, make_display(), {"interval": LOOK_EVERY}, again="curvewise demo")
    Destination("report", (), None).deliver([report])
    click.echo(
        "\nYou saw a simulated job: its curves and findings as they appeared, and the last report.\n"
        "On a job of your own: curvewise watch ftjob-...    or on files: curvewise check results.csv",
        err=True,
    )


def use_only(environment: Mapping[str, str]) -> None:
    """Replace the credentials that this process sees; those of the user are neither used nor changed."""
    for name in list(os.environ):
        if name.startswith(("OPENAI_", "AZURE_")) or name.lower().endswith("_proxy"):
            del os.environ[name]
    os.environ.update(environment)
