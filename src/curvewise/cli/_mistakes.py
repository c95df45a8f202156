"""Mistakes on the command line, in the shape of all errors: what is wrong, and what to do."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Self

import click

from curvewise.text import printable, suggestion

if TYPE_CHECKING:
    ParamType = click.ParamType
else:

    class ParamType(click.ParamType):
        """The type of an option; those of click take no parameter before 8.4."""

        def __class_getitem__(cls, item: object) -> type[Self]:
            """Return the class itself."""
            del item  # only the checker of types needs it
            return cls


class WrongValueError(click.BadParameter):
    """A value that does not exist or does not fit, and what would."""

    def __init__(
        self, message: str, hint: str, ctx: click.Context | None = None, param: click.Parameter | None = None
    ) -> None:
        super().__init__(message, ctx, param)
        self.hint = hint


def describe(error: click.ClickException) -> str:
    """Describe what click does not accept in the words of the other errors."""
    command = error.ctx.command_path if isinstance(error, click.UsageError) and error.ctx else "curvewise"
    hint = f"`{command} --help` shows what it takes"
    message = error.format_message()
    if isinstance(error, click.NoSuchOption):
        message, known = f"there is no option {error.option_name!r}", error.possibilities or ()
        hint = suggestion(error.option_name, known, hint)
    elif isinstance(error, click.BadParameter) and not isinstance(error, click.MissingParameter):
        message = f"{_name(error)}{_plain(error.message)}"
        hint = error.hint if isinstance(error, WrongValueError) else _near(error, hint)
    elif message[1:2].islower():  # a sentence of click, and no metavariable
        message = message[:1].lower() + message[1:].removesuffix(".")
    return f"{printable(message, 2_000)}\n  hint: {printable(hint, 2_000)}"


def _plain(message: str) -> str:
    """Say what click says of a value as the other errors do.

    Examples
    --------
    >>> _plain("'a' is not a valid integer range."), _plain("File 'b.toml' does not exist.")
    ("'a' is not a whole number", "'b.toml' does not exist")
    """
    message = re.sub(r"\ba valid integer\b(?: range)?", "a whole number", message.removesuffix("."))
    message = re.sub(r"\ba valid float\b(?: range)?", "a number", message)
    return re.sub(r"^(?:File|Path|Directory) (?=')", "", message)


def _near(error: click.BadParameter, otherwise: str) -> str:
    """Suggest the nearest of some choices; click tells the wrong one in quotes."""
    kind = error.param.type if error.param else None
    if not isinstance(kind, click.Choice):
        return otherwise
    return suggestion(error.message.partition("'")[2].partition("'")[0], [*kind.choices], otherwise)


def _name(error: click.BadParameter) -> str:
    """Name the option, or the argument where the message does not quote what was given for it."""
    if isinstance(error.param_hint, str):
        return f"{error.param_hint}: "
    if isinstance(error.param, click.Option):
        return f"{max(error.param.opts, key=len)}: "
    if "'" in error.message or not error.param or not error.ctx:
        return ""
    return f"{error.param.make_metavar(error.ctx).strip('[].')}: "
