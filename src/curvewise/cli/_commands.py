"""The commands: one a module, of the module's name, imported when it is called.

The first line of a module says what its command does.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from curvewise.cli._mistakes import WrongValueError
from curvewise.discovery import public_modules
from curvewise.text import suggestion

DEFAULT = "check"
"""The command of a path that stands alone."""
PATH_MARKS = ("/", "\\", ".", "#", ":", "ftjob-", "ftjob_")
"""What is part of a path or of an address, and of no command."""
PACKAGE = __name__.rpartition(".")[0]


class ClosedError(Exception):
    """The reader of the output closed it, as `head` does."""


class ParsedCommand(click.Command):
    """A command whose arguments click parses, and which `main` runs, without the frames of click below it."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the arguments; ``-#NAME`` is a run of standard input, and no option."""
        if "--" not in args and any(map(_is_piped, args)):
            options = [arg for arg in args if not _is_piped(arg)]
            args = [*options, "--", *filter(_is_piped, args)]
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> click.Context:
        """Return what was parsed."""
        return ctx


class Commands(click.Group):
    """A group whose commands are modules of this package.

    Output that is closed is no OSError here, which click would end in 1: the code of findings.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands, sorted."""
        del ctx  # they are the same everywhere
        return public_modules("cli")

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command by its name; None when there is none."""
        if cmd_name in self.list_commands(ctx):
            module = import_module(f"{PACKAGE}.{cmd_name}")
            command: click.Command = getattr(module, cmd_name)
            command.short_help = module.__doc__
            self.add_command(command)
        return super().get_command(ctx, cmd_name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands, and import none."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, _first_line(name)) for name in self.list_commands(ctx)])

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the options before the command; those of a path that stands alone are those of a check."""
        own = {name for option in self.get_params(ctx) for name in option.opts}
        if args and args[0].startswith("-") and args[0] not in own and any(map(_is_path, args)):
            args = [DEFAULT, *args]
        return super().parse_args(ctx, args)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that the first argument names; a path or an address alone is to be checked."""
        name, known = args[0], self.list_commands(ctx)
        if name in known:
            return super().resolve_command(ctx, args)
        if _is_path(name):
            return DEFAULT, self.get_command(ctx, DEFAULT), args
        hint = suggestion(name, known, "`curvewise --help` lists the commands")
        raise WrongValueError(f"there is no command or file {name!r}", hint, ctx)

    def make_context(self, *arguments: Any, **extra: Any) -> click.Context:
        """Parse the command line, which may print a page of help."""
        with _closed_output():
            return super().make_context(*arguments, **extra)

    def invoke(self, ctx: click.Context) -> object:
        """Parse the arguments of the command."""
        with _closed_output():
            return super().invoke(ctx)


def _first_line(command: str) -> str:
    """Return what the module of a command says first, without loading it where its source is there."""
    source = Path(__file__).with_name(f"{command}.py")
    if source.is_file():
        with source.open(encoding="utf-8") as module:
            return module.readline().strip().strip('"')
    return (import_module(f"curvewise.cli.{command}").__doc__ or "").partition("\n")[0]


def _is_piped(argument: str) -> bool:
    return argument.startswith("-#")


def _is_path(argument: str) -> bool:
    """Whether an argument is a path or an address, and no option or command."""
    if argument.startswith("-"):
        return argument == "-" or _is_piped(argument)
    return any(mark in argument for mark in PATH_MARKS) or os.path.lexists(argument)


@contextmanager
def _closed_output() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError as error:
        raise ClosedError from error
