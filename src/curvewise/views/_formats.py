"""What the views share: JSON, rows of CSV, and every format of a plain table."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from io import StringIO
from typing import Any

from curvewise.drawing import markdown, markup
from curvewise.model.codec import encode
from curvewise.plugin import Style
from curvewise.plugin.view import Renderer
from curvewise.text import cell

Cells = Iterable[Sequence[str | float | None]]


def as_json(result: object, style: Style) -> str:
    """Return a result as JSON: the contract that every other format renders."""
    del style  # JSON has one look
    return encode(result)


def as_csv(rows: Iterable[Sequence[object]]) -> str:
    """Return rows as CSV."""
    import csv  # a report on the screen does not need it

    out = StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue()


def table_formats(
    title: str,
    header: Sequence[str],
    rows: Callable[[Any], Cells],
    lead: Callable[[Any], Iterable[str]] = lambda _: (),
) -> Mapping[str, Renderer]:
    """Return the JSON, CSV, Markdown and HTML of a result that is one table, below a few lines of text."""

    def as_cells(result: object, written: Callable[[str, int], str]) -> Iterable[list[str]]:
        for row in rows(result):
            yield [written("" if value is None else str(value), 400) for value in row]

    def as_rows(result: object, style: Style) -> str:
        del style  # a table has one look
        return as_csv([header, *([cell(value) for value in row] for row in rows(result))])

    def as_markdown(result: object, style: Style) -> str:
        del style  # a page has one look
        lines = [part for line in lead(result) for part in (markdown.text(line, 600), "")]
        cells = as_cells(result, markdown.text)
        return "\n".join([*lines, *markdown.table(header, cells, words=range(len(header))), ""])

    def as_page(result: object, style: Style) -> str:
        del style  # a page has one look
        lines = (markup.element("p", markup.text(line)) for line in lead(result))
        cells = as_cells(result, markup.text)
        return markup.page(
            f"{title} · curvewise", markup.element("h1", title), *lines, markup.table(header, cells)
        )

    return {"json": as_json, "csv": as_rows, "markdown": as_markdown, "html": as_page}
