"""The report as one HTML page that needs no network, no server and no other file."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import msgspec

from curvewise.drawing.markup import script_data
from curvewise.drawing.story import told_figures
from curvewise.model.codec import encode, encode_reports
from curvewise.model.comparison import Comparison
from curvewise.model.decision import Decision
from curvewise.model.report import Report
from curvewise.model.run import Note
from curvewise.plugin import Style, reporter
from curvewise.text import printable

PAGE = Path(__file__).parent / "page" / "page.html"
"""Built from `web/` by ``make page``."""

TITLE, DATA = "<title>curvewise</title>", '<script type="application/json" id="data">null</script>'
"""What the built page holds in place of a title and of data."""

POINTS = 20_000
"""Points of a curve that the page gets: enough to zoom into, and little enough to load at once."""


ROWS = 500
"""Lines of the checkpoint table of a page; without a list of checkpoints every evaluated step is one."""


def _comparison(comparison: Comparison, style: Style) -> str:
    del style  # the page adapts itself to the reader
    return page(encode(comparison), f"{len(comparison.runs)} runs compared · curvewise")


def _decision(decision: Decision, style: Style) -> str:
    del style  # the page adapts itself to the reader
    facts = " · ".join(fact for fact in (decision.task, decision.run) if fact)
    return page(encode(decision), f"{facts or 'Decision'} · curvewise")


@reporter(
    name="html",
    media_type="text/html",
    renders={"comparison": _comparison, "decision": _decision},
    endings=(".html", ".htm"),
    points=POINTS,
)
def html(reports: Sequence[Report], style: Style) -> str:
    """Render one report as a page, several as a page with a list of them."""
    del style  # the page adapts itself to the reader
    shown = [
        _with_short_table(msgspec.structs.replace(report, figures=told_figures(report))) for report in reports
    ]
    title = shown[0].run.name or shown[0].run.source if len(shown) == 1 else f"{len(shown)} runs"
    return page(encode_reports(shown), f"{title} · curvewise")


def page(data_json: str, title: str) -> str:
    r"""Put data and a title into the page.

    Parameters
    ----------
    data_json
        A report, an array of reports, a comparison, an object with ``comparison`` and ``reports``, or a
        decision.
    title
        What the browser shows on the tab.

    Examples
    --------
    >>> made = page('{"name": "</script><!--"}', "a < b")
    >>> "<title>a &lt; b</title>" in made, r'{"name":"\u003c/script\u003e\u003c!--"}' in made
    (True, True)
    """
    from html import escape  # the name of the reporter hides the module

    before, middle, after = _template()
    compact = msgspec.json.format(data_json, indent=-1)
    shown = f"<title>{escape(printable(title))}</title>"
    return "".join((before, shown, middle, DATA.replace("null", script_data(compact)), after))


@cache
def _template() -> tuple[str, str, str]:
    before, rest = PAGE.read_text(encoding="utf-8").split(TITLE)
    middle, after = rest.split(DATA)
    return before, middle, after


def _with_short_table(report: Report) -> Report:
    """Return a report whose table has the lines that the choice speaks of, and others evenly between them."""
    selection = report.selection
    count = len(selection.table)
    if count <= ROWS:
        return report
    picks = (*((selection.best,) if selection.best else ()), *selection.tied[:ROWS], *selection.candidates)
    named = {pick.step for pick in picks}
    even = {index * (count - 1) // (ROWS - 1) for index in range(ROWS)}
    rows = tuple(row for index, row in enumerate(selection.table) if index in even or row.step in named)
    note = Note("short_table", f"The table of checkpoints shows {len(rows):,} of {count:,} evaluated steps.")
    short = msgspec.structs.replace(selection, table=rows, tied=selection.tied[:ROWS])
    return msgspec.structs.replace(report, selection=short, notes=(*report.notes, note))
