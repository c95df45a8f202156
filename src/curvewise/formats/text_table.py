"""The format `text_table`: a table of metrics within a text, such as a model card or a saved page."""

from __future__ import annotations

import msgspec

from curvewise.formats._text_tables import read_last_table
from curvewise.model.run import Note, Run
from curvewise.parsing.document import Document
from curvewise.parsing.text_tables import stray_rows
from curvewise.plugin import file_format


def _recognise(document: Document) -> bool:
    return bool(document.text_tables)


@file_format(
    title="Table within a text: Markdown (model cards), HTML, columns that spaces align",
    recognised_by="a table with a step or an epoch and a known metric, such as Training Loss",
    recognise=_recognise,
    generic=True,
    last_resort=True,
)
def text_table(document: Document) -> Run:
    """Read the table of metrics of a model card, a page or a paste; of several, the last one.

    ``No log``, ``-`` and ``N/A`` are blanks, and so is pandas' ``NaN``; ``nan`` is what a trainer measured.
    Beside a validation loss, columns such as Wer or Accuracy are of the evaluation.
    """
    text, tables = document.data.decode("utf-8", "replace"), document.text_tables
    run = read_last_table(tables, document.mapping, text)
    if (strays := stray_rows(text, tables)) == 0:
        return run
    was = "line of numbers beside the table was" if strays == 1 else "lines of numbers beside the table were"
    said = f"{strays:,} {was} passed over."
    return msgspec.structs.replace(run, notes=(*run.notes, Note("stray_rows", said)))
