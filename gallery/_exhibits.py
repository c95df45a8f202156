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

TESTS = Path(__file__).parent.parent / "tests" / "checks"


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

    name: str = ""
    check: str
    status: Literal["warning", "problem"]
    group: str
    story: str
    make: Callable[[], cw.Run]


def exhibit(
    status: Literal["warning", "problem"], *, group: str
) -> Callable[[Callable[[], cw.Run]], Exhibit]:
    """Turn a function in the test of a check into an `Exhibit`: its docstring is the story."""

    def decorate(make: Callable[[], cw.Run]) -> Exhibit:
        return Exhibit(
            check=make.__module__.rpartition(".test_")[2],
            status=status,
            group=group,
            story=" ".join((inspect.getdoc(make) or "").split()),
            make=make,
        )

    return decorate


@cache
def exhibits() -> Mapping[str, Exhibit]:
    """Every exhibit by name, from the tests of the checks: the milder of two is ``CHECK_warning``."""
    shown = {}
    for file in sorted(TESTS.glob("test_*.py")):
        if "\n@exhibit(" in file.read_text(encoding="utf-8"):
            module = importlib.import_module(f"tests.checks.{file.stem}")
            own = [one for one in vars(module).values() if isinstance(one, Exhibit)]
            for one in own:
                name = one.check + ("_warning" if one.status == "warning" and len(own) > 1 else "")
                shown[name] = msgspec.structs.replace(one, name=name)
    return dict(sorted(shown.items()))


def runs() -> dict[str, cw.Run]:
    """Make the run of every exhibit, by name."""
    return {name: shown.make() for name, shown in exhibits().items()}
