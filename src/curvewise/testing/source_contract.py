"""The contract of a source."""

from __future__ import annotations

from collections.abc import Sequence

from curvewise.errors import MissingExtraError, ServiceError
from curvewise.model.run import Run
from curvewise.plugin.run_files import RunFiles
from curvewise.plugin.source import Place, Source
from curvewise.testing._requirements import require


def assert_source_contract(source: Source, places: Sequence[str], others: Sequence[str] = ()) -> None:
    """Assert that a source keeps the contract of all sources.

    It says what it is and what it is recognised by. It recognises its own places, lists runs there whose
    names differ, opens each (a service may refuse, with a hint), and, unless it is generic, does not
    recognise the places of other sources.

    Parameters
    ----------
    source
        The source.
    places
        Paths or addresses of this source, at least one.
    others
        Those of other sources.

    Raises
    ------
    AssertionError
        With what is wrong.
    """
    name = source.name
    require(source.function.__name__ == name, f"the source {name} is made of a function of another name")
    require(source.title and source.recognised_by, f"{name} does not say what it is recognised by")
    require(source.function.__doc__, f"{name} has no docstring")
    require(places, f"{name} has no place to be tried on")
    for text in places:
        require(source.recognise(Place(text)), f"{name} does not recognise its own place {text}")
        try:
            entries = list(source.runs(Place(text)))
        except (ServiceError, MissingExtraError) as error:  # as below: it is elsewhere
            require(error.problem and error.hint, f"{name} raised an error without a hint: {error!r}")
            continue
        require(entries, f"{name} lists no run at {text}")
        names = [entry.name for entry in entries]
        require(all(names) and len(set(names)) == len(names), f"{name} gives two runs of {text} one name")
        for entry in entries:
            try:
                require(isinstance(entry.open(), RunFiles | Run), f"{name} opens no run at {text}")
            except (ServiceError, MissingExtraError) as error:  # it is there, but not in a test
                require(error.problem and error.hint, f"{name} raised an error without a hint: {error!r}")
    for text in () if source.generic else others:
        require(not source.recognise(Place(text)), f"{name} recognises another source's {text}")
