"""What a user has at hand in Python, as plain values and as series by canonical name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from curvewise.errors import UsageError
from curvewise.model.column_names import find_column, name_columns
from curvewise.model.metrics import find
from curvewise.model.series import Series

_PLAIN = frozenset((int, float, bool, str, type(None)))
_DEPTH = 8
"""Levels of objects within objects that are looked into."""


def plain(value: object, depth: int = _DEPTH) -> Any:
    """Return an object as a JSON value: arrays and tensors as lists, other objects as the name of their type.

    Examples
    --------
    >>> plain({"loss": np.float32(0.5), "steps": np.arange(3), "model": print})
    {'loss': 0.5, 'steps': [0, 1, 2], 'model': 'builtin_function_or_method'}
    """
    if isinstance(value, Mapping) and depth:
        return {str(key): plain(held, depth - 1) for key, held in value.items()}
    if isinstance(value, list | tuple) and depth:
        are_plain = _PLAIN.issuperset(map(type, value))
        return list(value) if are_plain else [plain(held, depth - 1) for held in value]
    return value if type(value) in _PLAIN else _unwrapped(value, depth)


def _unwrapped(value: Any, depth: int) -> Any:
    if isinstance(value, date | str):
        return str(value)
    for name in (
        "tolist",
        "to_list",
        "to_pylist",
        "numpy",
    ):  # of numpy and torch, polars, pyarrow, TensorFlow
        if depth and callable(listed := getattr(value, name, None)):
            return plain(listed(), depth - 1)
    try:
        return float(value)
    except (TypeError, ValueError):
        return type(value).__name__


def series_from(
    metrics: Mapping[str, Any], standard_errors: Mapping[str, ArrayLike]
) -> tuple[dict[str, Series], dict[str, str]]:
    """Return the series, and the canonical name of each name that was given.

    Values without steps stand at those in ``step``, else at 1, 2, 3, ...

    Raises
    ------
    UsageError
        If shapes differ, or something is no number.
    """
    if not isinstance(metrics, Mapping):
        raise UsageError(
            f"the metrics are a {type(metrics).__name__}; expected a name for each",
            hint='pass {"train_loss": values} or {"train_loss": (steps, values)}',
        )
    pairs = {str(name): pair for name, held in metrics.items() if (pair := _pair(held))}
    bare = {str(name): held for name, held in metrics.items() if str(name) not in pairs}
    axis = find_column(bare, ("step", "global_step"))
    lengths = {name: _length(name, held) for name, held in bare.items()}
    if len(set(lengths.values())) > 1:
        told = ", ".join(f"{name} {length:,}" for name, length in lengths.items())
        raise UsageError(
            f"the lists have different lengths: {told}", hint="pass (steps, values) for each of them"
        )
    steps = bare[axis] if axis else np.arange(1, next(iter(lengths.values()), 0) + 1)
    points = {name: pairs.get(name, (steps, held)) for name, held in metrics.items() if name != axis}
    names = name_columns(points, {name: name for name in points if find(name)})
    series: dict[str, Series] = {}
    for name, (at, values) in points.items():
        try:
            series[names[name]] = _series(at, values, standard_errors.get(name))
        except UsageError as error:
            error.at(field=name)
            raise
    return series, names


def _pair(points: Any) -> tuple[Any, Any] | None:
    """Return steps and values; None for values alone."""
    if isinstance(points, Series):
        return points.step, points.value
    if isinstance(points, tuple | list | np.ndarray) and len(points) == 2 and hasattr(points[0], "__len__"):
        first, second = points
        return None if getattr(first, "ndim", 1) == 0 else (first, second)
    return None


def _length(name: str, values: Any) -> int:
    if isinstance(values, str | bytes | Mapping) or not hasattr(values, "__len__"):
        raise UsageError(
            f"the values are of the type {type(values).__name__}; expected a list of numbers",
            hint="pass a list of values, or (steps, values)",
            field=name,
        )
    return len(values)


def _series(steps: Any, values: Any, errors: Any) -> Series:
    columns = [_numbers(steps), _numbers(values), None if errors is None else _numbers(errors)]
    held = columns[1]
    if isinstance(held, list) and None in held:  # no point
        kept = [index for index, value in enumerate(held) if value is not None]
        columns = [None if each is None else [each[n] for n in kept if n < len(each)] for each in columns]
    try:
        return Series.from_points(*columns)
    except (TypeError, ValueError) as error:
        raise UsageError(f"there is something else than numbers: {error}", hint="pass numbers") from error


def _numbers(values: Any) -> Any:
    """Return an array of numbers as it is, anything else as a list."""
    if isinstance(values, np.ndarray) and values.dtype.kind in "iuf":
        return values
    return plain(list(values) if isinstance(values, Iterable) and not hasattr(values, "tolist") else values)
