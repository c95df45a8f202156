"""The format `model_card`: README.md of a model, with the table that a trainer wrote into it."""

from __future__ import annotations

import re

import msgspec

from curvewise.formats._text_tables import read_last_table
from curvewise.model.run import Run
from curvewise.parsing.document import Document
from curvewise.parsing.logged import setting, with_settings
from curvewise.plugin import file_format

_FRONT = re.compile(r"---\r?\n(.*?)\r?\n---\r?\n", re.DOTALL)
_BASE = re.compile(r"(?m)^base_model:\s*(?:\n\s*-\s*)?['\"]?([\w./-]{1,200})")
_NAME = re.compile(r"(?m)^model-index:\s*\n\s*-\s*name:\s*['\"]?([\w./ -]{1,200})")
_SETTING = re.compile(r"(?m)^- (\w+): ([^\s,]+)[ \t]*\r?$")


def _recognise(document: Document) -> bool:
    head = document.data[:4]
    return head.startswith(b"---") and head[3:].isspace() and bool(document.text_tables)


@file_format(
    title="Model card: README.md with the results of a training",
    recognised_by="metadata between --- lines, and below a table with a step or an epoch and a known metric",
    recognise=_recognise,
)
def model_card(document: Document) -> Run:
    """Read the last table of metrics, and what the card says of the model and its hyperparameters.

    Trainers round what they write there: of a folder it is read only when nothing else is.
    """
    text = document.data.decode("utf-8", "replace")
    front = _FRONT.match(text)
    said = front[1] if front else ""
    run = with_settings(
        read_last_table(document.text_tables, document.mapping),
        {name: setting(value) for name, value in _SETTING.findall(text.partition(" hyperparameters\n")[2])},
    )
    base, name = _BASE.search(said), _NAME.search(said)
    return msgspec.structs.replace(
        run, base_model=base[1] if base else run.base_model, name=name[1].strip() if name else ""
    )
