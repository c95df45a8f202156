"""Log: the results of one model on one task in a stored log."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from curvewise.errors import MalformedError
from curvewise.model.evaluation import Sample
from curvewise.parsing.json_values import read_json


class Log(msgspec.Struct, frozen=True, kw_only=True):
    """The results of one model on one task."""

    file: str
    model: str  # in the words of the harness
    task: str
    harness: str
    metric: str
    samples: tuple[Sample, ...]
    # why samples may be missing, such as the status; empty when the evaluation was completed
    unfinished: str = ""


def read_line(line: bytes, file: Path, number: int) -> Any:
    """Decode a line of JSON."""
    try:
        return read_json(line)
    except MalformedError as error:
        error.line = number
        raise error.at(file=str(file)) from None
