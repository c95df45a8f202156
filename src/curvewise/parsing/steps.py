"""Steps that repeat or go back: logs of resumed runs, and of two processes that write one file."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import ArrayLike, NDArray

from curvewise.model.run import Note
from curvewise.model.series import FloatArray, IntArray, distinct
from curvewise.text import abridged

BoolArray = NDArray[np.bool_]

MIN_RELOGGED = 3
"""Distinct steps that must be logged anew for a step back to count as a restart.

Two processes that write one file step back all the time, but only by the row or two by which one is
behind the other. Training that resumed from a checkpoint logs a whole stretch again.
"""

SHUFFLED = 0.25
"""Share of the rows that go back from which on they are in no order; of shuffled rows half do."""

_LOOK_AHEAD = 64
_SHOWN = 3


def merge_restarts(
    step: ArrayLike, *, kinds: Callable[[], IntArray] | None = None
) -> tuple[BoolArray, tuple[Note, ...]]:
    """Choose the rows that make one history, when training was resumed or several processes wrote the log.

    The last row of a step counts. Where training went back and logged at least `MIN_RELOGGED` steps
    again, every earlier row from that step on belongs to an abandoned attempt and is left out, also
    beyond the last step that the new attempt has reached: two attempts are never mixed. Rows in no order
    at all, of which none repeats a step, are one history.

    Examples
    --------
    >>> keep, notes = merge_restarts([10, 20, 30, 40, 50, 20, 30, 40])
    >>> keep.nonzero()[0]
    array([0, 5, 6, 7])
    >>> print(notes[0].text)
    Training went back once (step 50 to 20). The 4 rows of the abandoned attempt were left out; it had
    reached step 50, the later one reached 40.
    """
    steps = np.asarray(step, dtype=np.int64)
    if (steps[1:] > steps[:-1]).all():
        return np.ones(len(steps), dtype=np.bool_), ()
    restarts = list(_restarts(steps))
    kind = np.zeros_like(steps) if kinds is None else kinds()
    if restarts and _are_shuffled(steps, kind):
        text = f"The {len(steps):,} rows are not in the order of their steps; they were sorted."
        return np.ones(len(steps), dtype=np.bool_), (Note("unsorted_steps", text),)
    current = np.ones(len(steps), dtype=np.bool_)
    if restarts:
        current = _not_abandoned(steps, [index for index, _ in restarts])
    last = current & _last_of_each(steps, current, kind)
    notes = []
    if restarts:
        notes.append(_restart_note(steps, restarts, int(np.sum(~current))))
    if repeated := int(np.sum(current & ~last)):
        notes.append(_repeat_note(steps[current], repeated))
    return last, tuple(notes)


def exact_steps(values: FloatArray) -> IntArray | None:
    """Return steps that are whole numbers already, without further copies; None where one is not.

    Examples
    --------
    >>> exact_steps(np.array([1.0, 2.0])), exact_steps(np.array([1.0, np.nan]))
    (array([1, 2]), None)
    """
    if not len(values) or not (values.min() > -(2.0**53) and values.max() < 2.0**53):
        return None
    steps = values.astype(np.int64)
    return steps if (steps == values).all() else None


def unroll_epochs(step: ArrayLike, epoch: ArrayLike) -> tuple[IntArray, tuple[Note, ...]]:
    """Turn steps that a log counts anew in each epoch into steps of the whole training.

    That is so where the step goes back only at rows where a whole-numbered epoch goes on. Training that
    was resumed goes back in both.

    Examples
    --------
    >>> unroll_epochs([0, 1, 2, 0, 1, 2], [1, 1, 1, 2, 2, 2])[0]
    array([0, 1, 2, 3, 4, 5])
    """
    steps, epochs = np.asarray(step, dtype=np.int64), np.asarray(epoch, dtype=np.float64)
    back, on = steps[1:] < steps[:-1], epochs[1:] > epochs[:-1]
    whole = np.array_equal(epochs, np.round(epochs))  # false for NaN, too
    if not whole or not back.any() or (back & ~on).any() or (epochs[1:] < epochs[:-1]).any():
        return steps, ()
    starts = np.append(0, np.flatnonzero(on) + 1)
    lengths = np.maximum.reduceat(steps, starts) + (1 if steps.min() == 0 else 0)
    offsets = np.append(0, np.cumsum(lengths)[:-1])
    through = steps + np.repeat(offsets, np.diff(np.append(starts, len(steps))))
    text = f"The step begins anew in each of the {len(starts)} epochs; the steps were numbered through."
    return through, (Note("steps_within_epochs", text),)


def _restarts(steps: IntArray) -> Iterator[tuple[int, int]]:
    """Row at which training went back for good, and the step that it had reached before."""
    peak = np.iinfo(np.int64).min
    for index in (np.flatnonzero(steps[1:] < steps[:-1]) + 1).tolist():
        peak = max(peak, int(steps[index - 1]))
        ahead = steps[index : index + _LOOK_AHEAD]
        outside = np.flatnonzero((ahead > peak) | (ahead < steps[index]))
        again = ahead[: outside[0]] if len(outside) else ahead
        if len(distinct(again)) >= MIN_RELOGGED:
            yield index, peak
            peak = int(steps[index])


def _are_shuffled(steps: IntArray, kind: IntArray) -> bool:
    """Whether no step repeats, and the rows go back far more often than training is resumed."""
    back = int(np.sum(steps[1:] < steps[:-1]))
    return back >= SHUFFLED * len(steps) and bool(_last_of_each(steps, np.ones_like(steps, bool), kind).all())


def _not_abandoned(steps: IntArray, restarts: list[int]) -> BoolArray:
    keep = np.ones(len(steps), dtype=np.bool_)
    end, bound = len(steps), np.iinfo(np.int64).max
    for index in reversed(restarts):
        keep[index:end] = steps[index:end] < bound
        end, bound = index, min(bound, int(steps[index]))
    keep[:end] = steps[:end] < bound
    return keep


def _last_of_each(steps: IntArray, current: BoolArray, kind: IntArray) -> BoolArray:
    rows = np.flatnonzero(current)
    order = rows[np.lexsort((rows, steps[rows], kind[rows]))]
    same = (steps[order[1:]] == steps[order[:-1]]) & (kind[order[1:]] == kind[order[:-1]])
    last = np.zeros(len(steps), dtype=np.bool_)
    last[order] = np.append(~same, True)[: len(order)]
    return last


def _restart_note(steps: IntArray, restarts: list[tuple[int, int]], lost: int) -> Note:
    index, peak = restarts[-1]
    reached = int(steps[index:].max())
    times = "once" if len(restarts) == 1 else f"{len(restarts)} times"
    places = [f"step {before:,} to {steps[row]:,}" for row, before in restarts]
    rows = f"The {lost:,} rows" if lost > 1 else "The one row"
    attempts = "the abandoned attempt" if len(restarts) == 1 else "the abandoned attempts"
    left_out = f"{rows} of {attempts} {'were' if lost > 1 else 'was'} left out"
    behind = f"; it had reached step {peak:,}, the later one reached {reached:,}" if reached < peak else ""
    return Note(
        "restarted_steps", f"Training went back {times} ({abridged(places, _SHOWN)}). {left_out}{behind}."
    )


def _repeat_note(steps: IntArray, repeated: int) -> Note:
    back = int(np.sum(steps[1:] < steps[:-1]))
    writers = " Rows out of order show that several processes wrote it." if back >= MIN_RELOGGED else ""
    text = (
        f"{repeated:,} of {len(steps):,} rows repeat the step of a later row; the last row of a step counts."
    )
    return Note("repeated_steps", text + writers)
