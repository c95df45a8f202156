"""The page of a fleet: a table of all runs that sorts and filters in the browser, within one file."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from msgspec import json

from curvewise.drawing.markup import script_data
from curvewise.model.fleet import Fleet, FleetRow
from curvewise.model.metrics import in_words
from curvewise.text import printable

PAGE = Path(__file__).parent / "page" / "fleet.html"
"""Built from ``web/`` by ``make page``."""
FIELDS = (
    "address", "severity", "diagnosis", "metric", "best", "best_low", "best_high", "last", "steps", "epochs",
)  # fmt: skip
MOST_SETTINGS = 12
"""Hyperparameters that have a column: those that separate or vary, and then those that most runs state."""
DATA = '<script type="application/json" id="data">null</script>'


def fleet_page(
    fleet: Fleet,
    said: tuple[str, str],
    parts: Sequence[tuple[str, list[str]]],
    reports: Mapping[str, str],
    folder: str,
) -> str:
    """Return the page: headline and what was read, parts, and links to reports by the addresses of runs.

    Of the folder that all runs lie below, the addresses that are shown say nothing.
    """
    page = PAGE.read_text(encoding="utf-8")
    title = escape(printable(f"{fleet.found:,} runs · curvewise"))
    page = page.replace("<title>curvewise</title>", f"<title>{title}</title>")
    data = script_data(json.encode(_data(fleet, said, parts, reports, folder)).decode())
    return page.replace(DATA, DATA.replace("null", data))


def _data(
    fleet: Fleet,
    said: tuple[str, str],
    parts: Sequence[tuple[str, list[str]]],
    reports: Mapping[str, str],
    folder: str,
) -> dict[str, Any]:
    rows = fleet.rows
    compared = [place for place, row in enumerate(rows) if _is_compared(row, fleet)]
    varied = list(dict.fromkeys([*(effect.name for effect in fleet.effects), *fleet.looked_at]))
    stated = Counter(name for row in rows for name in row.hyperparameters)
    shown = list(dict.fromkeys([*varied, *(name for name, _ in stated.most_common())]))[:MOST_SETTINGS]
    columns = [_column(field, [_value(row, field, folder) for row in rows]) for field in FIELDS]
    for name in shown:
        column = _column(name, [row.hyperparameters.get(name) for row in rows])
        columns.append({**column, "setting": True})
    return {
        "headline": said[0],
        "read": said[1],
        "folder": folder,
        "parts": [
            {"title": title, "lines": [printable(line.strip()) for line in lines]} for title, lines in parts
        ],
        "length": len(rows),
        "columns": columns,
        "summary": _column("summary", [row.problem or row.summary for row in rows]),
        "findings": _column("findings", [_alarms(row) for row in rows]),
        "reports": {place: reports[row.address] for place, row in enumerate(rows) if row.address in reports},
        "metric": printable(in_words(fleet.metric or ""), 60),
        "lower": fleet.better != "higher",
        "compared": sorted(compared, key=lambda place: _written_at(rows[place])),
        "varied": [printable(name, 60) for name in varied],
    }


def _is_compared(row: FleetRow, fleet: Fleet) -> bool:
    return row.deploy and row.metric == fleet.metric and row.best is not None and math.isfinite(row.best)


def _value(row: FleetRow, field: str, folder: str) -> Any:
    if field == "address":
        return row.address.removeprefix(folder)
    if field == "metric":
        return row.metric and in_words(row.metric)
    if row.problem and field == "diagnosis":
        return "not read" if row.is_run else "no run"
    return getattr(row, field)


def _alarms(row: FleetRow) -> str:
    alarms = [name for name, status in row.findings.items() if status in ("problem", "warning", "crashed")]
    return f"Findings: {', '.join(alarms)}" if alarms else ""


def _column(name: str, values: Sequence[Any]) -> dict[str, Any]:
    """Return a column: numbers with 7 digits, or texts as places in a list of those that occur."""
    name = printable(name, 60)
    if all(
        value is None or (isinstance(value, float | int) and not isinstance(value, bool)) for value in values
    ):
        return {
            "name": name,
            "values": [value if value is None else float(f"{value:.7g}") for value in values],
        }
    said = [None if value is None else printable(str(value), 400) for value in values]
    places = {text: place for place, text in enumerate(dict.fromkeys(said))}
    if len(places) == len(said):
        return {"name": name, "texts": said}
    return {"name": name, "texts": list(places), "values": [places[text] for text in said]}


def _written_at(row: FleetRow) -> tuple[int, str]:
    return int(row.stamp.rpartition(":")[2] or 0), row.address
