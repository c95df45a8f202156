"""Numpydoc docstrings taken apart: they are the pages that `curvewise explain` and the site show."""

from __future__ import annotations

import re

import msgspec

_HEADING = re.compile(r"^(?P<title>[A-Z][A-Za-z ]+)\n-{3,}\n", re.MULTILINE)
_ENTRY = re.compile(r"^(?P<names>\*{0,2}\w+(?:, \w+)*)(?: : .*)?$")


class Docstring(msgspec.Struct, frozen=True):
    """A docstring in parts.

    Parameters
    ----------
    summary
        First line.
    body
        Paragraphs up to the first section.
    parameters
        Description of each name in the section Parameters, or Attributes.
    sections
        Text of the other sections by title.
    """

    summary: str
    body: str
    parameters: dict[str, str]
    sections: dict[str, str]


def parse(text: str) -> Docstring:
    r"""Take a cleaned docstring (`inspect.cleandoc`) apart.

    Examples
    --------
    >>> parse("Too few.\n\nWhy.\n\nParameters\n----------\nlimit\n    Least number.").parameters
    {'limit': 'Least number.'}
    """
    pieces = _HEADING.split(text)
    summary, body = _opening(pieces[0])
    sections = {title: content.strip("\n") for title, content in zip(pieces[1::2], pieces[2::2], strict=True)}
    parameters = _entries(sections.pop("Parameters", sections.pop("Attributes", "")))
    return Docstring(summary, body, parameters, sections)


def opening(text: str) -> tuple[str, str]:
    """Return the summary of a cleaned docstring, and its paragraphs up to the first section."""
    heading = _HEADING.search(text)
    return _opening(text[: heading.start()] if heading else text)


def _opening(text: str) -> tuple[str, str]:
    summary, _, body = text.strip().partition("\n\n")
    return " ".join(summary.split()), body.strip()


def paragraphs(text: str) -> list[str]:
    """Split a text at blank lines and undo the line breaks within each part."""
    return [" ".join(part.split()) for part in re.split(r"\n\s*\n", text) if part.strip()]


def _entries(text: str) -> dict[str, str]:
    entries: dict[str, list[str]] = {}
    names: list[str] = []
    for line in text.splitlines():
        if (match := _ENTRY.match(line)) and not line.startswith(" "):
            names = match["names"].replace("*", "").split(", ")
            entries.update({name: [] for name in names})
        else:
            for name in names:
                entries[name].append(line.strip())
    return {name: " ".join(" ".join(lines).split()) for name, lines in entries.items()}
