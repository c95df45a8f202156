"""Merge: from what several files know of one run to one run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

import msgspec
import numpy as np

from curvewise.errors import MixedRunsError
from curvewise.model.metrics import find
from curvewise.model.run import Checkpoint, Note, Run
from curvewise.model.series import FloatArray, Series, join
from curvewise.text import abridged

ANNOUNCED = "announced_checkpoints"
"""Code of the note on checkpoints that a log announced, which need not exist any longer."""

ROUNDED = "rounded_messages"
"""Code of the note on losses that come from messages with two decimals."""

RESULTS = ("openai_results", "openai_rft_results")
"""Formats of which a job writes one file, in one of them."""

FEWEST_DECIMALS = 2
"""No source rounds more coarsely; event messages of OpenAI print two decimals."""

_Value = TypeVar("_Value")
_ONE_RUN = "give the files of one run; check them one by one, or name the file that belongs to it"


def merge(runs: Sequence[Run]) -> Run:
    """Join what several files know of one run.

    A metric that several files hold is joined by step; the file with the most points of it comes first, and
    a file whose values come from rounded messages last. Checkpoints get the values at their step, and the
    series get the values that only a checkpoint has.

    Parameters
    ----------
    runs
        At least one; what comes first counts where two files differ in a fact such as the base model.

    Raises
    ------
    MixedRunsError
        If the files belong to different jobs, or most of the values that they have in common contradict each
        other: which files, metric, step and values.

    Examples
    --------
    >>> curve = Run.from_series({"train_loss": ([1, 2, 3], [2.0, 1.5, 1.2])})
    >>> saved = Checkpoint(step=2, model="m:ckpt-step-2", metrics={"full_valid_loss": 1.6})
    >>> merged = merge([curve, Run(checkpoints=(saved,))])
    >>> dict(merged.checkpoints[0].metrics)
    {'full_valid_loss': 1.6, 'train_loss': 1.5}
    >>> merged["full_valid_loss"].step
    array([2])
    """
    if len(runs) == 1 and runs[0].checkpoints is None:
        return msgspec.structs.replace(runs[0], notes=tuple(dict.fromkeys(runs[0].notes)))
    _require_one_job(runs)
    notes = _of_two_kinds(runs)
    metrics = _metrics(runs, notes)
    checkpoints = _checkpoints(runs, notes)
    if checkpoints is not None:
        _note_distant(runs, checkpoints, notes)
        metrics = _with_checkpoint_values(metrics, checkpoints)
        checkpoints = tuple(_with_series_values(saved, metrics) for saved in checkpoints)
    outranked = len(_lists(runs)) < sum(run.checkpoints is not None for run in runs)
    every = [note for run in runs for note in run.notes if not (outranked and note.code == ANNOUNCED)]
    return Run(
        id=_first(run.id for run in runs) or "",
        name=_first(run.name for run in runs) or "",
        metrics=metrics,
        checkpoints=checkpoints,
        declared_kind=_first(run.declared_kind for run in runs),
        base_model=_first(run.base_model for run in runs),
        final_model=_first(run.final_model for run in runs),
        status=_first(run.status for run in runs),
        error=_first(run.error for run in runs),
        hyperparameters=_hyperparameters(runs),
        steps_per_epoch=_first(run.steps_per_epoch for run in runs),
        validation_examples=_first(run.validation_examples for run in runs),
        planned_steps=_first(run.planned_steps for run in runs),
        logged_as={name: column for run in reversed(runs) for name, column in run.logged_as.items()},
        formats=tuple(dict.fromkeys(name for run in runs for name in run.formats)),
        source=_first(run.source for run in runs) or "",
        notes=tuple(dict.fromkeys((*every, *notes))),
    )


def _first(values: Iterable[_Value | None]) -> _Value | None:
    return next((value for value in values if value is not None and value != ""), None)


def _hyperparameters(runs: Sequence[Run]) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for run in runs:
        merged = {**run.hyperparameters, **merged}
    return merged


def _require_one_job(runs: Sequence[Run]) -> None:
    named = [run for run in runs if run.id]
    for other in named[1:]:
        if other.id != named[0].id:
            raise MixedRunsError(
                f"{_called(named[0])} belongs to {named[0].id}, and {_called(other)} to {other.id}",
                hint=_ONE_RUN,
            )


def _of_two_kinds(runs: Sequence[Run]) -> list[Note]:
    """Say that result files of two kinds of job were joined: they share no value that could differ."""
    found = [next((run for run in runs if name in run.formats), None) for name in RESULTS]
    supervised, reinforced = found
    if supervised is None or reinforced is None:
        return []
    text = (
        f"{_called(supervised)} holds losses and {_called(reinforced)} rewards, as different jobs write "
        "them; they were joined. Check them one by one if they are different runs."
    )
    return [Note("two_kinds", text)]


def _called(run: Run) -> str:
    return run.source or run.name or "one file"


def _metrics(runs: Sequence[Run], notes: list[Note]) -> dict[str, Series]:
    merged: dict[str, Series] = {}
    for name in dict.fromkeys(name for run in runs for name in run.metrics):
        holders = sorted((run for run in runs if name in run), key=lambda run: _precedence(run, name))
        merged[name] = holders[0][name]
        for other in holders[1:]:
            _require_agreement(name, holders[0], other, notes)
            merged[name] = _filled(merged[name], other[name])
    return merged


def _filled(series: Series, other: Series) -> Series:
    missing = other.where(~np.isin(other.step, series.step, assume_unique=True))
    return join(series, missing) if len(missing) else series


def _precedence(run: Run, metric: str) -> tuple[bool, int]:
    return run.note(ROUNDED) is not None, -len(run[metric])


def _require_agreement(metric: str, first: Run, second: Run, notes: list[Note]) -> None:
    """Refuse two files whose values of a metric contradict each other at most of their common steps.

    What no source logs is derived from metrics that are compared themselves, and magnifies their rounding.
    """
    entry = find(metric)
    if entry is not None and not any(entry.aliases.values()):
        return
    common, mine, theirs = np.intersect1d(
        first[metric].step, second[metric].step, assume_unique=True, return_indices=True
    )
    here, there = first[metric].value[mine], second[metric].value[theirs]
    tolerance = max(_rounding(first[metric].value), _rounding(second[metric].value))
    wrong = np.flatnonzero(~np.isclose(here, there, rtol=1e-6, atol=tolerance, equal_nan=True))
    if not len(wrong):
        return
    where = int(wrong[0])
    at_step = (
        f"{metric} at step {common[where]:,} is {here[where]:.6g} in {_called(first)} and "
        f"{there[where]:.6g} in {_called(second)}"
    )
    measured = entry is not None and entry.split is not None  # a duration is timed differently by each source
    if measured and 2 * len(wrong) > len(common):
        raise MixedRunsError(
            f"the files hold different runs: {at_step}; {len(wrong)} of {len(common)} common steps differ",
            hint=_ONE_RUN,
            field=metric,
        )
    text = f"{at_step}; {len(wrong)} of {len(common)} common steps differ, and the first file counts."
    notes.append(Note("contradicting_values", text))


def _rounding(values: FloatArray) -> float:
    """Half a unit in the last decimal that values are given with, between 2 and 9 decimals."""
    finite = values[np.isfinite(values) & (np.abs(values) < 1e6)]
    for decimals in range(FEWEST_DECIMALS, 9):
        if np.array_equal(np.round(finite, decimals), finite):
            return 0.5001 * 10.0**-decimals
    return 0.5001e-9


def _checkpoints(runs: Sequence[Run], notes: list[Note]) -> tuple[Checkpoint, ...] | None:
    lists = _lists(runs)
    if not lists:
        return None
    by_step: dict[int, Checkpoint] = {}
    for saved in (saved for run in lists for saved in run.checkpoints or ()):
        by_step[saved.step] = _joined(by_step[saved.step], saved) if saved.step in by_step else saved
    gone = sorted({saved.step for run in runs for saved in run.checkpoints or ()} - set(by_step))
    if gone:
        steps = abridged([f"{step:,}" for step in gone])
        text = f"The log announced a checkpoint at step {steps}, which the checkpoint list no longer has."
        notes.append(Note("gone_checkpoints", text))
    return tuple(by_step[step] for step in sorted(by_step))


def _lists(runs: Sequence[Run]) -> list[Run]:
    """Return the runs whose checkpoints count: a list that is whole outranks what a log announced."""
    known = [run for run in runs if run.checkpoints is not None]
    lists = [run for run in known if run.note(ANNOUNCED) is None]
    whole = lists and not any(run.note("incomplete_page") for run in lists)
    return lists if whole else known


def _joined(first: Checkpoint, second: Checkpoint) -> Checkpoint:
    return Checkpoint(
        step=first.step,
        model=first.model or second.model,
        metrics={**second.metrics, **first.metrics},
        id=first.id or second.id,
    )


def _note_distant(runs: Sequence[Run], checkpoints: tuple[Checkpoint, ...], notes: list[Note]) -> None:
    """Say so when no checkpoint lies within the steps that the other files measured."""
    ends = [
        step
        for run in runs
        if run.checkpoints is None
        for series in run.metrics.values()
        if len(series)
        for step in (series.first_step, series.last_step)
    ]
    steps = [saved.step for saved in checkpoints]
    if steps and ends and not any(min(ends) <= step <= max(ends) for step in steps):
        text = (
            f"The checkpoints are from step {min(steps):,} to {max(steps):,}, and the curve is from step "
            f"{min(ends):,} to {max(ends):,}: they may belong to different runs."
        )
        notes.append(Note("distant_checkpoints", text))


def _with_checkpoint_values(
    metrics: Mapping[str, Series], checkpoints: tuple[Checkpoint, ...]
) -> dict[str, Series]:
    merged = dict(metrics)
    for name in dict.fromkeys(name for saved in checkpoints for name in saved.metrics):
        holders = [saved for saved in checkpoints if name in saved.metrics]
        values = Series.from_points(
            [saved.step for saved in holders], [saved.metrics[name] for saved in holders]
        )
        merged[name] = _filled(merged[name], values) if name in merged else values
    return merged


def _with_series_values(saved: Checkpoint, metrics: Mapping[str, Series]) -> Checkpoint:
    at_step = {name: series.at(saved.step) for name, series in metrics.items()}
    found = {name: value for name, value in at_step.items() if value is not None}
    return msgspec.structs.replace(saved, metrics={**saved.metrics, **found})
