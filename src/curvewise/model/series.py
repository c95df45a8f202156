"""Series: one metric over the steps of a run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

import msgspec
import numpy as np
from numpy.typing import ArrayLike, NDArray

from curvewise.errors import UsageError

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]
Number = TypeVar("Number", np.int64, np.float64)
LARGEST = 1e100
"""Values and standard errors beyond are cut to this: their squares must be floats."""


class Series(msgspec.Struct, frozen=True, eq=False):
    """The values of one metric, one at a step, sorted by step.

    Build it with `from_points`, which checks and sorts. A step without a value is no point;
    NaN and infinity are points, because a broken run must stay visible.

    Parameters
    ----------
    step
        Training steps, int64, shape (n,), strictly increasing.
    value
        Values, float64, shape (n,), in the metric's unit.
    standard_error
        Standard error of each value, float64, shape (n,), or None when it is not known.
    """

    step: IntArray
    value: FloatArray
    standard_error: FloatArray | None = None

    @classmethod
    def from_points(
        cls, step: ArrayLike, value: ArrayLike, standard_error: ArrayLike | None = None
    ) -> Series:
        """Make a series from points in any order; of several at one step, the last one counts.

        Raises
        ------
        UsageError
            If the shapes differ, or a step is not a whole number.

        Examples
        --------
        >>> Series.from_points([2, 1, 2], [0.5, 0.9, 0.4]).value
        array([0.9, 0.4])
        """
        steps, values = np.asarray(step), np.asarray(value, dtype=np.float64)
        errors = None if standard_error is None else np.asarray(standard_error, dtype=np.float64)
        shapes = {steps.shape, values.shape, steps.shape if errors is None else errors.shape}
        if len(shapes) != 1 or steps.ndim != 1:
            raise UsageError(
                f"steps, values and standard errors have the shapes {sorted(shapes)}; expected one length",
                hint="pass one value for each step",
            )
        whole = _whole_numbers(steps)
        if np.count_nonzero(whole[1:] > whole[:-1]) < len(whole) - 1:
            order = np.argsort(whole, kind="stable")
            sorted_steps = whole[order]
            keep = order[np.append(sorted_steps[1:] != sorted_steps[:-1], True)]
            whole, values = whole[keep], values[keep]
            errors = errors[keep] if errors is not None else None
        return cls(_frozen(whole), _frozen(values), None if errors is None else _frozen(errors))

    def __len__(self) -> int:
        return len(self.step)

    def __repr__(self) -> str:
        stretch = f", steps {self.first_step:,} to {self.last_step:,}" if len(self) else ""
        return f"<Series of {len(self):,} points{stretch}>"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Series):
            return NotImplemented
        mine, theirs = self.standard_error, other.standard_error
        return (
            np.array_equal(self.step, other.step)
            and np.array_equal(self.value, other.value, equal_nan=True)
            and (mine is None) == (theirs is None)
            and (mine is None or theirs is None or np.array_equal(mine, theirs, equal_nan=True))
        )

    def __hash__(self) -> int:
        return hash((self.step.tobytes(), self.value.tobytes()))

    def finite(self) -> Series:
        """Only the points whose value is finite."""
        return self.where(np.isfinite(self.value))

    def where(self, keep: NDArray[np.bool_]) -> Series:
        """Only the points that a mask of shape (n,) keeps."""
        if np.count_nonzero(keep) == len(keep):
            return self
        errors = None if self.standard_error is None else self.standard_error[keep]
        return Series(self.step[keep], self.value[keep], errors)

    def between(self, first: int | None = None, last: int | None = None) -> Series:
        """Only the points from step `first` to step `last`, both included."""
        start = 0 if first is None else int(self.step.searchsorted(first, side="left"))
        stop = len(self) if last is None else int(self.step.searchsorted(last, side="right"))
        errors = None if self.standard_error is None else self.standard_error[start:stop]
        return Series(self.step[start:stop], self.value[start:stop], errors)

    def at(self, step: int) -> float | None:
        """Return the value at exactly this step, or None when the series has no point there."""
        index = int(self.step.searchsorted(step))
        if index < len(self) and self.step[index] == step:
            return float(self.value[index])
        return None

    def on(self, steps: IntArray) -> Series:
        """Only the points at steps that stand in `steps`, increasing, as well."""
        if not len(steps):
            return self.where(np.zeros(len(self), dtype=np.bool_))
        place = np.minimum(steps.searchsorted(self.step), len(steps) - 1)
        return self.where(steps[place] == self.step)

    @property
    def first_step(self) -> int:
        """The first step; an IndexError for a series without points."""
        return self.step.item(0)

    @property
    def last_step(self) -> int:
        """The last step; an IndexError for a series without points."""
        return self.step.item(-1)

    def lowest(self) -> tuple[int, float]:
        """Step and value of the lowest finite point, the earliest of equals.

        Raises
        ------
        ValueError
            If no point is finite.
        """
        finite = self.finite()
        index = int(finite.value.argmin())
        return int(finite.step[index]), float(finite.value[index])

    def highest(self) -> tuple[int, float]:
        """Step and value of the highest finite point, the earliest of equals.

        Raises
        ------
        ValueError
            If no point is finite.
        """
        finite = self.finite()
        index = int(finite.value.argmax())
        return int(finite.step[index]), float(finite.value[index])


def join(first: Series, second: Series) -> Series:
    """Points of both series; where both have a point at a step, that of `first`."""
    if not len(second):
        return first
    return Series.from_points(
        np.concatenate([second.step, first.step]), np.concatenate([second.value, first.value])
    )


def _whole_numbers(steps: NDArray[Any]) -> IntArray:
    if steps.dtype.kind in "iu":
        return steps.astype(np.int64, copy=False)
    as_float = np.asarray(steps, dtype=np.float64)
    whole = np.round(as_float)
    wrong = ~np.isfinite(as_float) | (np.abs(as_float - whole) > 1e-6)
    if wrong.any():
        raise UsageError(
            f"step {as_float[wrong][0]} is not a whole number",
            hint="number the steps 0, 1, 2, ...",
            field="step",
        )
    return whole.astype(np.int64)


def _frozen(array: NDArray[Any]) -> NDArray[Any]:
    view = array.view()
    view.flags.writeable = False
    return view


def distinct(values: NDArray[Number]) -> NDArray[Number]:
    """Return the values that occur, sorted; `numpy.unique` gives the same, and imports `numpy.ma` for it.

    Examples
    --------
    >>> distinct(np.array([2, 1, 2, 5]))
    array([1, 2, 5])
    """
    ordered = np.sort(values)
    # NaN comes last, and all of it counts as one value.
    new = (ordered[1:] != ordered[:-1]) & (ordered[:-1] == ordered[:-1])
    return np.concatenate([ordered[:1], ordered[1:][new]])


def table(columns: Sequence[Series]) -> tuple[IntArray, FloatArray]:
    """Align series on the union of their steps.

    Returns
    -------
    step : int64, shape (n,)
    values : float64, shape (n, len(columns)), NaN where a series has no point
    """
    steps = np.concatenate([series.step for series in columns] or [np.empty(0, np.int64)])
    steps = distinct(steps)
    values = np.full((len(steps), len(columns)), np.nan)
    for index, series in enumerate(columns):
        values[steps.searchsorted(series.step), index] = series.value
    return steps, values


NO_POINTS = Series.from_points([], [])
"""A series without points."""
