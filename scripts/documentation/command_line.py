"""The reference of the command line, from the commands themselves."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

import click

from curvewise.cli import app
from documentation import GENERATED

FOLDER = "docs/cli"


def pages() -> Iterator[tuple[str, str]]:
    """Yield the path and the content of the page of each command, and of their list."""
    found = list(commands())
    yield f"{FOLDER}/README.md", _index(found)
    for name, context in found:
        yield f"{FOLDER}/{file_name(name)}", _page(name, context)


def commands() -> Iterator[tuple[str, click.Context]]:
    """Yield the name of each command, those of groups included, and a context for its help."""
    yield from _below(_top())


def _top() -> click.Context:
    return click.Context(app, info_name="curvewise", **app.context_settings)


def file_name(command: str) -> str:
    """Return the file of a command's page, such as ``jobs-list.md`` for ``jobs list``."""
    return f"{command.replace(' ', '-')}.md"


def options(context: click.Context) -> list[tuple[str, str]]:
    """Return what to type and the help of each option of a command, those of ``--help`` included."""
    records = (parameter.get_help_record(context) for parameter in context.command.get_params(context))
    return [(name, text) for name, text in filter(None, records) if name.startswith("-")]


def _below(context: click.Context) -> Iterator[tuple[str, click.Context]]:
    group = context.command
    if isinstance(group, click.Group):
        for name in group.list_commands(context):
            command = group.get_command(context, name)
            if command is None:
                continue
            inner = click.Context(command, info_name=name, parent=context)
            yield inner.command_path.partition(" ")[2], inner
            yield from _below(inner)


def _index(found: list[tuple[str, click.Context]]) -> str:
    lines = [
        GENERATED,
        "",
        "# Commands",
        "",
        *_text(app.help),
        *_usage(_top()),
    ]
    lines += ["| command | what it does |", "|---|---|"]
    lines += [
        f"| [`curvewise {name}`]({file_name(name)}) | {context.command.get_short_help_str(200)} |"
        for name, context in found
    ]
    return "\n".join([*lines, "", *_epilog(app.epilog)]).rstrip() + "\n"


def _page(name: str, context: click.Context) -> str:
    command = context.command
    lines = [GENERATED, "", f"# curvewise {name}", "", *_text(command.help), *_usage(context)]
    if arguments := [
        (parameter.make_metavar(context), text)
        for parameter in command.params
        if isinstance(parameter, click.Argument) and (text := getattr(parameter, "help", None))
    ]:
        lines += ["## Arguments", "", *_list(arguments)]
    lines += ["## Options", "", *_list(options(context)), *_epilog(command.epilog)]
    return "\n".join(lines).rstrip() + "\n"


def _usage(context: click.Context) -> list[str]:
    pieces = " ".join(context.command.collect_usage_pieces(context))
    return ["```text", f"{context.command_path} {pieces}".rstrip(), "```", ""]


def _list(records: list[tuple[str, str]]) -> list[str]:
    """Lay names and meanings out as a list: a table would take the ``|`` of choices for its own."""
    lines = []
    for name, text in records:
        meaning, bracket, default = text.partition("  [")
        plain = default.translate({ord(mark): None for mark in "()]"})
        lines.append(f"* `{name}`: {meaning}" + (f" *({plain})*" if bracket else ""))
    return [*lines, ""]


def _text(text: str | None) -> list[str]:
    """Return the paragraphs of a help text; one after the mark of click keeps its lines."""
    lines = []
    for part in inspect.cleandoc(text or "").split("\n\n"):
        if part.startswith("\b"):
            lines += ["```text", *part.splitlines()[1:], "```", ""]
        elif part.strip():
            lines += [" ".join(part.split()), ""]
    return lines


def _epilog(text: str | None) -> list[str]:
    """Return an epilog: its examples as commands, the rest as paragraphs."""
    lines: list[str] = []
    for part in inspect.cleandoc(text or "").split("\n\n"):
        shown = part.removeprefix("\b").strip("\n").splitlines()
        if part.startswith("\b") and shown and shown[0].rstrip().endswith(":"):
            heading, *rest = shown
            lines += [f"## {heading.rstrip().rstrip(':')}", "", "```text", *_dedented(rest), "```", ""]
        else:
            lines += _text(part)
    return lines


def _dedented(lines: list[str]) -> list[str]:
    return inspect.cleandoc("\n" + "\n".join(lines)).splitlines()
