"""Shown: what a notebook shows of a noun that is the last line of a cell."""

from __future__ import annotations

import importlib
from collections.abc import Iterable
from typing import Any


class Shown:
    """A noun that shows itself in a notebook.

    How is not its affair: the module that knows the output formats is looked up when a notebook asks.
    """

    __slots__ = ()

    def _repr_mimebundle_(
        self, include: Iterable[str] | None = None, exclude: Iterable[str] | None = None
    ) -> dict[str, str]:
        """Return the noun as plain text, Markdown and HTML, by media type."""
        bundle: dict[str, str] = _notebook().bundle(self)
        wanted = set(bundle if include is None else include) - set(exclude or ())
        return {media_type: text for media_type, text in bundle.items() if media_type in wanted}

    def _repr_html_(self) -> str:
        """Return the noun as HTML, for programs that ask for nothing else."""
        html: str = _notebook().bundle(self)["text/html"]
        return html


def _notebook() -> Any:
    return importlib.import_module("curvewise.notebook")
