"""Memo: what several checks derive from one run is derived once."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from curvewise.model.run import Run

Rest = ParamSpec("Rest")
Result = TypeVar("Result")


def once_per_run(
    function: Callable[Concatenate[Run, Rest], Result],
) -> Callable[Concatenate[Run, Rest], Result]:
    """Keep the results of a pure function of a run, for the run that it was asked about last.

    A run is immutable, so the same object gives the same result. Only the last run is kept, so judging
    many runs one after another takes no more memory than one of them. Threads that judge different
    runs compute more often and never see each other's results.

    Examples
    --------
    >>> from curvewise.testing import make_run
    >>> calls = []
    >>> points = once_per_run(lambda run, metric: calls.append(metric) or len(run[metric]))
    >>> run = make_run(train_loss=[2.0, 1.0])
    >>> points(run, "train_loss"), points(run, "train_loss"), calls
    (2, 2, ['train_loss'])
    """
    defaults = function.__defaults__ or ()
    standing_for = (None,) * (function.__code__.co_argcount - 1 - len(defaults)) + defaults
    latest: tuple[Run | None, dict[object, Result]] = (None, {})

    @wraps(function)
    def remembered(run: Run, /, *args: Rest.args, **kwargs: Rest.kwargs) -> Result:
        nonlocal latest
        if latest[0] is not run:
            latest = (run, {})
        results = latest[1]
        key = (*args, *standing_for[len(args) :], *kwargs.items()) if args or kwargs else standing_for
        if key not in results:
            results[key] = function(run, *args, **kwargs)
        return results[key]

    return remembered
