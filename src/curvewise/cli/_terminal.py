"""What standard output can show: its width, its colours, its characters."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Literal, TextIO

if TYPE_CHECKING:
    from curvewise.plugin import Style

WIDEST = 120
"""Columns beyond which lines become hard to read."""


def style(*, to_file: bool, part: Literal["all", "selection"] = "all", detailed: bool = False) -> Style:
    """Return how to render for where the output goes.

    ``NO_COLOR`` wins over ``FORCE_COLOR``, which wins over what the terminal can do.
    """
    from curvewise.plugin import Style

    encoding = (sys.stdout.encoding or "ascii").lower().replace("-", "")
    return Style(
        width=min(WIDEST, width()),
        colour=not to_file and colour(),
        unicode=to_file or encoding.startswith("utf"),
        part=part,
        detailed=detailed,
    )


def width() -> int:
    """Columns of the terminal: ``COLUMNS``, else what standard output is connected to, else 80."""
    if (told := os.environ.get("COLUMNS", "")).isdecimal() and int(told) > 0:
        return max(20, int(told))
    try:
        columns = os.get_terminal_size(sys.stdout.fileno()).columns
    except (OSError, ValueError):
        return 80
    return max(20, columns) if columns else 80  # a terminal of unknown size reports 0


def colour(stream: TextIO | None = None) -> bool:
    """Whether a stream takes colours: standard output when None."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return (stream or sys.stdout).isatty() and os.environ.get("TERM") != "dumb"
