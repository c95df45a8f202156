"""Where the command line writes: data to standard output or to files, chatter to standard error."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple, TextIO

import click

from curvewise.text import printable

if TYPE_CHECKING:
    from curvewise.plugin import Style

WIDEST = 120
"""Columns beyond which lines become hard to read."""
STDOUT = "-"
SUMMARY = "GITHUB_STEP_SUMMARY"
"""Environment variable that names the file that a step of a GitHub workflow adds its summary to."""


class Output(NamedTuple):
    """Something to write.

    Parameters
    ----------
    format
        Name of the output format; None when it is not named beside the path.
    path
        Where to; ``-`` for standard output.
    """

    format: str | None
    path: str


def style(*, to_file: bool, part: Literal["all", "selection"] = "all") -> Style:
    """Say how to render for where the output goes.

    ``NO_COLOR`` wins over ``FORCE_COLOR``, which wins over what the terminal can do.
    """
    from curvewise.plugin import Style

    encoding = (sys.stdout.encoding or "ascii").lower().replace("-", "")
    return Style(
        width=min(WIDEST, terminal_width()),
        colour=not to_file and colour(),
        unicode=to_file or encoding.startswith("utf"),
        part=part,
    )


def terminal_width() -> int:
    """Columns of the terminal: ``COLUMNS``, else what standard output is connected to, else 80."""
    if (told := os.environ.get("COLUMNS", "")).isdecimal() and int(told) > 0:
        return max(20, int(told))
    try:
        columns = os.get_terminal_size(sys.stdout.fileno()).columns
    except (OSError, ValueError):
        return 80
    return max(20, columns) if columns else 80  # a terminal that nobody told its size has 0


def colour(stream: TextIO | None = None) -> bool:
    """Whether a stream takes colours: standard output when None."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return (stream or sys.stdout).isatty() and os.environ.get("TERM") != "dumb"


def spare(paths: Iterable[str], outputs: Iterable[str | Path | None]) -> None:
    """Refuse an output that would replace what is to be read: it may be all that is left of a run.

    Raises
    ------
    UsageError
        If there is one.
    """
    read = [path for path in paths if path != STDOUT]
    for output in outputs:
        if output is not None and os.path.realpath(output) in map(os.path.realpath, read):
            from curvewise import UsageError

            raise UsageError(
                "this is the file to read, and would be replaced",
                hint="write to another file",
                file=str(output),
            )


def deliver(
    outputs: Sequence[Output],
    format_of: Callable[[Output], str],
    render: Callable[[str, Style], str],
    *,
    part: Literal["all", "selection"] = "all",
) -> None:
    """Render everything, then write it; nothing is written when one of them cannot be rendered.

    Parameters
    ----------
    outputs
        Where to; standard output when empty.
    format_of
        Returns the format of one of them.
    render
        Makes the text in a format.
    part
        ``all`` of the reports, or only their checkpoint ``selection``.

    Raises
    ------
    UsageError
        If two go to the same file, or a file cannot be written.
    """
    from curvewise import UsageError

    places = [each.path if each.path == STDOUT else os.path.realpath(each.path) for each in outputs]
    if repeated := [
        each.path for each, place in zip(outputs, places, strict=True) if places.count(place) > 1
    ]:
        raise UsageError(
            "two outputs go to the same place", hint="give each a path of its own", file=repeated[0]
        )
    texts = [
        (output.path, render(format_of(output), style(to_file=output.path != STDOUT, part=part)))
        for output in outputs or [Output(None, STDOUT)]
    ]
    for path, text in texts:
        write(text, None if path == STDOUT else Path(path))


def write(content: str | bytes, output: Path | None) -> None:
    """Write to standard output, or whole to a file: it is replaced only when everything is written.

    The file that ``GITHUB_STEP_SUMMARY`` names is added to, as is the custom there; a device or a pipe is
    written to and not replaced.

    Raises
    ------
    UsageError
        If the file cannot be written.
    """
    from curvewise import UsageError

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
        if _is_special(output):
            output.write_bytes(data)
        else:
            before = output.read_bytes() if adds and output.exists() else b""
            _replace(Path(os.path.realpath(output)), before + data)
    except OSError as error:
        raise UsageError(
            f"cannot write: {error.strerror}",
            hint="name a file in a folder that exists and that you may write to",
            file=str(output),
        ) from error
    click.echo(f"{'added to' if adds else 'wrote'} {printable(str(output))}", err=True)


def _is_special(path: Path) -> bool:
    try:
        return not stat.S_ISREG(path.stat().st_mode) and not path.is_dir()
    except FileNotFoundError:
        return False


def _replace(path: Path, data: bytes) -> None:
    import tempfile  # drags in much that a report on the screen does not need

    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:80]}.")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
