"""JSON of the nouns: NaN and infinity are written as strings, and only what is absent is null."""

from __future__ import annotations

import inspect
import math
import re
from collections.abc import Sequence
from typing import Any

import msgspec

from curvewise import docstring
from curvewise.errors import InputError
from curvewise.model import comparison
from curvewise.model.comparison import Comparison
from curvewise.model.report import ADDED, SCHEMA_VERSION, Report

SCHEMA_ID = f"report-{SCHEMA_VERSION}.json"
COMPARISON_ID = f"comparison-{comparison.SCHEMA_VERSION}.json"
HINT = "pass what `curvewise check --format json` wrote"
_TURNING = re.compile(r"[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufffe\uffff]")
"""What a terminal or an editor would obey or hide; JSON says the same by an escape."""
_NON_FINITE = ("NaN", "Infinity", "-Infinity")


def encode(value: Any) -> str:
    """Write a noun, or a list of nouns, as indented JSON that ends in a newline.

    Examples
    --------
    >>> print(encode({"loss": float("nan"), "absent": None}), end="")
    {
      "loss": "NaN",
      "absent": null
    }
    """
    compact = msgspec.json.encode(_safe(msgspec.to_builtins(value)))
    text = msgspec.json.format(compact, indent=2).decode()
    return _TURNING.sub(lambda match: f"\\u{ord(match[0]):04x}", text) + "\n"


def encode_reports(reports: Sequence[Report]) -> str:
    """Write one report as an object, several as an array."""
    return encode(reports[0] if len(reports) == 1 else list(reports))


def decode_report(data: str | bytes) -> Report:
    """Read one report back; one that was written before a field existed has the field's default.

    Raises
    ------
    InputError
        If it is no report, or one of a later schema version.
    """
    return _report(_json(data), "pass what `curvewise check --format json` wrote for one path")


def decode_reports(data: str | bytes) -> tuple[Report, ...]:
    """Read back one report or several: what `encode_reports` wrote.

    Raises
    ------
    InputError
        If one of them is no report, or one of a later schema version.
    """
    return reports_from(_json(data))


def reports_from(content: Any) -> tuple[Report, ...]:
    """Read one report or several from JSON that was parsed already."""
    return tuple(_report(item, HINT) for item in (content if isinstance(content, list) else [content]))


def _json(data: str | bytes) -> Any:
    try:
        return msgspec.json.decode(data)
    except (ValueError, RecursionError) as error:
        raise InputError(f"this is not JSON: {error}", hint=HINT) from error


def _report(content: Any, hint: str) -> Report:
    found = content.get("schema_version") if isinstance(content, dict) else None
    if not isinstance(found, int):
        raise InputError("this JSON is no curvewise report: it has no schema_version", hint=hint)
    if found > SCHEMA_VERSION:
        raise InputError(
            f"this report has the schema version {found}; this curvewise reads up to {SCHEMA_VERSION}",
            hint="update curvewise",
            field="schema_version",
        )
    try:
        return msgspec.convert(content, Report, strict=False)
    except msgspec.ValidationError as error:
        raise InputError(f"the report breaks its schema: {error}", hint=hint) from error


def schema(noun: type[Report | Comparison] = Report) -> dict[str, Any]:
    """Return the JSON Schema of a report or of a comparison, draft 2020-12."""
    if noun is Report:
        return schema_of(Report, SCHEMA_ID, SCHEMA_VERSION)
    return schema_of(Comparison, COMPARISON_ID, comparison.SCHEMA_VERSION)


def schema_of(noun: type[msgspec.Struct], name: str, version: int) -> dict[str, Any]:
    """Return the JSON Schema of a noun that has a ``schema_version``, draft 2020-12.

    Parameters
    ----------
    noun
        The noun.
    name
        Of the file that holds the schema.
    version
        The schema version.
    """
    _, parts = msgspec.json.schema_components([noun], ref_template="#/$defs/{name}")
    described = {part: _schema_of_json(_described(part, own)) for part, own in sorted(parts.items())}
    whole = described.pop(noun.__name__)
    whole["properties"]["schema_version"] = {"const": version}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": name,
        **whole,
        "$defs": described,
    }


def _described(name: str, part: dict[str, Any]) -> dict[str, Any]:
    """Move the sentences of a docstring to the properties that they describe.

    All are always written; those that older reports lack are not required.
    """
    if "properties" not in part:
        return part
    page = docstring.parse(inspect.cleandoc(part.get("description", "")))
    properties = {
        field: {"description": page.parameters[field], **value} if field in page.parameters else value
        for field, value in part["properties"].items()
    }
    required = [field for field in properties if field not in ADDED.get(name, ())]
    return {**part, "description": page.summary, "properties": properties, "required": required}


def _safe(value: Any) -> Any:
    """Replace what JSON cannot hold: non-finite numbers and lone surrogates."""
    if isinstance(value, float):
        if math.isfinite(value):
            return value
        return "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, dict):
        return {_safe(key): _safe(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_safe(item) for item in value]
    return value


def _schema_of_json(node: Any) -> Any:
    """Say in a schema that a number may be one of the strings for NaN and infinity."""
    if isinstance(node, list):
        return [_schema_of_json(item) for item in node]
    if not isinstance(node, dict):
        return node
    if node.get("type") == "number":
        return {"anyOf": [node, {"enum": list(_NON_FINITE)}]}
    return {key: _schema_of_json(item) for key, item in node.items()}
