"""What the decorators of all kinds of plug-in share."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar

Plugin = TypeVar("Plugin")


def plugin_of(kind: Callable[..., Plugin], **fields: object) -> Callable[[Callable[..., Any]], Plugin]:
    """Return a decorator that makes a plug-in of a function, under the name of the function."""
    return lambda function: kind(**{"name": function.__name__, "function": function, **fields})


@cache
def page_of(function: Callable[..., Any]) -> str:
    """Return the docstring of a plug-in's function, without its indentation."""
    return inspect.getdoc(function) or ""
