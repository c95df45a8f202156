"""Source: recognises a path or an address, lists the runs there, and opens one. Made by `source`.

Examples
--------
A source in two files, `sources/run_list.py` and its test::

    @source(
        title="Run list",
        recognised_by="a folder with a file runs.txt",
        recognise=lambda place: "runs.txt" in place.names,
    )
    def run_list(place: Place) -> Iterator[RunEntry]:
        for name in (place.path / "runs.txt").read_text().split():
            yield RunEntry(name, partial(read, place.path / name))
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path

import msgspec

from curvewise.discovery import discover
from curvewise.errors import CurvewiseError
from curvewise.model.run import Run
from curvewise.plugin.decorating import plugin_of
from curvewise.plugin.run_files import RunFiles
from curvewise.storage.sqlite import tables
from curvewise.storage.walk import Listing, parts, walk

_DATABASES = (".db", ".sqlite", ".sqlite3")
_ADDRESS = re.compile(r"([A-Za-z][A-Za-z0-9_+-]*)://.*", re.DOTALL)


class Place:
    """A path or an address, looked at once for all sources.

    Parameters
    ----------
    text
        As the user passed it, without the name of a run.
    mapping
        Column for a canonical metric name, as the user mapped them.
    """

    def __init__(self, text: str, mapping: Mapping[str, str] | None = None) -> None:
        self.text = text
        self.mapping = dict(mapping or {})

    @cached_property
    def scheme(self) -> str:
        """What stands before ``://`` in an address; empty for a path."""
        match = _ADDRESS.fullmatch(self.text)
        return match[1] if match else ""

    @property
    def path(self) -> Path:
        """The path."""
        return Path(self.text)

    @cached_property
    def is_folder(self) -> bool:
        """Whether it is the path of a folder."""
        return bool(self.text) and not self.scheme and os.path.isdir(self.text)  # noqa: PTH112 - never raises

    @cached_property
    def names(self) -> frozenset[str]:
        """The names that the folder holds; empty when this is no folder, or may not be listed."""
        try:
            return frozenset(os.listdir(self.text)) if self.is_folder else frozenset()  # noqa: PTH208 - names
        except OSError:
            return frozenset()

    @cached_property
    def databases(self) -> Mapping[str, Mapping[str, frozenset[str]]]:
        """The SQLite databases here, by path: their tables, and the columns of these."""
        if self.is_folder:
            paths = [str(self.path / name) for name in sorted(self.names) if name.endswith(_DATABASES)]
        else:
            paths = [self.text] if not self.scheme and os.path.isfile(self.text) else []  # noqa: PTH113 - never raises
        found = {path: tables(path) for path in paths}
        return {path: held for path, held in found.items() if held}

    @cached_property
    def listing(self) -> Listing:
        """The files of the folder, and of those in it, that may hold metrics."""
        return walk(self.text)

    @cached_property
    def parts(self) -> tuple[Place, ...]:
        """The files and folders in the folder that may hold runs of their own."""
        paths = parts(self.text) if self.is_folder else ()
        return tuple(Place(path, self.mapping) for path in paths)


class RunEntry(msgspec.Struct, frozen=True):
    """A run at a place: listed, and not read yet.

    Parameters
    ----------
    name
        What stands after ``#`` in ``PATH#NAME``, where a place holds several runs.
    open
        Reads it: into a `Run`, or into files for the formats to read.
    written_at
        When it began, or was last written, in seconds since 1970; None when the place does not say.
    """

    name: str
    open: Callable[[], RunFiles | Run]
    written_at: float | None = None


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of place where runs lie. Made by `source`.

    Parameters
    ----------
    name
        The name of the function and of its file.
    title
        What to call it, such as ``Output folder of a trainer``.
    recognised_by
        For the user: what tells it.
    recognise
        Whether a place is of this kind. Looks at names, reads little, and imports nothing heavy.
    function
        Lists the runs of a place, and reads none.
    generic
        Asked only when no other source recognises the place.
    """

    name: str
    title: str
    recognised_by: str
    recognise: Callable[[Place], bool]
    function: Callable[[Place], Iterable[RunEntry]]
    generic: bool = False

    def runs(self, place: Place) -> Iterator[RunEntry]:
        """List the runs of a place; an error is given the place."""
        try:
            yield from self.function(place)
        except CurvewiseError as error:
            error.at(file=place.text)
            raise


def source(
    *, title: str, recognised_by: str, recognise: Callable[[Place], bool], generic: bool = False
) -> Callable[[Callable[[Place], Iterable[RunEntry]]], Source]:
    """Turn a function ``(place) -> iterable of RunEntry`` into a `Source`."""
    return plugin_of(Source, title=title, recognised_by=recognised_by, recognise=recognise, generic=generic)


def sources() -> Mapping[str, Source]:
    """Every source by name."""
    return discover("sources", Source)


def source_of(place: Place) -> Source | None:
    """Return the source that recognises a place, the specific before the generic; None when none does."""
    ordered = sorted(sources().values(), key=lambda each: each.generic)
    return next((each for each in ordered if each.recognise(place)), None)
