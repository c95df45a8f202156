"""The report as JSON: the contract that every other format renders."""

from __future__ import annotations

from collections.abc import Sequence

from curvewise.model.codec import encode, encode_reports
from curvewise.model.report import Report
from curvewise.plugin import Style, reporter


@reporter(name="json", media_type="application/json", endings=(".json",), parts=("selection",))
def json(reports: Sequence[Report], style: Style) -> str:
    """Render one report as an object, several as an array."""
    if style.part == "all":
        return encode_reports(reports)
    selections = [report.selection for report in reports]
    return encode(selections[0] if len(selections) == 1 else selections)
