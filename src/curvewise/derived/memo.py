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
    """Keep the results of a pure function of a run in the run, as long as that object is there.

    A run is immutable, so the same object gives the same result. `analyze` and `forecast` judge an object of
    their own.

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
    alone = (function, *(None,) * (function.__code__.co_argcount - 1 - len(defaults)), *defaults)

    @wraps(function)
    def remembered(run: Run, /, *args: Rest.args, **kwargs: Rest.kwargs) -> Result:
        results: dict[object, Result] = run.derived
        key = (function, *args, *alone[1 + len(args) :], *kwargs.items()) if args or kwargs else alone
        if key not in results:
            results[key] = function(run, *args, **kwargs)
        return results[key]

    return remembered
