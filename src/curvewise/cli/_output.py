"""Output: results go to standard output or files, and messages to standard error."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

import click

from curvewise.cli import _terminal as terminal
from curvewise.cli._mistakes import ParamType
from curvewise.cli._options import VERBOSE, Command, Name, together
from curvewise.discovery import installed_names
from curvewise.text import listed, printable

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

STDOUT = "-"
SUMMARY = "GITHUB_STEP_SUMMARY"
"""Environment variable with the file for the summary of a step in a GitHub workflow."""
FORMAT = re.compile("[a-z_]{2,}")
"""A format before a colon; ``C:`` is the drive of a path."""


class Output(NamedTuple):
    """A path for a result, and its format."""

    format: str | None  # name of the output format; None when it is not named beside the path
    path: str  # where to; ``-`` for standard output


def output_formats() -> Iterable[str]:
    """Names of the output formats."""
    return installed_names("reports")


class OutputTo(ParamType["Output"]):
    """A parameter for an output: a path, or ``format:path``; ``-`` is standard output."""

    name = "output"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Output:
        """Split off the format, if the word before the first colon is one."""
        if isinstance(value, Output):
            return value
        text = str(value)
        word, colon, path = text.partition(":")
        if not colon or not FORMAT.fullmatch(word):
            return Output(None, self._named(text, param, ctx))
        known = list(output_formats())
        if word not in known:
            expected = f"expected one of {', '.join(known)}; for a file of that name write ./{text}"
            self.fail(f"there is no format {word!r}; {expected}", param, ctx)
        return Output(word, self._named(path, param, ctx))

    def _named(self, path: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if not path:
            self.fail("the path is empty", param, ctx)
        if path != STDOUT and Path(path).is_dir():
            self.fail(f"{path!r} is a folder; name a file", param, ctx)
        if not (folder := Path(path).parent).is_dir():  # refused now: watching a job may take a day
            self.fail(f"{path!r} cannot be written: there is no folder {str(folder)!r}", param, ctx)
        return path

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Offer formats and files."""
        from click.shell_completion import CompletionItem

        del ctx, param  # the names are the same everywhere
        names = [f"{name}:" for name in output_formats() if name.startswith(incomplete)]
        return [*map(CompletionItem, names), CompletionItem(incomplete, type="file")]


class FormatOption(click.Option):
    """An option whose help lists the installed output formats."""

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """Load the formats only when the help is shown."""
        self.help = f"One of {', '.join(output_formats())}; one that the result cannot take is refused."
        return super().get_help_record(ctx)


def format_option(default: str) -> Callable[[Command], Command]:
    """Return the option ``--format``; `default` says what is taken without it."""
    return click.option(
        "--format",
        "output_format",
        cls=FormatOption,
        type=Name("format", output_formats),
        show_default=default,
        metavar="FORMAT",
        help="Output format.",
    )


def writing(command: Command) -> Command:
    """Add the options ``--format`` and ``--output`` to a command."""
    return together(
        command,
        format_option("by the ending of the file, else text"),
        click.option(
            "-o",
            "--output",
            "outputs",
            type=OutputTo(),
            multiple=True,
            metavar="[FORMAT:]FILE",
            help="Write to a file instead of standard output (-). Repeatable.",
        ),
    )


class Destination:
    """Where a result goes, and in which formats; refused before anything is read."""

    def __init__(
        self, result: str, outputs: Sequence[Output], named: str | None, *, reads: Iterable[str] = ()
    ) -> None:
        from curvewise.plugin import renderers

        self._part: Literal["all", "selection"] = "selection" if result == "choice" else "all"
        self._renderers = renderers(result)
        self._detailed = click.get_current_context().meta.get(VERBOSE, False)
        self._outputs = [
            (output.path, self._taken(result, output.format or named or self._by_ending(output.path)))
            for output in outputs or [Output(None, STDOUT)]
        ]
        _spare(reads, (path for path, _ in self._outputs))

    @property
    def formats(self) -> set[str]:
        """Names of the formats."""
        return {name for _, name in self._outputs}

    @property
    def points(self) -> int:
        """About the most points of a curve that one of the formats shows."""
        return max(map(_points_of, self.formats))

    def deliver(self, result: object) -> None:
        """Render a result in all formats, then write all; nothing if one of them fails."""
        self.deliver_thinned(lambda _: result)

    def deliver_thinned(self, result: Callable[[int], object]) -> None:
        """Deliver a result with as many points in its curves as each format shows."""
        texts = []
        for path, name in self._outputs:
            style = terminal.style(to_file=path != STDOUT, part=self._part, detailed=self._detailed)
            texts.append((path, self._renderers[name](result(_points_of(name)), style)))
        for path, text in texts:
            write(text, None if path == STDOUT else Path(path))

    def _taken(self, result: str, name: str) -> str:
        if name in self._renderers:
            return name
        from curvewise import UsageError

        what = result if result.endswith("s") else f"a {result}"
        raise UsageError(
            f"{what} cannot be written as {name}", hint=f"choose {listed(list(self._renderers), 'or')}"
        )

    def _by_ending(self, path: str) -> str:
        from curvewise.plugin import reporters

        if path == STDOUT or not Path(path).suffix:
            return "text"
        endings = {ending: name for name, each in reporters().items() for ending in each.endings}
        for ending in sorted(endings, key=len, reverse=True):
            if path.lower().endswith(ending):
                return endings[ending]
        expected = sorted(ending for ending, name in endings.items() if name in self._renderers)
        raise click.BadParameter(
            f"the ending of {path!r} tells no format; expected one of {', '.join(expected)}, "
            "or --format FORMAT, or FORMAT:FILE",
            param_hint="--output",
        )


def _points_of(name: str) -> int:
    from curvewise.plugin import reporters

    return reporters()[name].points


def _spare(paths: Iterable[str], outputs: Iterable[str]) -> None:
    """Refuse an output that would replace a file to be read, which may be all that is left of a run."""
    from curvewise import UsageError

    kept = {os.path.realpath(path) for path in paths if path != STDOUT}
    written = set[str]()
    for output in outputs:
        place = output if output == STDOUT else os.path.realpath(output)
        if place in kept:
            raise UsageError(
                "this is the file to read, and would be replaced",
                hint="write to another file",
                file=output,
            )
        if place in written:
            raise UsageError(
                "two outputs go to the same place", hint="give each a path of its own", file=output
            )
        written.add(place)


def write(content: str | bytes, output: Path | None) -> None:
    """Write to standard output, or replace a file as a whole.

    The file that ``GITHUB_STEP_SUMMARY`` names is appended to, as is the custom there.
    """
    from curvewise import UsageError
    from curvewise.storage import write_file

    if output is None or str(output) == STDOUT:
        try:
            click.echo(content, nl=False, color=True)  # the style already decided on colours
        except BrokenPipeError:
            raise
        except OSError as error:
            raise UsageError(
                f"cannot write: {error.strerror}", hint="make room where it goes", file="standard output"
            ) from error
        return

    data = content.encode("utf-8", "backslashreplace") if isinstance(content, str) else content
    adds = str(output) == os.environ.get(SUMMARY)
    try:
        before = output.read_bytes() if adds and output.is_file() else b""
        write_file(output, before + data)
    except OSError as error:
        raise UsageError(
            f"cannot write: {error.strerror}",
            hint="name a file in a folder that exists and that you may write to",
            file=str(output),
        ) from error
    click.echo(f"{'added to' if adds else 'wrote'} {printable(str(output))}", err=True)
