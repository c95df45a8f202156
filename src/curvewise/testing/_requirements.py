"""What the contracts of all plug-ins share: requirements that tell what is wrong, and documentation."""

from __future__ import annotations

import inspect
import re
import warnings
from collections.abc import Callable
from typing import Any, TypeVar

from curvewise.model.run import Run

Judged = TypeVar("Judged")

_NUMBER_NONSENSE = re.compile(r"(?<![\w-])-?(?:nan|inf)\b|\bNone\b(?! of)")
"""How Python spells NaN, infinity and None; prose says NaN and infinite."""


def require(holds: object, otherwise: str) -> None:
    """Raise an AssertionError that says what the contract asks for, also under ``python -O``."""
    if not holds:
        raise AssertionError(otherwise)


def require_prose(text: str, what: str) -> None:
    """Require a text for a user: one line, with no ``nan``, ``inf`` or ``None`` among its numbers."""
    require(text == text.strip() and "\n" not in text, f"{what} is not one clean line: {text!r}")
    require(not _NUMBER_NONSENSE.search(text), f"{what} holds a number that is none: {text!r}")


def require_page(function: Callable[..., Any], *, examples: bool) -> str:
    """Require a docstring whose first line is a sentence, and examples that run; returns it."""
    name, page = function.__name__, inspect.getdoc(function) or ""
    lines = page.splitlines()
    require(lines, f"{name} has no docstring; it is the page that users read")
    require(lines[0].endswith("."), f"the first line of {name}'s docstring is no sentence: {lines[0]!r}")
    require(len(lines) == 1 or not lines[1], f"the first sentence of {name}'s docstring must fit one line")
    if examples:
        require("\nExamples\n--------\n" in page, f"{name}'s docstring has no Examples section")
        _require_examples_run(function, page)
    return page


def _require_examples_run(function: Callable[..., Any], page: str) -> None:
    import doctest

    name = function.__name__
    test = doctest.DocTestParser().get_doctest(page, dict(function.__globals__), name, None, 0)
    require(test.examples, f"the Examples section of {name}'s docstring has no example")
    output: list[str] = []
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS)
    runner.run(test, out=output.append)
    require(not runner.failures, f"an example in {name}'s docstring fails:\n{''.join(output)}")


def _fingerprint(run: Run) -> tuple[object, ...]:
    """Return something that differs once a run was changed in place."""
    metrics = tuple((name, hash(series)) for name, series in run.metrics.items())
    return metrics, repr(run.hyperparameters), repr(run.checkpoints), repr(run.notes)


def same_twice(judge: Callable[[Run], Judged], run: Run, name: str) -> Judged:
    """Return what a plug-in makes of a run: the same twice, without a warning, and the run unchanged."""
    before = _fingerprint(run)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        first, again = judge(run), judge(run)
    require(repr(first) == repr(again), f"{name} says two things of one run")
    require(_fingerprint(run) == before, f"{name} changed the run that it was given")
    return first
