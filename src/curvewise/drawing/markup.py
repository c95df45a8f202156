"""Pieces of HTML: every text is escaped here, and nothing else is written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from curvewise.text import printable

ESCAPES = {"&": "\\u0026", "<": "\\u003c", ">": "\\u003e", "\u2028": "\\u2028", "\u2029": "\\u2029"}
"""Within JSON these stand in strings only; escaped, no text can end the script element or hide its end."""
CELL = "padding:2px 10px 2px 0;vertical-align:top"
FAINT = "opacity:0.7"
PAGE = """<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>{title}</title>
<style>body {{ font: 15px/1.5 system-ui; max-width: 70em; margin: 2em auto; padding: 0 1em }}</style>
</head>
"""


def text(foreign: str, longest: int = 600) -> str:
    """Return a foreign text as HTML, on one line.

    Examples
    --------
    >>> text("<b>&")
    '&lt;b&gt;&amp;'
    """
    return escape(printable(foreign, longest))


def script_data(data_json: str) -> str:
    """Return JSON that may stand within a script element."""
    for char, escaped in ESCAPES.items():
        data_json = data_json.replace(char, escaped)
    return data_json


def element(name: str, *children: str, style: str = "") -> str:
    """Return an element around pieces that are HTML already."""
    styled = f' style="{escape(style)}"' if style else ""
    return f"<{name}{styled}>{''.join(children)}</{name}>"


def table(header: Sequence[str], rows: Iterable[Sequence[str]], *, numbers: Sequence[int] = ()) -> str:
    """Return a table of cells that are HTML already; those of the columns `numbers` stand to the right."""

    def style(index: int) -> str:
        return f"{CELL};text-align:{'right' if index in numbers else 'left'}"

    head = "".join(element("th", cell, style=style(index)) for index, cell in enumerate(header))
    body = "".join(
        element("tr", *(element("td", cell, style=style(index)) for index, cell in enumerate(row)))
        for row in rows
    )
    return element("table", element("thead", element("tr", head)), element("tbody", body))


def page(title: str, *parts: str) -> str:
    """Return a whole document: a title that is no HTML yet, and pieces that are."""
    return f"{PAGE.format(title=text(title))}{element('body', *parts)}\n</html>\n"


def folded(title: str, *children: str) -> str:
    """Return pieces that are shown when the reader opens them."""
    return element("details", element("summary", title), *children)
