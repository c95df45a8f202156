"""The page of a fleet: a table of all runs that sorts and filters in the browser, within one file."""

from __future__ import annotations

import base64
import hashlib
import math
import re
from collections import Counter
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

from msgspec import json

from curvewise.drawing.markup import script_data
from curvewise.model.fleet import Fleet, FleetRow
from curvewise.text import printable

PAGE = Path(__file__).parent / "fleet_page.html"
FIELDS = (
    "address", "severity", "diagnosis", "metric", "best", "best_low", "best_high", "last", "steps", "epochs",
)  # fmt: skip
MOST_SETTINGS = 12
"""Hyperparameters that have a column: those that most runs state."""
DATA = '<script type="application/json" id="data">null</script>'


def fleet_page(fleet: Fleet, read: str, parts: Sequence[tuple[str, list[str]]]) -> str:
    """Return the page, below what the runs say together."""
    page = PAGE.read_text(encoding="utf-8")
    title = f"<title>{escape(printable(f'{fleet.found:,} runs · curvewise'))}</title>"
    page = page.replace("<title>curvewise</title>", f"{_policy(page)}{title}")
    return page.replace(
        DATA, DATA.replace("null", script_data(json.encode(_data(fleet, read, parts)).decode()))
    )


def _policy(page: str) -> str:
    """Allow the script and the style of the page alone, by their hashes, and nothing from anywhere."""
    parts = [
        re.search(pattern, page, re.DOTALL)
        for pattern in (r"<script>(.*?)</script>", r"<style>(.*?)</style>")
    ]
    script, style = (
        base64.b64encode(hashlib.sha256(part[1].encode()).digest()).decode()
        for part in parts
        if part is not None
    )
    policy = (
        f"default-src 'none'; script-src 'sha256-{script}'; style-src 'sha256-{style}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    return f'<meta http-equiv="Content-Security-Policy" content="{policy}">'


def _data(fleet: Fleet, read: str, parts: Sequence[tuple[str, list[str]]]) -> dict[str, Any]:
    rows = fleet.rows
    stated = Counter(name for row in rows for name in row.hyperparameters)
    columns = [_column(field, [_value(row, field) for row in rows]) for field in FIELDS]
    for name, _ in stated.most_common(MOST_SETTINGS):
        column = _column(name, [row.hyperparameters.get(name) for row in rows])
        columns.append({**column, "setting": True})
    return {
        "headline": printable(fleet.headline, 400),
        "read": read,
        "parts": [
            {"title": title, "lines": [printable(line.strip()) for line in lines]} for title, lines in parts
        ],
        "length": len(rows),
        "columns": columns,
        "summary": _column("summary", [row.problem or row.summary for row in rows]),
        "findings": _column("findings", [_alarms(row) for row in rows]),
        "course": _course(fleet),
    }


def _value(row: FleetRow, field: str) -> Any:
    return "not read" if row.problem and field == "diagnosis" else getattr(row, field)


def _alarms(row: FleetRow) -> str:
    alarms = [name for name, status in row.findings.items() if status in ("problem", "warning", "crashed")]
    return f"Findings: {', '.join(alarms)}" if alarms else ""


def _column(name: str, values: Sequence[Any]) -> dict[str, Any]:
    """Return a column: numbers as they are, and texts as places in a list of those that occur."""
    name = printable(name, 60)
    if all(
        value is None or (isinstance(value, float | int) and not isinstance(value, bool)) for value in values
    ):
        return {"name": name, "values": values}
    said = [None if value is None else printable(str(value), 400) for value in values]
    places = {text: place for place, text in enumerate(dict.fromkeys(said))}
    return {"name": name, "texts": list(places), "values": [places[text] for text in said]}


def _course(fleet: Fleet) -> dict[str, Any]:
    """Return the best value so far over the steps trained, where it changes, by the files' times."""
    sign = -1 if fleet.better == "higher" else 1
    compared = [
        row
        for row in fleet.rows
        if row.deploy and row.metric == fleet.metric and row.best is not None and math.isfinite(row.best)
    ]
    cost, best = [0.0], [0.0]
    total, reached = 0.0, math.inf
    for row in sorted(compared, key=_written_at):
        total += row.steps or 0
        if sign * (row.best or 0.0) < reached:
            reached = sign * (row.best or 0.0)
            cost.append(total)
            best.append(sign * reached)
    by = printable(fleet.metric or "", 60)
    return {"by": by, "cost": [*cost[1:], total], "best": [*best[1:], *best[-1:]]}


def _written_at(row: FleetRow) -> tuple[int, str]:
    return int(row.stamp.rpartition(":")[2] or 0), row.address
