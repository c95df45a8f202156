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
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache, cached_property
from pathlib import Path

import msgspec

from curvewise.discovery import discover
from curvewise.errors import CurvewiseError, MixedRunsError
from curvewise.model.run import Note, Run
from curvewise.parsing.decoding import read_metrics
from curvewise.parsing.document import Document
from curvewise.plugin.decorating import plugin_of
from curvewise.plugin.run_files import RunFiles
from curvewise.storage.sqlite import tables
from curvewise.storage.walk import DATABASES, Listing, parts, walk

_ADDRESS = re.compile(r"([A-Za-z][A-Za-z0-9_+-]*)://.*", re.DOTALL)


Reader = Callable[[str, Mapping[str, str]], Document]
"""Reads a file, with the columns that the user mapped."""
_READER: ContextVar[Reader | None] = ContextVar("reader", default=None)


@contextmanager
def read_by(reader: Reader) -> Iterator[None]:
    """Let sources read files by a reader, which may know them from an earlier look."""
    token = _READER.set(reader)
    try:
        yield
    finally:
        _READER.reset(token)


def read_document(path: str, mapping: Mapping[str, str]) -> Document:
    """Read a file for a source."""
    reader = _READER.get()
    return Document(path, read_metrics(path), mapping) if reader is None else reader(path, mapping)


class Original:
    """What a copy on this machine was made of.

    Parameters
    ----------
    address
        As the user is to see it.
    copy
        Path of the copy.
    folder
        What is removed, with the copy in it, when nothing refers to this any longer.
    """

    def __init__(self, address: str, copy: str, folder: str) -> None:
        import shutil  # here, as few places are copies
        import weakref

        self.address, self.copy = address, copy
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)

    def text(self, text: str) -> str:
        """Name the original where a text names the copy."""
        return text.replace(self.copy, self.address)

    def run(self, run: Run) -> Run:
        """Name the original where a run names the copy."""
        saved = run.checkpoints and tuple(
            msgspec.structs.replace(each, model=self.text(each.model)) if each.model else each
            for each in run.checkpoints
        )
        notes = tuple(Note(note.code, self.text(note.text)) for note in run.notes)
        return msgspec.structs.replace(run, source=self.text(run.source), checkpoints=saved, notes=notes)

    def error(self, error: CurvewiseError) -> CurvewiseError:
        """Name the original where an error names the copy; returns the error."""
        error.problem, error.hint = self.text(error.problem), self.text(error.hint)
        error.file = error.file and self.text(error.file)
        error.field = error.field and self.text(error.field)
        if isinstance(error, MixedRunsError):
            error.runs = [self.text(each) for each in error.runs]
        return error


class Place:
    """A path or an address, looked at once for all sources.

    Parameters
    ----------
    text
        As the user passed it, without the name of a run.
    mapping
        Column for a canonical metric name, as the user mapped them.
    original
        What this is a copy of, for what was copied to this machine.
    """

    def __init__(
        self, text: str, mapping: Mapping[str, str] | None = None, original: Original | None = None
    ) -> None:
        self.text = text
        self.mapping = dict(mapping or {})
        self.original = original

    def inner(self, path: str) -> Place:
        """Return the place of a file or folder in this one."""
        return Place(path, self.mapping, self.original)

    def read(self, path: str) -> Document:
        """Read a file of this place."""
        return read_document(path, self.mapping)

    @cached_property
    def scheme(self) -> str:
        """What stands before ``://`` in an address; empty for a path."""
        match = _ADDRESS.fullmatch(self.text)
        return match[1] if match else ""

    @cached_property
    def shown(self) -> str:
        """As messages name it: without a key in an address."""
        if not self.scheme:
            return self.text
        from curvewise.secrets import Redaction

        return Redaction().text(self.text)

    @property
    def path(self) -> Path:
        """The path."""
        return Path(self.text)

    @cached_property
    def is_folder(self) -> bool:
        """Whether it is the path of a folder."""
        return bool(self.text) and not self.scheme and os.path.isdir(self.text)  # noqa: PTH112 - never raises

    @cached_property
    def name(self) -> str:
        """The name of the folder or file itself, by whatever path it is reached."""
        name = os.path.basename(self.text)  # noqa: PTH119 - a path as text
        is_told = name not in ("", ".", "..") and not os.path.islink(self.text)  # noqa: PTH114 - never raises
        return name if is_told else os.path.basename(os.path.realpath(self.text))  # noqa: PTH119 - as above

    @cached_property
    def names(self) -> frozenset[str]:
        """The names that the folder holds; empty when this is no folder, or may not be listed."""
        return frozenset(self.own.held)

    @cached_property
    def folders(self) -> tuple[str, ...]:
        """The paths of the folders in the folder, sorted."""
        held = self.own.held
        return tuple(os.path.join(self.text, name) for name in sorted(held) if held[name])  # noqa: PTH118 - texts

    @cached_property
    def databases(self) -> Mapping[str, Mapping[str, frozenset[str]]]:
        """The SQLite databases here, by path: their tables, and the columns of these."""
        if self.is_folder:
            paths = [str(self.path / name) for name in sorted(self.names) if name.endswith(DATABASES)]
        else:
            paths = [self.text] if not self.scheme and os.path.isfile(self.text) else []  # noqa: PTH113 - never raises
        found = {path: tables(path) for path in paths}
        return {path: held for path, held in found.items() if held}

    @cached_property
    def own(self) -> Listing:
        """The files of the folder itself that may hold metrics."""
        return walk(self.text, depth=0) if self.is_folder else Listing()

    @cached_property
    def listing(self) -> Listing:
        """The files of the folder, and of those in it, that may hold metrics."""
        return walk(self.text) if self.own.folders else self.own

    @cached_property
    def source(self) -> Source | None:
        """The source that recognises the place, the specific before the generic; None when none does."""
        return next((each for each in _in_order() if each.recognise(self)), None)

    @cached_property
    def parts(self) -> tuple[Place, ...]:
        """The files and folders in the folder that may hold runs of their own."""
        return tuple(map(self.inner, parts(self.text) if self.is_folder else ()))

    def named(self, run: Run) -> Run:
        """Name the original where a run names a copy."""
        return self.original.run(run) if self.original else run

    def told(self, error: CurvewiseError) -> CurvewiseError:
        """Name the original where an error names a copy; returns the error."""
        return self.original.error(error) if self.original else error

    @contextmanager
    def telling(self) -> Iterator[None]:
        """Let errors name the original where they name a copy."""
        try:
            yield
        except CurvewiseError as error:
            self.told(error)
            raise


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
        Lists the runs of a place, and reads none; or copies an address to this machine, and returns the
        place of the copy, of which every source is asked.
    generic
        Asked only when no other source recognises the place.
    folders
        Lists the addresses right below one that can be read each by itself, where all of them at once would
        be too much; none where what lies there belongs together.
    """

    name: str
    title: str
    recognised_by: str
    recognise: Callable[[Place], bool]
    function: Callable[[Place], Iterable[RunEntry] | Place]
    generic: bool = False
    folders: Callable[[Place], Sequence[str]] | None = None

    def runs(self, place: Place) -> Iterator[RunEntry]:
        """List the runs of a place."""
        return self.listed(place)[1]

    def listed(self, place: Place) -> tuple[Place, Iterator[RunEntry]]:
        """Return where the runs of a place lie, which may be in a copy, and list them."""
        try:
            found = self.function(place)
        except CurvewiseError as error:
            error.at(file=place.shown)
            raise
        if not isinstance(found, Place):
            return place, _each(found, place)
        assert found.source is not None  # noqa: S101 - a path has one, be it the generic
        return found.source.listed(found)


def _each(found: Iterable[RunEntry], place: Place) -> Iterator[RunEntry]:
    """Give the entries of a place; an error is given the place."""
    with place.telling():
        try:
            yield from found
        except CurvewiseError as error:
            error.at(file=place.shown)
            raise


def source(
    *,
    title: str,
    recognised_by: str,
    recognise: Callable[[Place], bool],
    generic: bool = False,
    folders: Callable[[Place], Sequence[str]] | None = None,
) -> Callable[[Callable[[Place], Iterable[RunEntry] | Place]], Source]:
    """Turn a function ``(place) -> iterable of RunEntry``, or ``(place) -> Place``, into a `Source`."""
    return plugin_of(
        Source,
        title=title,
        recognised_by=recognised_by,
        recognise=recognise,
        generic=generic,
        folders=folders,
    )


def sources() -> Mapping[str, Source]:
    """Every source by name."""
    return discover("sources", Source)


@cache
def _in_order() -> list[Source]:
    return sorted(sources().values(), key=lambda each: each.generic)
