"""What of a folder is read together: the folder, or each of its parts by itself."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from copy import copy
from itertools import chain, islice
from pathlib import PurePath

import msgspec

from curvewise.errors import CurvewiseError
from curvewise.plugin.source import Place, sources
from curvewise.splits import SPLITS
from curvewise.storage.files import not_permitted, status
from curvewise.storage.walk import (
    DATABASES,
    Listing,
    holds_files,
    is_read,
    names_checkpoint,
    split,
)

ONE_RUN = 8
"""Most places that may be one run together; of a folder with more, each is a run."""
Entered = set[tuple[int, int]]
"""Folders that were entered already, be it through a link."""


class Group(msgspec.Struct, frozen=True):
    """Places that are compared, as they may log one training: a folder, and what is read of it by itself."""

    place: Place
    paths: list[str]
    is_claimed: bool = False  # it is one folder, of which a source lists the runs


def groups(place: Place, entered: Entered) -> Iterator[Group | CurvewiseError]:
    """Part a folder into what may be one run together; a folder that cannot be searched fails alone."""
    folder = place.text
    try:
        if not _is_new(folder, entered):
            return
        if is_one_place(place):
            yield Group(place, [folder], is_claimed=True)
            return
        found = list(islice(_below(place, set()), ONE_RUN + 1))
        if found == [folder] or (1 < len(found) <= ONE_RUN and _may_be_one(place, found)):
            yield Group(place, found)
            return
        folders, others = _inner(place)
        for each in folders:
            yield from groups(each, entered)
        for path in others:
            yield Group(place.inner(path), [path])
    except CurvewiseError as error:
        yield error.at(file=folder)


def _is_new(folder: str, entered: Entered) -> bool:
    found = status(folder)
    key = found.st_dev, found.st_ino
    if key in entered:
        return False
    entered.add(key)
    return True


def _places(place: Place, entered: Entered) -> Iterator[str]:
    """Yield the paths that are read each by itself: the folder where it is one place, else those below."""
    if _is_new(place.text, entered):
        try:
            is_whole = is_one_place(place)
        except CurvewiseError:
            is_whole = True  # it cannot be searched, which reading it tells
        yield from [place.text] if is_whole else _below(place, entered)


def _below(place: Place, entered: Entered) -> Iterator[str]:
    """Yield the paths below a folder that no source claims; a few files are one, wherever they lie."""
    folders, others = _inner(place)
    first = next(folders, None)
    inside = [] if first is None else chain([first], folders)
    below = chain(chain.from_iterable(_places(each, entered) for each in inside), others)
    few = list(islice(below, ONE_RUN + 1))
    is_small = 0 < len(few) <= ONE_RUN and not any(map(is_database, others))
    if is_small and (first is None or (len(place.listing.files) <= ONE_RUN and not _claimed(place))):
        yield place.text
    else:
        yield from few
        yield from below


def _may_be_one(place: Place, paths: Sequence[str]) -> bool:
    """Whether several places may be one run: logs of several loggers, or parts beside all checkpoints."""
    claims = [_claimed(Place(path)) for path in paths]
    kinds = {name or PurePath(path).suffix for name, path in zip(claims, paths, strict=True)}
    return (any(claims) and len(kinds) > 1) or ("" in claims and bool(_claimed(place)))


def _claimed(place: Place) -> str:
    """Return the name of the source that claims a place; empty for files, and folders of files."""
    return "" if place.source is None or place.source.generic else place.source.name


def _inner(place: Place) -> tuple[Iterator[Place], list[str]]:
    """Return the parts of a folder that is not one place: folders, then databases and files."""
    folder = place.text
    folders, files = split(folder)
    names = sorted(filter(is_database, place.names))
    databases = [os.path.join(folder, name) for name in names]  # noqa: PTH118 - paths as text
    others = [path for path in databases if _claimed(known := Place(path)) or not known.databases]
    others += [
        file
        for file in files
        if is_read(os.path.basename(file)) and not is_database(file)  # noqa: PTH119 - paths as text
    ]
    inner = map(place.inner, folders)
    return (each for each in inner if _holds_files(each) or _is_store(each)), others


def _holds_files(place: Place) -> bool:
    """Whether a folder may hold metrics, by what lies in it directly or, where nothing does, below it."""
    own = place.own
    return bool(own.files or own.events or own.databases) or holds_files(place.text)


def _is_store(place: Place) -> bool:
    """Whether a folder without files that may hold metrics is a store all the same, by the names in it."""
    name = os.path.basename(place.text)  # noqa: PTH119 - a path as text
    return not names_checkpoint(name) and bool(_recognised(place, Listing()))


def is_database(path: str) -> bool:
    """Whether a path is that of an SQLite database by its name."""
    return path.endswith(DATABASES)


def is_one_place(place: Place) -> bool:
    """Whether a source recognises a folder by what lies in it directly, and not in a folder of it."""
    if any(map(names_checkpoint, place.names)):
        return True
    own = place.own
    if own.unreadable:
        raise not_permitted(place.text)
    if not own.folders and not any(name.endswith(DATABASES) for name in place.names):
        return bool(_claimed(place))
    found = _recognised(place, own)
    is_bare = not (own.files or own.events or own.checkpoints)
    by_names = found if is_bare else _recognised(place, Listing())
    if found - by_names:
        return True
    if by_names:
        return not any(by_names & _recognised(place.inner(each), Listing()) for each in place.folders)
    return any(place.inner(each).own.events for each in place.folders if PurePath(each).name in SPLITS)


def _recognised(place: Place, listing: Listing) -> set[str]:
    """Return the sources that recognise a folder which held no more than this, and no database."""
    place = copy(place)
    place.__dict__.update(listing=listing, databases={})
    return {name for name, each in sources().items() if not each.generic and each.recognise(place)}
