"""The report as JSON: the contract that every other format renders."""

from __future__ import annotations

from collections.abc import Sequence

from curvewise.model.codec import encode, encode_reports
from curvewise.model.comparison import Comparison
from curvewise.model.report import Report
from curvewise.plugin import Style, reporter


def _comparison(comparison: Comparison, style: Style) -> str:
    del style  # JSON has one look
    return encode(comparison)


@reporter(name="json", media_type="application/json", comparison=_comparison, endings=(".json",))
def json(reports: Sequence[Report], style: Style) -> str:
    """Render one report as an object, several as an array."""
    if style.part == "all":
        return encode_reports(reports)
    selections = [report.selection for report in reports]
    return encode(selections[0] if len(selections) == 1 else selections)
