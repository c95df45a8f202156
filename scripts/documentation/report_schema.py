"""The JSON that curvewise writes, as a page that a person can read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from curvewise.model import codec
from curvewise.model.comparison import Comparison
from curvewise.model.report import Report
from documentation import GENERATED

NON_FINITE = ["NaN", "Infinity", "-Infinity"]


def pages() -> Iterator[tuple[str, str]]:
    """Yield the path and the content of the page."""
    report, comparison = codec.schema(Report), codec.schema(Comparison)
    yield (
        "docs/report-json.md",
        _page(
            "The report as JSON",
            "`curvewise check --format json` writes one report as an object, several as an array. Every "
            "other output renders it and nothing else.",
            report,
            {},
        ),
    )
    yield (
        "docs/comparison-json.md",
        _page(
            "The comparison as JSON",
            "`curvewise compare --format json` writes it. What it shares with a report is told "
            "[there](report-json.md).",
            comparison,
            report["$defs"],
        ),
    )


def _page(title: str, about: str, schema: dict[str, Any], known: Mapping[str, object]) -> str:
    """Return the page of a schema; the structures that are `known` stand on that of the report."""
    lines = [
        GENERATED, "", f"# {title}", "",
        f"{about} As a schema: [{schema['$id']}](../schema/{schema['$id']}).", "",
        "`null` means absent, and only that; NaN and infinity are the strings `\"NaN\"`, `\"Infinity\"` and "
        "`\"-Infinity\"`. A later version of curvewise may add fields. `schema_version` grows when one "
        "changes its meaning or goes away.", "",
    ]  # fmt: skip
    own = {name: part for name, part in schema["$defs"].items() if name not in known}
    structures = {schema["title"]: schema, **own}
    for name, structure in structures.items():
        lines += [f"## {name}", "", structure.get("description", ""), "", "| field | type | meaning |"]
        lines.append("|---|---|---|")
        required = structure.get("required", [])
        for field, node in structure["properties"].items():
            absent = "" if field in required else " May be absent."
            meaning = " ".join(_description(node).replace("|", "\\|").replace("None", "null").split())
            lines.append(f"| `{field}` | {_type(node, known)} | {meaning}{absent} |")
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def _description(node: dict[str, Any]) -> str:
    inner = (part["description"] for part in node.get("anyOf", ()) if "description" in part)
    return node.get("description") or next(inner, "")


def _type(node: dict[str, Any], known: Mapping[str, object]) -> str:
    """Say what a value is: ``number or null``, ``list of Finding``."""
    if "$ref" in node:
        name = node["$ref"].rpartition("/")[2]
        return f"[{name}]({'report-json.md' if name in known else ''}#{name.lower()})"
    if "anyOf" in node:
        parts = [_type(part, known) for part in node["anyOf"] if part.get("enum") != NON_FINITE]
        return " or ".join(dict.fromkeys(parts))
    if "const" in node:
        return f"`{node['const']}`"
    if "enum" in node:
        return " or ".join("null" if value is None else f"`{value}`" for value in node["enum"])
    match node.get("type"):
        case "array" if "prefixItems" in node:
            return "list of " + " and ".join(_type(part, known) for part in node["prefixItems"])
        case "array":
            return f"list of {_type(node.get('items') or {}, known)}"
        case "object" if isinstance(node.get("additionalProperties"), dict):
            return f"object: name to {_type(node['additionalProperties'], known)}"
        case str(kind):
            return kind
        case _:
            return "any"
