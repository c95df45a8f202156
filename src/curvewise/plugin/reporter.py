"""Reporters: each is an output format."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Literal

import msgspec

from curvewise.discovery import discover
from curvewise.model.report import Report
from curvewise.plugin.decorating import plugin_of
from curvewise.plugin.view import Renderer, Style, views


class Reporter(msgspec.Struct, frozen=True, kw_only=True):
    """An output format. Made by `reporter`.

    Parameters
    ----------
    name
        What to give to ``--format``.
    media_type
        Of the output.
    function
        Renders one report or several.
    renders
        What renders other results in this format, such as ``{"comparison": function}``, beside their views.
    endings
        Of files in this format, such as ``.md``.
    points
        How many points of a curve it can show, about.
    parts
        Parts of a report that it can show alone.
    """

    name: str
    media_type: str
    function: Callable[[Sequence[Report], Style], str]
    renders: Mapping[str, Renderer] = {}
    endings: tuple[str, ...] = ()
    points: int = 400
    parts: tuple[Literal["selection", "curves"], ...] = ()

    def __call__(self, reports: Sequence[Report], style: Style | None = None) -> str:
        """Render one report or several."""
        return self.function(reports, style or Style())


def reporter(
    *,
    name: str,
    media_type: str,
    renders: Mapping[str, Renderer] | None = None,
    endings: tuple[str, ...] = (),
    points: int = 400,
    parts: tuple[Literal["selection", "curves"], ...] = (),
) -> Callable[[Callable[[Sequence[Report], Style], str]], Reporter]:
    """Turn a function ``(reports, style) -> str`` into a `Reporter` for ``--format NAME``.

    Parameters
    ----------
    name
        What to give to ``--format``.
    media_type
        Of the output.
    renders
        Functions ``(result, style) -> str`` that render other results in the same format, by their names.
    endings
        Of files in this format, by which a command finds it.
    points
        How many points of a curve it can show, about.
    parts
        Parts of a report that it can show alone.
    """
    return plugin_of(
        Reporter,
        name=name,
        media_type=media_type,
        renders=renders or {},
        endings=endings,
        points=points,
        parts=parts,
    )


def reporters() -> Mapping[str, Reporter]:
    """Every reporter by the name of its output format."""
    return discover("reports", Reporter)


def renderers(result: str) -> Mapping[str, Renderer]:
    """Return what renders a result, by format.

    Parameters
    ----------
    result
        ``report``, ``choice`` (the ``selection`` of reports), or the name of a view.
    """
    if result == "report":
        return reporters()
    if result == "choice":
        return {name: each for name, each in reporters().items() if "selection" in each.parts}
    further = {name: each.renders[result] for name, each in reporters().items() if result in each.renders}
    return {**views()[result].formats, **further}
