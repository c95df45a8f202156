"""The format `printed_lists`: lists of numbers within a text, as a script or a notebook prints its losses."""

from __future__ import annotations

from curvewise.formats._lists import hold_a_run, read_lists
from curvewise.model.run import Run
from curvewise.parsing.document import Document
from curvewise.plugin import file_format


def _recognise(document: Document) -> bool:
    return bool(document.printed_lists) and hold_a_run(document.printed_lists, document.mapping)


@file_format(
    title="Lists in a text: a printed history of Keras, `val_losses = [1.3, 1.1]`",
    recognised_by="two numbers or more between brackets behind the name of a known metric",
    recognise=_recognise,
    generic=True,
    last_resort=True,
)
def printed_lists(document: Document) -> Run:
    """Read a list for each metric, over the step or the epoch in another list, else over epochs from 1.

    Python's lists and dictionaries count, and what NumPy and PyTorch print. A log that says as much line by
    line is read as a console log.
    """
    return read_lists(document.printed_lists, document.mapping)
