"""The command line. It uses only the public names of `curvewise`, and imports them where they are needed."""

from __future__ import annotations

import gc
import os
import pkgutil
import sys
from importlib import import_module
from typing import NoReturn

import click

from curvewise.version import VERSION

EPILOG = """\b
Examples:
  curvewise check results.csv                 judge a result file
  curvewise check job-folder/ --format json   job, checkpoints, events and results joined
  curvewise pick outputs/                     only the checkpoint table and the choice
  curvewise compare run-a/ run-b/             which run to take
  curvewise report job/ -o report.html        a page, Markdown, SARIF, JUnit
  curvewise plot job/ -o curves.svg           the curves as a picture
  curvewise forecast job/                     would more training help?
  cat metrics.jsonl | curvewise check -       read standard input
  curvewise jobs                              recent jobs, each with its best checkpoint so far
  curvewise check ftjob-abc123                judge a job on a service
  curvewise watch ftjob-abc123                follow a job on a service to its report
  curvewise archive ftjob-abc123 kept/        keep all there is of a job
  curvewise demo                              watch a simulated job
  curvewise explain overfitting               what a check means and what to do

Exit codes: 0 nothing at or above --fail-on, 1 findings, 2 something could not be read or judged.
"""


class Commands(click.Group):
    """The commands of this package: one a module, of the module's name, imported when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands, sorted."""
        del ctx  # they are the same everywhere
        return sorted(found.name for found in pkgutil.iter_modules(__path__) if found.name[0] != "_")

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command by its name; None when there is none."""
        names = self.list_commands(ctx)
        for name in [cmd_name] if cmd_name in names else names:  # a mistyped name is compared with all
            self.add_command(getattr(import_module(f"{__name__}.{name}"), name))
        return super().get_command(ctx, cmd_name)


@click.group(
    cls=Commands,
    epilog=EPILOG,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(VERSION, prog_name="curvewise")
def app() -> None:
    """Read training curves: which checkpoint to deploy, what went wrong, and what to do next."""


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run the command line and exit.

    A mistake of the user ends in one message and exit code 2, never in a traceback; so does a
    mistake of ours, because 1 means findings. Set ``CURVEWISE_TRACEBACK=1`` to see where it is.
    """
    # Curves are small: threads for linear algebra would only cost start-up, 50 ms of it.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    gc.set_threshold(100_000, 50, 50)  # little of what is read is garbage; looking for it takes 0.1 s
    sys.setswitchinterval(0.001)  # an answer that comes while modules are imported is taken at once
    try:
        sys.exit(app.main(args=arguments, prog_name="curvewise", standalone_mode=False))
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        sys.exit(130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # so that the last flush is silent
        sys.exit(141)
    except Exception as error:  # the outermost frame: whatever comes here must end in a message
        if os.environ.get("CURVEWISE_TRACEBACK"):
            raise
        click.echo(f"error: {_describe(error)}", err=True)
        sys.exit(2)
    finally:
        gc.freeze()  # spares the last collection, which walks over all that is left: 0.2 s with an SDK


def _describe(error: Exception) -> str:
    from curvewise.errors import CurvewiseError
    from curvewise.text import printable

    if isinstance(error, CurvewiseError):
        return str(error)
    return (
        f"this is a bug in curvewise: {printable(f'{type(error).__name__}: {error}')}\n"
        "  hint: run it again with CURVEWISE_TRACEBACK=1 and report what it prints"
    )
