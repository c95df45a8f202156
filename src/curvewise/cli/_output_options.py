"""Options of the commands that write one thing, in few formats."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click

from curvewise.cli._options import Command, together


def one_output(*formats: str) -> Callable[[Command], Command]:
    """Add the options that say how and where to: ``--format``, text or one of these, and ``--output``."""
    return lambda command: together(
        command,
        one_format(*formats),
        click.option(
            "-o",
            "--output",
            type=click.Path(dir_okay=False, path_type=Path),
            help="Write to a file instead of standard output.",
        ),
    )


def one_format(*formats: str) -> Callable[[Command], Command]:
    """Add the option ``--format``: text or one of these."""
    return click.option(
        "--format",
        "output_format",
        type=click.Choice(["text", *formats]),
        default="text",
        show_default=True,
        help="Output format.",
    )
