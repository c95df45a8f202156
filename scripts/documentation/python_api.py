"""The reference of the Python interface, from signatures and docstrings."""

from __future__ import annotations

import importlib
import inspect
import re
import textwrap
from collections.abc import Iterator
from functools import cached_property
from types import ModuleType
from typing import Any, get_args

import msgspec

from curvewise import docstring
from documentation import GENERATED

FOLDER = "docs/python"
MODULES = {
    "curvewise": "Load runs, judge them, compare them, and what comes out.",
    "curvewise.plugin": "Checks, file formats, selectors and output formats of your own.",
    "curvewise.testing": "Runs for tests, and the contract that every plug-in keeps.",
}


def pages() -> Iterator[tuple[str, str]]:
    """Yield the path and the content of the page of each public module, and of their list."""
    yield f"{FOLDER}/README.md", _index()
    for name in MODULES:
        yield f"{FOLDER}/{file_name(name)}", _page(importlib.import_module(name))


def file_name(module: str) -> str:
    """Return the file of a module's page."""
    return f"{module.rpartition('.')[2]}.md"


def public(module: ModuleType) -> dict[str, Any]:
    """Return the public objects of a module by name: ``__all__``, else what it defines itself."""
    names = getattr(module, "__all__", None) or [
        name
        for name, value in vars(module).items()
        if not name.startswith("_") and getattr(value, "__module__", None) == module.__name__
        and (inspect.isclass(value) or callable(value)) and inspect.getdoc(value)
    ]  # fmt: skip
    return {name: getattr(module, name) for name in names}


def _index() -> str:
    lines = [GENERATED, "", "# Python", "", "The names below are public; all others may change.", ""]
    for name, about in MODULES.items():
        lines += [f"## [{name}]({file_name(name)})", "", about, "", "| name | what it is |", "|---|---|"]
        for member, value in sorted(public(importlib.import_module(name)).items(), key=_order):
            lines.append(f"| [`{member}`]({file_name(name)}#{member.lower()}) | {_summary(value)} |")
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def _page(module: ModuleType) -> str:
    page = docstring.parse(inspect.getdoc(module) or "")
    about = page.summary.removeprefix(f"{module.__name__}: ")
    lines = [GENERATED, "", f"# {module.__name__}", "", about[:1].upper() + about[1:], ""]
    lines += [line for part in docstring.paragraphs(page.body) for line in (part, "")]
    lines += _examples(page.sections)
    for name, value in sorted(public(module).items(), key=_order):
        lines += [f"## {name}", "", *_object(name, value)]
    return "\n".join(lines).rstrip() + "\n"


def _order(item: tuple[str, Any]) -> tuple[int, str]:
    """Functions first, then classes, exceptions and names of types."""
    name, value = item
    if inspect.isclass(value):
        return (2 if issubclass(value, Exception) else 1), name
    return (0 if callable(value) and not get_args(value) else 3), name


def _object(name: str, value: Any) -> list[str]:
    if get_args(value):
        return [_summary(value), ""]
    if inspect.isclass(value) and issubclass(value, msgspec.Struct):
        return _struct(value)
    if inspect.isclass(value):
        return _described(inspect.getdoc(value) or "", {})
    return [*_signature(name, value), *_described(inspect.getdoc(value) or "", _parameters(value))]


def _summary(value: Any) -> str:
    if choices := get_args(value):
        return "One of " + ", ".join(f"`{choice!r}`" for choice in choices) + "."
    return docstring.parse(inspect.getdoc(value) or "").summary.replace("|", "\\|")


def _struct(kind: type[msgspec.Struct]) -> list[str]:
    fields = {
        field.name: (kind.__annotations__.get(field.name, ""), _default(field))
        for field in msgspec.structs.fields(kind)
    }
    lines = _described(inspect.getdoc(kind) or "", fields, heading="Fields")
    for name, member in vars(kind).items():
        described = member.__func__ if isinstance(member, classmethod | staticmethod) else member
        if name.startswith("_") or not inspect.getdoc(described) or name in fields:
            continue
        if isinstance(described, property | cached_property):
            lines += [f"### {kind.__name__}.{name}", "", *_described(inspect.getdoc(described) or "", {})]
        elif inspect.isfunction(described):
            lines += [f"### {kind.__name__}.{name}", "", *_signature(f"{kind.__name__}.{name}", described)]
            lines += _described(inspect.getdoc(described) or "", _parameters(described))
    return lines


def _default(field: msgspec.structs.FieldInfo) -> str | None:
    if field.default is not msgspec.NODEFAULT:
        return repr(field.default)
    return repr(field.default_factory()) if field.default_factory is not msgspec.NODEFAULT else None


def _parameters(function: Any) -> dict[str, tuple[str, str | None]]:
    return {
        parameter.name: (
            "" if parameter.annotation is parameter.empty else str(parameter.annotation),
            None if parameter.default is parameter.empty else repr(parameter.default),
        )
        for parameter in inspect.signature(function).parameters.values()
        if parameter.name not in ("self", "cls")
    }


def _signature(name: str, function: Any) -> list[str]:
    """Return a call with its defaults; the types are told with the parameters."""
    signature = inspect.signature(function)
    bare = [
        parameter.replace(annotation=parameter.empty)
        for parameter in signature.parameters.values()
        if parameter.name not in ("self", "cls")
    ]
    returned = signature.return_annotation
    arrow = "" if returned in (signature.empty, "None") else f" -> {returned}"
    call = f"{name}{signature.replace(parameters=bare, return_annotation=signature.empty)}"
    return ["```text", f"{call}{arrow}", "```", ""]


def _described(
    text: str, types: dict[str, tuple[str, str | None]], *, heading: str = "Parameters"
) -> list[str]:
    """Return a docstring as Markdown, its parameters with their types and defaults."""
    page = docstring.parse(text)
    lines = [page.summary, ""]
    lines += [line for part in docstring.paragraphs(page.body) for line in (part, "")]
    told = {name: page.parameters.get(name, "") for name in types} if types else page.parameters
    if any(told.values()):
        lines += [f"**{heading}**", ""]
        lines += [_parameter(name, meaning, *types.get(name, ("", None))) for name, meaning in told.items()]
        lines.append("")
    for title in ("Returns", "Yields", "Raises"):
        if content := page.sections.get(title):
            lines += [f"**{title}**", "", *_entries(content), ""]
    return lines + _examples(page.sections)


def _parameter(name: str, meaning: str, kind: str, default: str | None) -> str:
    about = ", ".join(
        [*([f"`{kind}`"] if kind else []), *([f"default `{default}`"] if default is not None else [])]
    )
    return f"* `{name}`" + (f" ({about})" if about else "") + (f": {meaning}" if meaning else "")


def _entries(text: str) -> list[str]:
    """Return the entries of a section such as Raises: a term, and indented below it what it means."""
    entries = re.split(r"\n(?=\S)", textwrap.dedent(text).strip("\n"))
    lines = []
    for entry in entries:
        term, _, meaning = entry.partition("\n")
        lines.append(f"* `{term.strip()}`" + (f": {' '.join(meaning.split())}" if meaning.strip() else ""))
    return lines


def _examples(sections: dict[str, str]) -> list[str]:
    lines = []
    for title in ("Notes", "References"):
        for part in docstring.paragraphs(sections.get(title, "")):
            lines += [part, ""]
    if examples := sections.get("Examples"):
        lines += ["**Example**", "", *_code(textwrap.dedent(examples).strip("\n"))]
    return lines


def _code(text: str) -> list[str]:
    """Return the examples of a docstring: what runs in a block, the words between as they are."""
    if ">>>" not in text:
        before, _, code = text.partition("::\n")
        return [f"{before}:", "", "```python", textwrap.dedent(code).strip("\n"), "```", ""]
    lines: list[str] = []
    for part in text.split("\n\n"):
        if ">>>" in part:
            lines += ["```pycon", part.strip("\n"), "```", ""]
        else:
            lines += [" ".join(part.split()), ""]
    return lines
