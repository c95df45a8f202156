"""Exhibit: a finding and a run of our own making that shows it."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Literal

import msgspec

import curvewise as cw

MILDER = "_warning"
"""Ending of the name of a run that shows the milder of two verdicts of one check."""


class Exhibit(msgspec.Struct, frozen=True, kw_only=True):
    """A run that shows one finding.

    Parameters
    ----------
    name
        The name of the check, followed by ``_warning`` where its milder verdict is shown.
    check, status
        The finding that it shows.
    group
        What kind of training it is, for headings.
    story
        What happened in this run, in one or two sentences.
    make
        Makes the run, the same every time.
    """

    name: str
    check: str
    status: Literal["warning", "problem"]
    group: str
    story: str
    make: Callable[[], cw.Run]


def exhibit(
    status: Literal["warning", "problem"], *, group: str = ""
) -> Callable[[Callable[[], cw.Run]], Exhibit]:
    """Turn a function that makes a run into an `Exhibit`: named after its check, its docstring the story.

    The group is that of the module; an exhibit in the test of a check names one of the headings in `_pages`.
    """

    def decorate(make: Callable[[], cw.Run]) -> Exhibit:
        return Exhibit(
            name=make.__name__,
            check=make.__name__.removesuffix(MILDER),
            status=status,
            group=group or make.__module__.rpartition(".")[2],
            story=" ".join((inspect.getdoc(make) or "").split()),
            make=make,
        )

    return decorate


@cache
def exhibits() -> Mapping[str, Exhibit]:
    """Every exhibit by name: whatever the modules of this package hold, and the tests of the checks."""
    root = Path(__file__).parent.parent
    files = (*root.glob("gallery/[!_]*.py"), *root.glob("tests/checks/test_*.py"))
    modules = (
        importlib.import_module(".".join(file.relative_to(root).with_suffix("").parts))
        for file in sorted(files)
        if "\n@exhibit(" in file.read_text(encoding="utf-8")
    )
    found = [value for module in modules for value in vars(module).values() if isinstance(value, Exhibit)]
    return {shown.name: shown for shown in sorted(found, key=lambda shown: shown.name)}


def runs() -> dict[str, cw.Run]:
    """Make the run of every exhibit, by name."""
    return {name: shown.make() for name, shown in exhibits().items()}
