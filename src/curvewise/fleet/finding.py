"""Where the runs of a fleet lie: folders are searched for what can be read as a run, and nothing is read."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from curvewise.errors import CurvewiseError, InputError, UsageError
from curvewise.model.fleet import ARCHIVE
from curvewise.plugin.places import Group, groups, is_database
from curvewise.plugin.source import Place, RunEntry
from curvewise.sources.files import STDIN
from curvewise.storage.walk import archives


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
            yield from _below(each)


def _expanded(path: str) -> list[str]:
    """Expand a pattern that no shell has expanded."""
    if "://" in path or os.path.lexists(path) or not glob.has_magic(path):
        return [path]
    return sorted(glob.glob(path, recursive=True)) or [path]  # noqa: PTH207 - paths as text, as the user wrote


def _below(path: str) -> Iterator[Unit | CurvewiseError]:
    place = Place(path)
    try:
        if place.text == STDIN:
            raise UsageError(
                "a fleet is not read from standard input", hint="write it to a file, and pass that"
            )
        if place.scheme:
            folders = place.source and place.source.folders
            yield from map(Unit, (folders(place) if folders else ()) or [path])
        elif not place.is_folder:
            yield from _listed(place)
        else:
            for group in groups(place, set()):
                yield from [group] if isinstance(group, CurvewiseError) else _together(group)
            for archive in archives(path):
                yield InputError(ARCHIVE, hint="pass a .tar by its own path", file=archive)
    except CurvewiseError as error:  # of this place alone: the others are searched all the same
        yield error.at(file=path)


def _together(group: Group) -> Iterator[Unit | CurvewiseError]:
    """Yield the runs of a place, a file, or the folder of places that are to be compared."""
    place = group.place
    try:
        if group.is_claimed or is_database(place.text):
            yield from _listed(place)
        else:
            yield Unit(place.text, stamp=_stamp(_files(place)))
    except CurvewiseError as error:
        yield error.at(file=place.text)


def _listed(place: Place) -> Iterator[Unit]:
    """Yield the runs of a place, by their names where there are several."""
    names = list(entries(place))
    stamp = _stamp(_files(place))
    if len(names) < 2:
        yield Unit(place.text, stamp=stamp)
    else:
        for name in names:
            yield Unit(place.text, name, stamp)


def _files(place: Place) -> list[str]:
    return [*place.listing.files, *place.listing.events] if place.is_folder else [place.text]


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
    return {} if place.source is None else {entry.name: entry for entry in place.source.runs(place)}
