"""Follow a running job or log to its last report."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from curvewise.cli import _options as options
from curvewise.cli._actions import acting
from curvewise.cli._commands import ParsedCommand
from curvewise.cli._output import Destination, Output, writing
from curvewise.cli._stop_rules import Rule, RuleType, Stopping
from curvewise.text import printable

if TYPE_CHECKING:
    from curvewise import Kind

EPILOG = """\b
Examples:
  curvewise watch ftjob-abc123
  curvewise watch azure://ftjob-abc123 --interval 60
  curvewise watch ftjob-abc123 --until-done --format json -o report.json
  curvewise watch outputs/
  curvewise watch train.log --exec 'notify-send curvewise' --idle 3600
  curvewise watch wandb/latest-run --stop-file outputs/STOP --stop-on overfit
  curvewise watch ftjob-abc123 --stop-on overfitting --yes
  curvewise watch ftjob-abc123 --stop-on divergence:warning --stop-by cancel

Exit codes: as `curvewise check` for the last report; 130 after Ctrl-C, 143 after SIGTERM.
The job itself goes on when you stop watching. Progress goes to standard error, the report to
standard output. Of console logs, JSON Lines, event files and .wandb files only what is new is read;
other files are read again when they change.
"""


@click.command(
    cls=ParsedCommand,
    epilog=EPILOG,
)
@click.argument("job", metavar="JOB|PATH")
@click.option(
    "--interval",
    type=click.FloatRange(min=0, min_open=True, max=86_400),
    default=15.0,
    show_default=True,
    metavar="SECONDS",
    help="Time between two looks.",
)
@click.option(
    "--idle",
    type=click.FloatRange(min=0, min_open=True),
    default=1800.0,
    show_default=True,
    metavar="SECONDS",
    help="Time without an answer, or without anything new on the disk, after which to end.",
)
@click.option("--until-done", is_flag=True, help="Wait in silence and print only the last report.")
@click.option(
    "--stop-on",
    "rules",
    type=RuleType(),
    multiple=True,
    metavar="NAME[:warning]",
    help="Stop once this check or diagnosis is a problem, or a warning: a job after a question, a run on the "
    "disk by --stop-file. Repeatable.",
)
@click.option(
    "--stop-by",
    type=click.Choice(["pause", "cancel"]),
    default="pause",
    show_default=True,
    help="A paused job keeps a checkpoint and can be resumed.",
)
@click.option("--yes", is_flag=True, help="Stop without a question.")
@acting
@writing
@options.judging
@options.fail_on
@options.of_kind
@options.verbosity
@click.pass_context
def watch(
    context: click.Context,
    job: str,
    interval: float,
    idle: float,
    until_done: bool,
    rules: tuple[Rule, ...],
    stop_by: Literal["pause", "cancel"],
    yes: bool,
    line: str | None,
    webhook: str | None,
    stop_file: Path | None,
    output_format: str | None,
    outputs: tuple[Output, ...],
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    fail_on: str,
    kind: Kind | None,
    config: Path | None,
    settings: tuple[str, ...],
) -> None:
    """Follow a job until it succeeds, fails, is cancelled or paused; then judge it as `check` does.

    JOB is the address of a job on a service: ftjob-..., openai://ftjob-... or azure://ftjob-...
    PATH is an output folder, a folder of TensorBoard, a .wandb file or a log that is being written: it is
    followed until its log says that it ended, its planned end is reached, or nothing is new for --idle.
    """
    from curvewise.cli._actions import Actions
    from curvewise.cli._followed_job import follow, make_display
    from curvewise.cli._reports import exit_code

    only, without = options.split_names(select) or None, options.split_names(ignore)
    for rule in rules:
        if rule.check in without or (
            rule.check in options.check_names() and only is not None and rule.check not in only
        ):
            raise click.BadParameter(
                f"{rule.check!r} is not among the checks that run", param_hint="--stop-on"
            )
    watching = {
        "interval": interval,
        "patience": idle,
        "kind": kind,
        "profile": options.make_profile(config, settings),
        "select": only,
        "ignore": without,
    }
    destination = Destination("report", outputs, output_format)
    actions = Actions(line=line, webhook=webhook, stop_file=stop_file, stop_on=rules)
    on_disk = _is_path(job)
    if on_disk and rules and stop_file is None:
        raise click.UsageError(
            "a training on this machine is stopped by a file that it looks for: name it with --stop-file"
        )
    stopping = None if on_disk else Stopping(job, rules, by=stop_by, yes=yes)
    display = make_display(silent=until_done, plain=context.meta[options.VERBOSE])
    report = follow(job, display, watching, stopping=stopping, actions=actions)
    if report.run.status == "paused" and not until_done:
        display.say(f"it rests until it is resumed on the service; then: curvewise watch {printable(job)}")
    destination.deliver([report])
    sys.exit(exit_code([report], 0, fail_on))


def _is_path(job: str) -> bool:
    return "://" not in job and (os.path.lexists(job) or not job.startswith("ftjob-"))
