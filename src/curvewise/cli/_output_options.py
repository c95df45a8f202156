"""Options of the commands that write one thing, in few formats."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from curvewise.cli._options import Command, together

ENDINGS = {".json": "json", ".csv": "csv", ".md": "markdown"}
"""Format of a file by the ending of its name; any other is text."""


def one_output(*formats: str) -> Callable[[Command], Command]:
    """Add the options that say how and where to: ``--format``, text or one of these, and ``--output``."""
    return lambda command: together(
        command,
        _format(formats, callback=_by_ending, show_default="by the ending of the file, else text"),
        click.option(
            "-o",
            "--output",
            type=click.Path(dir_okay=False, path_type=Path),
            is_eager=True,  # its ending is looked at for the format
            help="Write to a file instead of standard output.",
        ),
    )


def _by_ending(context: click.Context, option: click.Parameter, named: str | None) -> str:
    output = context.params.get("output")
    ending = ENDINGS.get(output.suffix.lower(), "text") if output is not None else "text"
    known = option.type.choices if isinstance(option.type, click.Choice) else ()
    return named or (ending if ending in known else "text")


def one_format(*formats: str) -> Callable[[Command], Command]:
    """Add the option ``--format``: text or one of these."""
    return _format(formats, default="text", show_default=True)


def _format(formats: Sequence[str], **how: Any) -> Callable[[Command], Command]:
    choice = click.Choice(["text", *formats])
    return click.option("--format", "output_format", type=choice, help="Output format.", **how)
