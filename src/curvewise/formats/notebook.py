"""The format `notebook`: the outputs of a Jupyter notebook in which a model was trained."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from curvewise.errors import MalformedError
from curvewise.formats._text_tables import read_last_table
from curvewise.model.column_names import holds_metrics
from curvewise.model.run import Run
from curvewise.parsing.document import Document
from curvewise.parsing.text_tables import TextTable, read_text_tables
from curvewise.plugin import file_format
from curvewise.plugin import formats as known_formats

_TEXT = ("text/html", "text/markdown", "text/plain")


def _recognise(document: Document) -> bool:
    value = document.json if document.is_json and not document.is_json_lines else None
    return isinstance(value, dict) and isinstance(value.get("cells"), list) and "nbformat" in value


@file_format(
    title="Jupyter notebook: tables and logs among its outputs",
    recognised_by="a JSON object with cells and nbformat",
    recognise=_recognise,
)
def notebook(document: Document) -> Run:
    """Read the last table of metrics among the outputs, else what the cells printed, or showed, as text.

    Raises
    ------
    MalformedError
        If no output holds a metric.
    """
    tables: list[TextTable] = []
    printed: list[str] = []
    shown: list[str] = []
    for kind, text in _outputs(document.json):
        if kind == "stream":
            printed.append(text)
        else:
            tables.extend(table for table in read_text_tables(text) if holds_metrics(table.header))
            shown.append(text)
    if tables:
        return read_last_table(tables, document.mapping, "\n".join(shown))
    for texts in (printed, shown):
        log = Document(document.name, "\n".join(texts).encode() or b" \n.", document.mapping)
        for form in (known_formats()["printed_lists"], known_formats()["console_log"]):
            if form.recognise(log):
                return msgspec.structs.replace(form.function(log), source=document.name)
    raise MalformedError(
        "no output of this notebook holds a metric",
        hint="run it and save it with its outputs, or give the log of the training",
    )


def _outputs(value: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the texts of the outputs: what was printed, and the richest form of what was shown."""
    for cell in value["cells"]:
        outputs = cell.get("outputs") if isinstance(cell, dict) else None
        for output in outputs if isinstance(outputs, list) else ():
            if not isinstance(output, dict):
                continue
            if output.get("output_type") == "stream":
                yield "stream", _joined(output.get("text"))
            data = output.get("data")
            if isinstance(data, dict) and (kind := next((kind for kind in _TEXT if kind in data), None)):
                yield kind, _joined(data[kind])


def _joined(text: object) -> str:
    """Return a text that a notebook may hold as a list of lines."""
    parts = text if isinstance(text, list) else [text]
    return "".join(part for part in parts if isinstance(part, str))
