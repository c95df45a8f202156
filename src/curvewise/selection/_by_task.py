"""The choice by a metric of the task, which leads where it and the loss disagree."""

from __future__ import annotations

from functools import partial

import msgspec
import numpy as np

from curvewise.derived.saved import untrained
from curvewise.derived.task_metric import TaskMetric, other_task_metrics, outweighs, task_metric
from curvewise.model.run import Run
from curvewise.model.selection import Pick, Selection
from curvewise.selection._table import BETWEEN, Saved, doubt, look_up, lost, recorded, rows
from curvewise.text import listed

MOST_OTHERS = 3
"""Further metrics of the task that are named."""


def by_task_metric(run: Run, saved: Saved, otherwise: Selection) -> Selection:
    """Return the choice by the task metric that the run logs; else the other, by loss or reward."""
    task = task_metric(run)
    if task is None:
        return otherwise
    stand_ins = saved.saving.stand_ins(task.series)
    task = task.with_steps([step for step in stand_ins if not untrained(run, step)])
    places = _places(run, task, saved)
    if not len(places):
        return otherwise
    if task.stands_still:
        return _beside(run, task, _with_rows(run, saved, task, otherwise, None))
    first, chance, tied = task.best_of(places)
    best = task.preferred(first, chance, tied)
    tied = sorted({first, *tied} - {best})
    steps, called = task.series.step, task.called(run)

    def pick(place: int, why: str) -> Pick:
        value, error = float(task.value[place]), float(task.error[place])
        return saved.pick(
            int(steps[place]), task.metric, value, "best", why, error, chance[place], task.better
        )

    value = f"{task.series.value[best]:.4g}"
    flag = BETWEEN if int(steps[best]) in stand_ins else _smoothed(task, places, first, best)
    one = "only" if len(places) == 1 else task.word
    how = f"{value}, the {one} {called} {saved.among(int(steps[best]), len(places))}"
    how += flag if len(places) > 1 else ""
    how += "" if best == first else "; among ties the lower validation loss decides"
    gone = _gone(task, places)
    other = otherwise.best
    differs = other is not None and other.step != int(steps[best])
    judged = "the reward" if run.kind == "rft" else "validation loss"
    beside = f"; by {judged} it would be step {other.step:,}" if other is not None and differs else ""
    stepped = {int(steps[place]): share for place, share in chance.items()}
    ties = [int(steps[place]) for place in tied]
    reason = [
        f"{run.where(int(steps[best])).capitalize()} has {how}.",
        f"By {judged} it would be {run.where(other.step)} ({other.why})." if other and differs else "",
        _others(run, saved, int(steps[best])),
        doubt(stepped, int(steps[best]), ties, "best"),
        ""
        if gone is None
        else f"The {task.word} of all is at {run.where(gone)}, which {lost(run, saved, gone)}.",
        saved.words(int(steps[best])),
    ]
    return msgspec.structs.replace(
        _with_rows(run, saved, task, otherwise, gone),
        best=pick(best, how + beside),
        tied=tuple(
            pick(place, f"{task.series.value[place]:.4g}, within the noise of {value}") for place in tied
        ),
        candidates=(),
        gone=gone,
        reason=" ".join(part for part in reason if part),
    )


def _others(run: Run, saved: Saved, chosen: int) -> str:
    """Name the further metrics of the task by which another step is clearly better than the chosen one."""
    told = []
    for task in other_task_metrics(run):
        places = _places(run, task, saved)
        if not len(places):
            continue
        best, chance, _ = task.best_of(places)
        step = int(task.series.step[best])
        rivals = [place for place in places.tolist() if int(task.series.step[place]) == chosen]
        if step != chosen and all(outweighs(chance, best, place) for place in rivals):
            told.append(f"{task.called(run)} is best at step {step:,} ({task.series.value[best]:.4g})")
    return f"{listed(told[:MOST_OTHERS])}." if told else ""


def _beside(run: Run, task: TaskMetric, selection: Selection) -> Selection:
    """Return the other choice, and say that the metric of the task is the same everywhere."""
    if (best := selection.best) is None:
        return selection
    still = f"{task.called(run)} is {task.series.value[0]:.4g} at every evaluation and tells nothing"
    return msgspec.structs.replace(selection, best=msgspec.structs.replace(best, why=f"{best.why}; {still}"))


def _smoothed(task: TaskMetric, places: np.ndarray, first: int, best: int) -> str:
    """Say what makes the choice the best where a better value was logged: its neighbours, or little noise."""
    logged = int(places[int(np.argmin(task.sign * task.series.value[places]))])
    if task.series.value[logged] == task.series.value[best]:
        return ""
    how = "once noise is smoothed" if best == first else "as far as noise can tell"
    return f" {how} (logged: {task.series.value[logged]:.4g} at step {task.series.step[logged]:,})"


def _places(run: Run, task: TaskMetric, saved: Saved) -> np.ndarray:
    """Return the evaluations that stand at a checkpoint that may be chosen."""
    steps = [step for step in task.series.step.tolist() if saved.listed or not untrained(run, step)]
    return np.flatnonzero(np.isin(task.series.step, saved.to_choose(steps)))


def _gone(task: TaskMetric, places: np.ndarray) -> int | None:
    """Return the best step of all where it is none of those to choose from."""
    first = task.best_of(np.arange(len(task.series)))[0]
    return None if first in places else int(task.series.step[first])


def _with_rows(run: Run, saved: Saved, task: TaskMetric, selection: Selection, gone: int | None) -> Selection:
    """Return the selection with the metric in its table, and a row for each step that has one."""
    steps = {row.step for row in selection.table}
    lost = set() if gone is None else {gone}
    told = lost if saved.listed else set(task.series.step.tolist())
    new = np.array(sorted(told - steps), dtype=np.int64)
    columns = selection.columns if task.metric in selection.columns else (*selection.columns, task.metric)
    own = partial(look_up, task.series) if task.members(run) else partial(recorded, run, task.metric)
    cells = {column: own(new) if column == task.metric else recorded(run, column, new) for column in columns}
    added = rows(run, saved, new, cells)
    at = np.array([row.step for row in selection.table], dtype=np.int64)
    values = dict(zip(at.tolist(), own(at), strict=True))
    kept = [
        msgspec.structs.replace(row, values={**row.values, task.metric: values[row.step]})
        for row in selection.table
    ]
    table = tuple(sorted((*kept, *added), key=lambda row: row.step))
    return msgspec.structs.replace(selection, columns=columns, table=table)
