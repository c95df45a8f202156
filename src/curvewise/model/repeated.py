"""One training that several loggers wrote down: the same series, under whatever names and steps."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath

import msgspec
import numpy as np

from curvewise.model.metrics import find
from curvewise.model.run import Note, Run
from curvewise.model.series import FloatArray, Series
from curvewise.text import abridged

EXACT = 5e-7
"""Relative difference of values in single precision."""
FEWEST = 3
"""Values that agree, at which two logs are of one training: fewer may agree by chance."""
_LOSSES = {"train_loss", "full_valid_loss"}
_COUNTED = {"count", "tokens", "seconds"}


def without_repeats(runs: Sequence[Run]) -> list[Run]:
    """Keep the richest log of each training, and note on it which others say the same.

    Logs of one format are runs of their own, however alike: a logger writes a training down once.

    Examples
    --------
    >>> losses = [2.0, 1.5, 1.2, 1.1]
    >>> table = Run(metrics={"train_loss": Series.from_points(range(4), losses)}, formats=("tabular",))
    >>> lists = Run(metrics={"train_loss": Series.from_points(range(4), losses)}, formats=("json_columns",))
    >>> len(without_repeats([table, lists])), len(without_repeats([table, table]))
    (1, 2)
    """
    kept: list[Run] = []
    repeats: list[list[Run]] = []
    for run in sorted(runs, key=_richness, reverse=True):
        same = next((at for at, other in enumerate(kept) if is_same_training(other, run)), None)
        if same is None:
            kept.append(run)
            repeats.append([])
        else:
            repeats[same].append(run)
    joined = {id(run): _with_repeats(run, others) for run, others in zip(kept, repeats, strict=True)}
    return [joined[id(run)] for run in runs if id(run) in joined]


def _richness(run: Run) -> tuple[bool, bool, int, bool, int]:
    """Rank a log: what knows the checkpoints, before what is not printed, before what holds most values."""
    values = np.concatenate([series.value for series in run.metrics.values()] or [np.array([])])
    with np.errstate(over="ignore"):
        is_double = not np.array_equal(values.astype(np.float32), values, equal_nan=True)
    is_printed = _rounding(values) > EXACT
    return run.checkpoints is not None, not is_printed, len(values), is_double, -len(run.notes)


def is_same_training(first: Run, second: Run) -> bool:
    """Whether two logs of different formats hold the same series, and none that contradicts the other's."""
    common = [name for name in first.metrics if name in second.metrics and _is_telling(name)]
    if not common or _loggers(first) & _loggers(second):
        return False
    pairs = [(first[name], second[name]) for name in common]
    return any(_agree(pairs, ahead) for ahead in (0, 1, -1))  # some count steps from 0, and others from 1


def _agree(pairs: Sequence[tuple[Series, Series]], ahead: int) -> bool:
    agreeing = 0
    for first, second in pairs:
        here, there = _aligned(first, second, ahead)
        if not np.allclose(here, there, rtol=max(_rounding(here), _rounding(there)), atol=0, equal_nan=True):
            return False
        agreeing += len(np.unique(there))
    return agreeing >= FEWEST


def are_parts(runs: Sequence[Run]) -> bool:
    """Whether several logs may be of one run: none has a metric of another's, and all are of one kind.

    Examples
    --------
    >>> first, second = (Run(metrics={name: Series.from_points([1], [2.0])}) for name in ("kl", "entropy"))
    >>> are_parts([first, second]), are_parts([first, first])
    (True, False)
    """
    held = [{name for name in run.metrics if _is_telling(name)} for run in runs]
    kinds = {run.kind for run in runs if run.kind != "sft" or _LOSSES & run.metrics.keys()}
    is_apart = all(held) and sum(map(len, held)) == len(set().union(*held))
    return len(runs) > 1 and len(kinds) <= 1 and is_apart


def _loggers(run: Run) -> set[str]:
    """Return what wrote a run down: formats, or the database or store that holds it."""
    return set(run.formats) or {PurePath(run.source.partition("#")[0]).name}


def _is_telling(name: str) -> bool:
    """Whether a metric differs from training to training, other than a schedule or a count."""
    entry = find(name)
    return entry is not None and entry.split is not None and entry.unit not in _COUNTED


def _aligned(first: Series, second: Series, ahead: int) -> tuple[FloatArray, FloatArray]:
    """Return the values at common steps; in their order where the two count otherwise, and as many."""
    _, here, there = np.intersect1d(first.step, second.step + ahead, assume_unique=True, return_indices=True)
    if len(first) == len(second) != len(here):
        return first.value, second.value
    if 2 * len(here) < min(len(first), len(second)):
        return first.value[:0], second.value[:0]
    return first.value[here], second.value[there]


def _rounding(values: FloatArray) -> float:
    """Half a unit of the last digit that values are given with, relative to the smallest with as many.

    >>> _rounding(np.array([1.23, 0.0987])) > _rounding(np.array([1.234])) > _rounding(np.array([1 / 3]))
    True
    """
    for digits in (3, 4, 5, 6):
        printed = [float(f"{value:.{digits}g}") for value in values.tolist()]
        if np.array_equal(printed, values, equal_nan=True):
            return 0.501 * 10.0 ** (1 - digits)
    return EXACT


def _with_repeats(run: Run, others: Sequence[Run]) -> Run:
    """Note what was left out, and take from it what the richest does not know."""
    if not others:
        return run
    names = abridged([PurePath(other.source or other.name).name for other in others])
    text = f"The same training is logged {len(others) + 1} times here; this is the richest, not {names}."
    saved = next((each.checkpoints for each in (run, *others) if each.checkpoints is not None), None)
    return msgspec.structs.replace(run, checkpoints=saved, notes=(*run.notes, Note("repeated_logs", text)))
