"""The JSON that curvewise writes, as a page that a person can read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from curvewise.model import codec
from documentation import GENERATED

NON_FINITE = ["NaN", "Infinity", "-Infinity"]


def pages() -> Iterator[tuple[str, str]]:
    """Yield the path and the content of the page."""
    yield "docs/report-json.md", _page(codec.schema())


def _page(schema: dict[str, Any]) -> str:
    lines = [
        GENERATED, "", "# The report as JSON", "",
        "`curvewise check --format json` writes one report as an object, several as an array. Every other "
        "output renders it and nothing else. As a schema: "
        f"[{codec.SCHEMA_ID}](../schema/{codec.SCHEMA_ID}).", "",
        "`null` means absent, and only that; NaN and infinity are the strings `\"NaN\"`, `\"Infinity\"` and "
        "`\"-Infinity\"`. A later version of curvewise may add fields. `schema_version` grows when one "
        "changes its meaning or goes away.", "",
    ]  # fmt: skip
    structures = {schema["title"]: schema, **schema["$defs"]}
    for name, structure in structures.items():
        lines += [f"## {name}", "", structure.get("description", ""), "", "| field | type | meaning |"]
        lines.append("|---|---|---|")
        required = structure.get("required", [])
        for field, node in structure["properties"].items():
            absent = "" if field in required else " May be absent."
            meaning = " ".join(_description(node).replace("|", "\\|").split())
            lines.append(f"| `{field}` | {_type(node)} | {meaning}{absent} |")
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def _description(node: dict[str, Any]) -> str:
    inner = (part["description"] for part in node.get("anyOf", ()) if "description" in part)
    return node.get("description") or next(inner, "")


def _type(node: dict[str, Any]) -> str:
    """Say what a value is: ``number or null``, ``list of Finding``."""
    if "$ref" in node:
        name = node["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "anyOf" in node:
        parts = [_type(part) for part in node["anyOf"] if part.get("enum") != NON_FINITE]
        return " or ".join(dict.fromkeys(parts))
    if "const" in node:
        return f"`{node['const']}`"
    if "enum" in node:
        return " or ".join("null" if value is None else f"`{value}`" for value in node["enum"])
    match node.get("type"):
        case "array" if "prefixItems" in node:
            return "list of " + " and ".join(_type(part) for part in node["prefixItems"])
        case "array":
            return f"list of {_type(node.get('items') or {})}"
        case "object" if isinstance(node.get("additionalProperties"), dict):
            return f"object: name to {_type(node['additionalProperties'])}"
        case str(kind):
            return kind
        case _:
            return "any"
