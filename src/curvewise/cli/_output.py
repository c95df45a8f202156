"""Where the command line writes: data to standard output or a file, chatter to standard error."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TextIO

import click

if TYPE_CHECKING:
    from curvewise.plugin import Style

WIDEST = 120
"""Columns beyond which lines become hard to read."""


def style(*, to_file: bool, part: Literal["all", "selection"] = "all") -> Style:
    """Say how to render for where the output goes.

    ``NO_COLOR`` wins over ``FORCE_COLOR``, which wins over what the terminal can do.
    """
    from curvewise.plugin import Style

    encoding = (sys.stdout.encoding or "ascii").lower().replace("-", "")
    return Style(
        width=min(WIDEST, terminal_width()),
        colour=not to_file and colour(),
        unicode=to_file or encoding.startswith("utf"),
        part=part,
    )


def terminal_width() -> int:
    """Columns of the terminal: ``COLUMNS``, else what standard output is connected to, else 80."""
    if (columns := os.environ.get("COLUMNS", "")).isdigit() and int(columns) > 0:
        return max(20, int(columns))
    try:
        return max(20, os.get_terminal_size(sys.stdout.fileno()).columns) or 80
    except (OSError, ValueError):
        return 80


def colour(stream: TextIO | None = None) -> bool:
    """Whether a stream takes colours: standard output when None."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return (stream or sys.stdout).isatty() and os.environ.get("TERM") != "dumb"


def write(text: str, output: Path | None) -> None:
    """Write to standard output, or whole to a file: it is replaced only when everything is written.

    Raises
    ------
    UsageError
        If the file cannot be written.
    """
    if output is None:
        click.echo(text, nl=False, color=True)  # the style already decided on colours
        return
    import tempfile  # drags in much that a report on the screen does not need

    from curvewise import UsageError

    try:
        handle, temporary = tempfile.mkstemp(dir=output.parent, prefix=f".{output.name}.")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        Path(temporary).chmod(0o666 & ~_umask())
        Path(temporary).replace(output)
    except OSError as error:
        raise UsageError(
            f"cannot write: {error.strerror}", hint="name a file in a folder that exists", file=str(output)
        ) from error
    click.echo(f"wrote {output}", err=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
