"""Where the runs of a fleet lie: folders are searched for what can be read as a run, and nothing is read."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePath

import msgspec

from curvewise.errors import CurvewiseError, UsageError
from curvewise.plugin import sources
from curvewise.plugin.source import Place, RunEntry, source_of
from curvewise.sources.files import STDIN
from curvewise.storage.files import not_permitted, status
from curvewise.storage.walk import DATABASES, SPLITS, Listing, is_read, names_checkpoint, parts, walk

ONE_RUN = 8
"""Most files of a folder that may be one run together; of a folder with more, each file is a run."""


class Unit(msgspec.Struct, frozen=True):
    """What is read at once: a file or a folder, or one run of a place with several.

    Parameters
    ----------
    path
        A path or an address.
    name
        Of the run, where the place lists several.
    stamp
        Size and time of the file or folder; empty for an address.
    digest
        The hash of the file when it was judged earlier.
    """

    path: str
    name: str = ""
    stamp: str = ""
    digest: str = ""

    @property
    def address(self) -> str:
        """What to give to `load`."""
        return f"{self.path}#{self.name}" if self.name else self.path


def find(paths: Sequence[str]) -> Iterator[Unit | CurvewiseError]:
    """Yield what to read below some paths, patterns or addresses, or why one cannot be searched."""
    for path in paths:
        for each in _expanded(path):
            yield from _below(each, set())


def _expanded(path: str) -> list[str]:
    """Expand a pattern that no shell has expanded."""
    if "://" in path or os.path.lexists(path) or not glob.has_magic(path):
        return [path]
    return sorted(glob.glob(path, recursive=True)) or [path]  # noqa: PTH207 - paths as text, as the user wrote


Entered = set[tuple[int, int]]
"""Folders that were entered already, be it through a link."""


def _below(path: str, entered: Entered) -> Iterator[Unit | CurvewiseError]:
    place = Place(path)
    try:
        if place.text == STDIN:
            raise UsageError(
                "a fleet is not read from standard input", hint="write it to a file, and pass that"
            )
        if place.scheme:
            source = source_of(place)
            yield from map(Unit, (source.folders(place) if source and source.folders else ()) or [path])
        elif not place.is_folder:
            yield from _listed(place)
        elif _is_new(path, entered):
            yield from _listed(place) if _is_one_place(place) else _within(place, entered)
    except CurvewiseError as error:  # of this place alone: the others are searched all the same
        yield error.at(file=path)


def _is_new(folder: str, entered: Entered) -> bool:
    found = status(folder)
    key = found.st_dev, found.st_ino
    if key in entered:
        return False
    entered.add(key)
    return True


def _is_one_place(place: Place) -> bool:
    """Whether a source recognises a folder by what lies in it directly, and not in a folder of it."""
    if any(map(names_checkpoint, place.names)):
        return True
    own = walk(place.text, depth=0)
    if own.unreadable:
        raise not_permitted(place.text)
    if not own.folders and not any(name.endswith(DATABASES) for name in place.names):
        place.listing = own  # of most runs: nothing lies deeper
        return _is_recognised(place)
    if _recognised(place.text, own) - (by_names := _recognised(place.text, Listing())):
        return True
    within = [os.path.join(place.text, name) for name in place.names]  # noqa: PTH118 - paths as text
    if by_names:
        return not any(by_names & _recognised(each, Listing()) for each in within)
    return any(walk(each, depth=0).events for each in within if PurePath(each).name in SPLITS)


def _is_recognised(place: Place) -> bool:
    source = source_of(place)
    return source is not None and not source.generic


def _recognised(folder: str, listing: Listing) -> set[str]:
    """Return the sources that recognise a folder which held no more than this, and no database."""
    place = Place(folder)
    place.__dict__.update(listing=listing, databases={})
    return {name for name, each in sources().items() if not each.generic and each.recognise(place)}


def _within(place: Place, entered: Entered) -> Iterator[Unit | CurvewiseError]:
    """Yield the parts of a folder that is no run by itself: folders, databases and files."""
    folder = place.text
    found = [part for part in parts(folder) if not _leads_back(part, folder)]
    folders = [part for part in found if os.path.isdir(part)]  # noqa: PTH112 - never raises
    files = [part for part in found if part not in set(folders)]
    databases = [
        os.path.join(folder, name)  # noqa: PTH118 - a path as text
        for name in sorted(place.names)
        if name.endswith(DATABASES)
    ]
    if not folders and not databases and 0 < len(files) <= ONE_RUN:
        yield Unit(folder, stamp=_stamp(files))
        return
    for each in (*folders, *databases):
        yield from _below(each, entered)
    for each in files:
        if is_read(PurePath(each).name):
            yield Unit(each, stamp=_stamp([each]))


def _leads_back(path: str, folder: str) -> bool:
    """Whether a link in a folder names what is found there anyway, such as wandb/latest-run."""
    return os.path.islink(path) and Path(path).resolve().is_relative_to(Path(folder).resolve())  # noqa: PTH114


def _listed(place: Place) -> Iterator[Unit]:
    """Yield the runs of a place, by their names where there are several."""
    names = list(entries(place))
    files = [*place.listing.files, *place.listing.events] if place.is_folder else [place.text]
    stamp = _stamp(files)
    if len(names) < 2:
        yield Unit(place.text, stamp=stamp)
    else:
        for name in names:
            yield Unit(place.text, name, stamp)


def _stamp(files: Sequence[str]) -> str:
    """Return how many files there are, their size together, and when the last was written."""
    try:
        found = [os.stat(file) for file in files]  # noqa: PTH116 - many, and none is to become a Path
    except (OSError, ValueError):
        return ""
    return (
        f"{len(found)}:{sum(each.st_size for each in found)}:{max((e.st_mtime_ns for e in found), default=0)}"
    )


def entries(place: Place) -> Mapping[str, RunEntry]:
    """List the runs of a place by their names."""
    source = source_of(place)
    return {} if source is None else {entry.name: entry for entry in source.runs(place)}
