"""Epochs: what a log's epoch column says of the length of an epoch."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from curvewise.model.series import FloatArray, Series

NEARLY_EQUAL = 0.01
"""Relative spread within which steps per epoch agree; trainers round the epoch to two decimals."""


def with_epochs(metrics: Mapping[str, Series]) -> tuple[dict[str, Series], float | None]:
    """Read the metric ``epoch``.

    Some tools log the passes that are complete (1.0 at the end of the first), others the index of the
    running one (0 throughout the first). Only the former is the metric ``epoch``; the latter is renamed
    to ``epoch_index``, and gives the length of an epoch alone.
    """
    epoch = metrics.get("epoch")
    if epoch is None or not len(_plausible(epoch)):
        return dict(metrics), None
    length, plausible = steps_per_epoch(epoch), _plausible(epoch)
    if _is_fractional(plausible) or _agree(_ratio(plausible, 0, 0)):
        return dict(metrics), length
    return {("epoch_index" if name == "epoch" else name): series for name, series in metrics.items()}, length


def length_by_last(epoch: Series | None) -> float | None:
    """Training steps in one epoch, from the last row of a log of passes that are complete."""
    if epoch is None:
        return None
    begun = _plausible(epoch)
    begun = begun.where(begun.value > 0)
    return float(begun.step[-1] / begun.value[-1]) if len(begun) and begun.last_step > 0 else None


def steps_per_epoch(epoch: Series) -> float | None:
    """Training steps in one epoch, from epochs over steps; None when they do not tell.

    Examples
    --------
    >>> steps_per_epoch(Series.from_points([10, 20], [0.5, 1.0]))
    20.0
    >>> steps_per_epoch(Series.from_points([1, 2, 3, 4, 5, 6, 7], [0, 0, 0, 1, 1, 1, 2]))
    3.0
    """
    epoch = _plausible(epoch)
    if _is_fractional(epoch):
        return length_by_last(epoch)
    if len(epoch) < 2:
        return None
    for step_offset, epoch_offset in ((0, 0), (0, 1), (1, 1)):  # the ends of epochs, counted from 1 or from 0
        ratios = _ratio(epoch, step_offset, epoch_offset)
        if _agree(ratios):
            return float(ratios[-1])
    return _from_index(epoch)


def _plausible(epoch: Series) -> Series:
    """Only the points that can be a count of epochs."""
    value = np.where(np.isfinite(epoch.value), epoch.value, -1.0)
    return epoch.where((value == 0) | ((value > 1e-9) & (value < 1e9)))


def _is_fractional(epoch: Series) -> bool:
    return bool((np.abs(epoch.value - np.round(epoch.value)) > 1e-9).any())


def _ratio(epoch: Series, step_offset: int, epoch_offset: int) -> FloatArray:
    done, count = epoch.step + step_offset, epoch.value + epoch_offset
    begun = (done != 0) | (count != 0)  # an evaluation before training tells nothing
    done, count = done[begun], count[begun]
    if len(count) < 2 or (count <= 0).any() or count[0] == count[-1]:
        return np.empty(0)
    return np.asarray(done / count, dtype=np.float64)


def _agree(ratios: FloatArray) -> bool:
    return len(ratios) > 0 and ratios.min() > 0 and np.ptp(ratios) <= NEARLY_EQUAL * ratios[-1]


def _from_index(epoch: Series) -> float | None:
    """Find the length that puts every step into its epoch: ``index <= done / length < index + 1``."""
    index = epoch.value - epoch.value.min()
    done = epoch.step - (0 if epoch.first_step == 0 else 1)
    later = index > 0
    if not later.any():
        return None
    most = float(np.min(done[later] / index[later]))
    least = float(np.max(done / (index + 1)))
    if not 0 <= least < most:
        return None
    if np.floor(most) > least:
        return float(np.floor(most)) if most - least < 1 + NEARLY_EQUAL * most else None
    return (least + most) / 2
