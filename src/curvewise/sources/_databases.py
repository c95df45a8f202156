"""Databases of trackers: which of those at a place have the tables of one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from curvewise.errors import CurvewiseError
from curvewise.parsing.json_values import read_json
from curvewise.plugin.source import Place
from curvewise.sources._folder import holds_trainer_output


def databases(place: Place, wanted: Mapping[str, set[str]]) -> list[str]:
    """Return the paths of databases with some tables; beside the output of a trainer they are passed over."""
    if place.is_folder and place.databases and (place.listing.events or holds_trainer_output(place)):
        return []
    return [
        path
        for path, tables in place.databases.items()
        if all(columns <= tables.get(table, frozenset()) for table, columns in wanted.items())
    ]


def seconds(text: object) -> float | None:
    """Return a time in ISO 8601 as seconds since 1970; None for what is none."""
    try:
        return datetime.fromisoformat(str(text)).timestamp()
    except (ValueError, OverflowError, OSError):
        return None


def read_object(cell: object) -> dict[str, Any]:
    """Return the object that a cell holds as JSON; nothing when it holds none."""
    data = cell.encode() if isinstance(cell, str) else cell
    try:
        value = read_json(data) if isinstance(data, bytes) else None
    except CurvewiseError:
        return {}
    return value if isinstance(value, dict) else {}
