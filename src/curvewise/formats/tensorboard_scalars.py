"""The format `tensorboard_scalars`: the CSV of one chart that the page of TensorBoard exports."""

from __future__ import annotations

import re
from pathlib import PurePath

from curvewise.model.column_names import MAX_NAME, recognised
from curvewise.model.run import Note, Run
from curvewise.parsing.document import Document
from curvewise.parsing.steps import merge_restarts
from curvewise.plugin import file_format

_HEADER = ("Wall time", "Step", "Value")
_FILE = re.compile(r"(?:run-.*?)?-?tag-(?P<tag>.+?)(?: ?\(\d+\))?", re.IGNORECASE)


def _recognise(document: Document) -> bool:
    return document.header == _HEADER and not document.mapping


@file_format(
    title="TensorBoard scalars (CSV): what its page exports for one chart",
    recognised_by="the columns Wall time, Step and Value",
    recognise=_recognise,
)
def tensorboard_scalars(document: Document) -> Run:
    """Read the values of one tag; its name stands in the name of the file alone, ``run-NAME-tag-TAG.csv``.

    Put the files of one run into a folder and give the folder to read all its tags.
    """
    stem = PurePath(document.name.replace("\\", "/")).name.removesuffix(".csv")
    match = _FILE.fullmatch(stem)
    tag = (match["tag"] if match else stem)[-MAX_NAME:]
    name = recognised(tag)
    unnamed: tuple[Note, ...] = ()
    if name is None:
        text = f"The file holds one series, and its name does not say that {tag} is a metric that is known: "
        unnamed = (Note("unnamed_series", f"{text}name it with `--map full_valid_loss=Value`, for example."),)
    steps, known = document.table.steps("Step")
    keep, notes = merge_restarts(steps[known])
    chosen = known.copy()
    chosen[known] = keep
    series = document.table.series("Step", "Value", chosen)
    return Run(metrics={name or tag: series}, notes=(*notes, *unnamed))
