"""Display: what a notebook shows of a noun that is the last line of a cell."""

from __future__ import annotations

from collections.abc import Callable, Iterable

_renderers: list[Callable[[object], dict[str, str]]] = []


def render_with(renderer: Callable[[object], dict[str, str]]) -> None:
    """Let a function render the nouns for notebooks: text by media type."""
    _renderers[:] = [renderer]


class Displayable:
    """A noun that shows itself in a notebook, by the renderer that the package registers."""

    __slots__ = ()

    def __str__(self) -> str:
        """Return the noun as the plain text that a notebook shows: its own has every number."""
        return _renderers[0](self)["text/plain"]

    def _repr_mimebundle_(
        self, include: Iterable[str] | None = None, exclude: Iterable[str] | None = None
    ) -> dict[str, str]:
        """Return the noun as plain text, Markdown and HTML, by media type."""
        bundle = _renderers[0](self)
        wanted = set(bundle if include is None else include) - set(exclude or ())
        return {media_type: text for media_type, text in bundle.items() if media_type in wanted}

    def _repr_html_(self) -> str:
        """Return the noun as HTML, for programs that ask for nothing else."""
        return _renderers[0](self)["text/html"]
