"""What the views share: JSON and rows of CSV, which have one look."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from io import StringIO

from curvewise.model.codec import encode
from curvewise.plugin import Style


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
