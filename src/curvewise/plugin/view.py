"""How results are rendered: a style, and the views of those that are no report."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

import msgspec

from curvewise.discovery import discover


class Style(msgspec.Struct, frozen=True, kw_only=True):
    """How to render.

    Parameters
    ----------
    width
        Columns of the terminal, or of the page.
    colour
        Whether escape sequences for colours may be written.
    unicode
        Whether characters beyond ASCII may be written.
    part
        ``all`` of the report, only its checkpoint ``selection``, or only its ``curves``.
    detailed
        Whether all findings are wanted, and not the diagnosis alone.
    height
        Most lines that the curves may take; None for as many as they like.
    """

    width: int = 80
    colour: bool = False
    unicode: bool = True
    part: Literal["all", "selection", "curves"] = "all"
    detailed: bool = False
    height: int | None = None


Renderer = Callable[[Any, Style], str]
"""Renders a result of a command in one format."""


class View(msgspec.Struct, frozen=True, kw_only=True):
    """A result that is no report, such as a decision, and what renders it.

    Parameters
    ----------
    name
        What the result is called.
    formats
        What renders it, by the name of the output format.
    """

    name: str
    formats: Mapping[str, Renderer]


def views() -> Mapping[str, View]:
    """Every result that is no report, by name."""
    return discover("views", View)
