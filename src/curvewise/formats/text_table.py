"""The format `text_table`: a table of metrics within a text, such as a model card or a saved page."""

from __future__ import annotations

from curvewise.formats._text_tables import read_last_table
from curvewise.model.run import Run
from curvewise.parsing.document import Document
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
    text = document.data.decode("utf-8", "replace")
    return read_last_table(document.text_tables, document.mapping, text)
