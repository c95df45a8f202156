"""Attempt: what a callback does may fail, and the training goes on all the same."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

Hook = TypeVar("Hook", bound=Callable[..., Any])
_warned: set[str] = set()


def attempt(hook: Hook) -> Hook:
    """Let a hook of a callback warn, once for each error, where it would raise."""

    @wraps(hook)
    def attempted(*arguments: Any, **named: Any) -> Any:
        try:
            return hook(*arguments, **named)
        except Exception as error:  # whatever it is, it must not end a training
            text = f"{hook.__name__}: {type(error).__name__}: {error}"
            if text not in _warned:
                _warned.add(text)
                logging.getLogger("curvewise").warning("%s; the training goes on", text)
            return None

    return attempted  # type: ignore[return-value]  # it takes and returns what the hook does
