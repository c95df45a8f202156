"""Discovery: plug-ins are found, by a scan of a package and by entry points, and never listed."""

from __future__ import annotations

import importlib
import pkgutil
import sys
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
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


@cache
def discover(package: str, kind: type[Plugin]) -> Mapping[str, Plugin]:
    """Find the plug-ins of a package of curvewise, and those of other distributions.

    Parameters
    ----------
    package
        Name of the package, such as ``checks``: each of its modules without a leading underscore holds one
        plug-in of its own name. The group of entry points is ``curvewise.<package>``.
    kind
        What the plug-ins are.

    Returns
    -------
    dict of str to plug-in
        By name, sorted.

    Raises
    ------
    PluginError
        If a module holds no plug-in of its own name, or a name is taken.
    """
    plugins: dict[str, Plugin] = {}
    parent = importlib.import_module(f"curvewise.{package}")
    for module in pkgutil.iter_modules(parent.__path__):
        if not module.name.startswith("_"):
            loaded = importlib.import_module(f"curvewise.{package}.{module.name}")
            _register(plugins, getattr(loaded, module.name, None), kind, f"curvewise.{package}.{module.name}")
    for where, plugin in _of_other_distributions(f"curvewise.{package}"):
        _register(plugins, plugin, kind, where)
    return dict(sorted(plugins.items()))


def installed_names(package: str) -> list[str]:
    """Return the names of the plug-ins of a package, sorted, without loading any.

    Examples
    --------
    >>> "overfitting" in installed_names("checks")
    True
    """
    folder = Path(__file__).parent / package
    own = [module.name for module in pkgutil.iter_modules([str(folder)]) if not module.name.startswith("_")]
    return sorted([*own, *(entry.name for entry in _entry_points(f"curvewise.{package}"))])


def _of_other_distributions(group: str) -> Iterator[tuple[str, object]]:
    """Load the entry points of a group."""
    for entry in _entry_points(group):
        yield entry.value, entry.load()


def _entry_points(group: str) -> Iterable[EntryPoint]:
    """Find the entry points of a group; `importlib.metadata` costs 25 ms, so only when there may be some."""
    files = (file for folder in sys.path if folder for file in Path(folder).glob("*-info/entry_points.txt"))
    if any(f"[{group}]" in file.read_text(encoding="utf-8", errors="replace") for file in files):
        from importlib.metadata import entry_points

        return entry_points(group=group)
    return ()


def _register(plugins: dict[str, Plugin], plugin: object, kind: type[Plugin], where: str) -> None:
    if not isinstance(plugin, kind):
        raise PluginError(
            f"{where} holds no {kind.__name__} of its own name",
            hint=f"decorate one function with @{kind.__name__.lower()} and name it after its file",
        )
    if plugin.name in plugins:
        raise PluginError(f"{where}: the name {plugin.name!r} is taken", hint="choose another name")
    plugins[plugin.name] = plugin
