"""Discovery: plug-ins are found, by a scan of a package and by entry points, and never listed."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

from curvewise.errors import PluginError

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint


class Named(Protocol):
    """Anything with a name."""

    @property
    def name(self) -> str:
        """What it is called."""


Plugin = TypeVar("Plugin", bound=Named)


class Plugins(Mapping[str, Plugin]):
    """The plug-ins of one kind by name, sorted; each is imported when it is asked for.

    Parameters
    ----------
    package
        Name of the package, such as ``checks``: each of its modules without a leading underscore holds one
        plug-in of its own name. The group of entry points is ``curvewise.<package>``.
    kind
        What the plug-ins are.

    Raises
    ------
    PluginError
        If a name is taken; when a plug-in is asked for, if its module holds none of its own name.
    """

    def __init__(self, package: str, kind: type[Plugin]) -> None:
        self._kind = kind
        self._loaders: dict[str, tuple[str, Callable[[], object]]] = {}
        self._loaded: dict[str, Plugin] = {}
        for name in public_modules(package):
            where = f"curvewise.{package}.{name}"
            self._loaders[name] = where, partial(_from_module, where, name)
        for entry in _entry_points(f"curvewise.{package}"):
            if entry.name in self._loaders:
                raise PluginError(
                    f"{entry.value}: the name {entry.name!r} is taken", hint="choose another name"
                )
            self._loaders[entry.name] = entry.value, entry.load
        self._loaders = dict(sorted(self._loaders.items()))

    def __getitem__(self, name: str) -> Plugin:
        if name not in self._loaded:
            where, load = self._loaders[name]
            plugin = load()
            if not isinstance(plugin, self._kind) or plugin.name != name:
                raise PluginError(
                    f"{where} holds no {self._kind.__name__} of its own name",
                    hint=f"decorate one function with @{self._kind.__name__.lower()} and name it {name}",
                )
            self._loaded[name] = plugin
        return self._loaded[name]

    def __contains__(self, name: object) -> bool:
        return name in self._loaders

    def __iter__(self) -> Iterator[str]:
        return iter(self._loaders)

    def __len__(self) -> int:
        return len(self._loaders)


@cache
def discover(package: str, kind: type[Plugin]) -> Plugins[Plugin]:
    """Find the plug-ins of a package of curvewise, and those of other distributions."""
    return Plugins(package, kind)


def installed_names(package: str) -> list[str]:
    """Return the names of the plug-ins of a package, sorted, without loading any.

    Examples
    --------
    >>> "overfitting" in installed_names("checks")
    True
    """
    return sorted(
        [*public_modules(package), *(entry.name for entry in _entry_points(f"curvewise.{package}"))]
    )


def public_modules(package: str) -> list[str]:
    """Return the names of the modules of a package of curvewise that have no leading underscore, sorted."""
    names = os.listdir(Path(__file__).parent / package)  # noqa: PTH208 - names; pkgutil takes ten times as long
    return sorted(name[:-3] for name in names if name.endswith(".py") and name[0] != "_")


def _from_module(where: str, name: str) -> object:
    return getattr(importlib.import_module(where), name, None)


def _entry_points(group: str) -> Iterable[EntryPoint]:
    """Find the entry points of a group; `importlib.metadata` costs 25 ms, so only when there may be some."""
    folders = _installed(tuple(sys.path))
    if f"[{group}]" not in _declared(folders):
        return ()
    from importlib.metadata import distributions

    declared = (entry for each in distributions(path=list(folders)) for entry in each.entry_points)
    return list(dict.fromkeys(entry for entry in declared if entry.group == group))


def _installed(folders: tuple[str, ...]) -> tuple[str, ...]:
    """Leave out the working folder, which `python -m` puts first and which may be anybody's."""
    here = os.path.realpath(os.curdir)
    return tuple(folder for folder in folders if folder and os.path.realpath(folder) != here)


@cache
def _declared(folders: tuple[str, ...]) -> str:
    """Return the entry points that the packages in some folders declare, as they write them."""
    texts = []
    for folder in filter(os.path.isdir, folders):
        for name in os.listdir(folder):  # noqa: PTH208 - names; a glob takes ten times as long
            if name.endswith("-info"):
                path = f"{folder}/{name}/entry_points.txt"
                with suppress(OSError), open(path, encoding="utf-8", errors="replace") as file:  # noqa: PTH123 - many
                    texts.append(file.read())
    return "\n".join(texts)
