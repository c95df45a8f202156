"""The command line. It uses only the public names of `curvewise`, and imports them where they are needed."""

from __future__ import annotations

import errno
import gc
import os
import sys
from contextlib import suppress
from typing import NoReturn

import click
from click.core import augment_usage_errors

from curvewise.cli import _copies as copies
from curvewise.cli import _standard_streams as streams
from curvewise.cli._commands import ClosedError, Commands
from curvewise.cli._mistakes import describe
from curvewise.version import VERSION

EPILOG = """\b
Examples:
  curvewise check results.csv            judge a result file
  curvewise results.csv                  the same: a path alone is checked
  curvewise check job/ --format json     the parts of a job joined
  curvewise runs mlflow.db               the runs of a folder or a tracker
  curvewise pick outputs/                only the checkpoints and the choice
  curvewise compare run-a/ run-b/        which run to take
  curvewise fleet sweep/                 many runs: the best, and what helps
  curvewise report job/ -o report.html   a page, Markdown, SARIF, JUnit
  curvewise plot job/ -o curves.svg      the curves as a picture
  curvewise forecast job/                would more training help?
  cat metrics.jsonl | curvewise check -  read standard input
  curvewise jobs                         recent jobs, and the best of each
  curvewise check ftjob-abc123           judge a job on a service
  curvewise watch ftjob-abc123           follow a job to its last report
  curvewise archive ftjob-abc123 kept/   keep all there is of a job
  curvewise demo                         watch a simulated job
  curvewise explain overfitting          what a check means and what to do

Exit codes: 0 nothing at or above --fail-on, 1 findings, 2 something could not be read or judged.
"""


NOT_OURS = frozenset({errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC, errno.EDQUOT, errno.EIO})
"""What the system may refuse at any path, and only the user can mend."""


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
    streams.prepare()
    gc.set_threshold(100_000, 50, 50)  # little of what is read is garbage; looking for it takes 0.1 s
    sys.setswitchinterval(0.001)  # an answer that comes while modules are imported is taken at once
    try:
        parsed = app.main(args=arguments, prog_name="curvewise", standalone_mode=False)
        if isinstance(parsed, click.Context) and (run := parsed.command.callback):
            with parsed, augment_usage_errors(parsed), copies.shown(arguments):
                parsed = run(**parsed.params)
        sys.stdout.flush()
        sys.exit(parsed)
    except click.exceptions.NoArgsIsHelpError as error:
        with suppress(OSError):
            error.show()
        sys.exit(2)
    except click.ClickException as error:
        streams.say(f"error: {describe(error)}")
        sys.exit(2)
    except (click.Abort, KeyboardInterrupt) as error:
        streams.say("interrupted" if isinstance(error, click.Abort) else "\ninterrupted")  # below a ^C
        sys.exit(130)
    except (ClosedError, BrokenPipeError):
        sys.exit(141)
    except Exception as error:  # the outermost frame: whatever comes here must end in a message
        if os.environ.get("CURVEWISE_TRACEBACK"):
            raise
        streams.say(f"error: {_describe(error)}")
        sys.exit(2)
    finally:
        streams.finish()
        gc.freeze()  # spares the last collection, which walks over all that is left: 0.2 s with an SDK


def _describe(error: Exception) -> str:
    from curvewise.errors import CurvewiseError
    from curvewise.text import printable

    if isinstance(error, CurvewiseError):
        return str(error)
    if isinstance(error, OSError) and error.errno in NOT_OURS:
        problem = error.strerror or "it cannot be used"
        if error.filename is None:  # what has no name is standard output or standard error
            return f"the output cannot be written: {problem}\n  hint: make room where it goes"
        place = printable(os.fsdecode(error.filename))
        return f"{place}: {problem}\n  hint: check the rights of this path, and the disk that it is on"
    return (
        f"this is a bug in curvewise: {printable(f'{type(error).__name__}: {error}')}\n"
        "  hint: run it again with CURVEWISE_TRACEBACK=1 and report what it prints"
    )
