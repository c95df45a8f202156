"""What the commands that create and remove share: where, whether the user agrees, and what is said."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from curvewise.text import printable

if TYPE_CHECKING:
    from curvewise.deployment import Resource

Command = TypeVar("Command", bound=Callable[..., Any])


def resource_option(command: Command) -> Command:
    """Add the option ``--resource-id``."""
    return click.option(
        "--resource-id",
        metavar="ID",
        help="Azure resource: /subscriptions/.../accounts/NAME.  [default: of the environment]",
    )(command)


def yes_option(command: Command) -> Command:
    """Add the option ``--yes``."""
    return click.option("--yes", is_flag=True, help="Agree to it without a question.")(command)


def resource(resource_id: str | None) -> Resource:
    """Return the resource that the user or the environment names."""
    from curvewise.deployment import find_resource, parse_resource

    return find_resource() if resource_id is None else parse_resource(resource_id)


def say(text: str) -> None:
    """Write lines to standard error; standard output is for the answer."""
    click.echo(text, err=True)


def progress(text: str) -> None:
    """Write a line about how far things have come, with the time."""
    import time

    click.echo(f"{time.strftime('%H:%M:%S')} {printable(text)}", err=True)


def paragraph(label: str, sentences: Iterable[str], width: int = 80) -> Iterable[str]:
    """Wrap sentences behind a label, each from a line of its own."""
    import textwrap

    indent = " " * len(label)
    for number, sentence in enumerate(sentences):
        lead = indent if number else label
        yield textwrap.fill(
            sentence,
            width,
            initial_indent=lead,
            subsequent_indent=indent,
            break_long_words=False,
            break_on_hyphens=False,
        )


def require_somebody(yes: bool, otherwise: str) -> None:
    """Refuse when the answer is not known to be yes and there is nobody to ask."""
    if yes or is_terminal():
        return
    from curvewise import UsageError

    raise UsageError(f"{otherwise}: there is no terminal to ask on", hint="pass --yes to agree to it")


def is_terminal() -> bool:
    """Whether there is somebody to ask."""
    streams = (sys.stdin, sys.stderr)  # None where a program was started with them closed
    return all(stream is not None and stream.isatty() for stream in streams)


def agree(question: str, *, yes: bool) -> bool:
    """Ask yes or no, unless the answer is known to be yes."""
    return yes or click.confirm(question, default=False, err=True)
