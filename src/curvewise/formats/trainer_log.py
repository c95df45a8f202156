"""The format `trainer_log`: LLaMA-Factory's log, which several processes and attempts may have written."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import compress
from typing import Any

from curvewise.errors import MalformedError
from curvewise.model.api_object import whole
from curvewise.model.column_names import MAX_NAME
from curvewise.model.metrics import canonical
from curvewise.model.run import Note, Run, logged_as
from curvewise.parsing.document import Document
from curvewise.parsing.epochs import length_by_last
from curvewise.parsing.rows import read_rows, text_notes
from curvewise.plugin import file_format

_PROGRESS = {"current_steps", "total_steps", "percentage", "elapsed_time", "remaining_time", "throughput"}

Row = dict[str, Any]


def _recognise(document: Document) -> bool:
    first = (document.rows or [{}])[0]
    return "current_steps" in first and "total_steps" in first


@file_format(
    title="LLaMA-Factory trainer_log.jsonl",
    recognised_by="rows with current_steps and total_steps",
    recognise=_recognise,
)
def trainer_log(document: Document) -> Run:
    """Read the log of LLaMA-Factory.

    An evaluation is a full pass over the validation set. Two kinds of row are no evaluation of the step
    that they carry, and are left out: an evaluation after training, of the best checkpoint that was
    loaded again, and rows of a separate evaluation or prediction pass.
    """
    rows, notes = _training_rows(document.rows or [])
    rows, further = _without_reevaluation(rows)
    table = read_rows(rows)
    names = {
        key: canonical(key, "llamafactory") or key[:MAX_NAME] for key in table.columns if key not in _PROGRESS
    }
    if "current_steps" not in table.columns or not set(names.values()) - {"epoch", "learning_rate"}:
        raise MalformedError(
            "the log holds no loss and no reward",
            hint="pass the trainer_log.jsonl of the training, not that of an evaluation or a prediction",
        )
    if "train_mean_reward" in names.values():
        names = {key: "policy_loss" if name == "train_loss" else name for key, name in names.items()}
    history = table.history("current_steps")
    metrics = {name: history.series(key) for key, name in names.items()}
    totals = table.columns.get("total_steps")
    planned = None if totals is None else whole(totals.values[-1].item())
    text = {key: example for key, example in table.text.items() if key not in _PROGRESS}
    return Run(
        metrics={name: series for name, series in metrics.items() if len(series)},
        planned_steps=planned if planned and planned > 0 else None,
        steps_per_epoch=length_by_last(metrics.get("epoch")),
        logged_as=logged_as(names),
        notes=(*notes, *further, *history.notes, *text_notes(text)),
    )


def _training_rows(rows: Sequence[Row]) -> tuple[Sequence[Row], tuple[Note, ...]]:
    """Leave out the rows of an evaluation or prediction pass: no loss, and a number of steps of their own."""
    totals = {whole(row.get("total_steps")) for row in rows if row.get("loss") is not None}
    own = [row.get("loss") is not None or whole(row.get("total_steps")) in totals for row in rows]
    lost = own.count(False)
    if not totals or not lost:
        return rows, ()
    kept = list(compress(rows, own))
    text = f"{lost} row{'s' if lost > 1 else ''} of a separate evaluation or prediction pass left out."
    return kept, (Note("evaluation_pass", text),)


def _without_reevaluation(rows: Sequence[Row]) -> tuple[Sequence[Row], tuple[Note, ...]]:
    """Leave out a last evaluation that repeats an earlier one to the last digit."""
    evaluated = [(place, row) for place, row in enumerate(rows) if isinstance(row.get("eval_loss"), float)]
    if len(evaluated) < 2 or evaluated[-1][1].get("loss") is not None:
        return rows, ()
    where, last = evaluated[-1]
    same = [row for _, row in evaluated[:-1] if row["eval_loss"] == last["eval_loss"]]
    if len(same) != 1 or same[0].get("current_steps") == last.get("current_steps") or not last["eval_loss"]:
        return rows, ()
    earlier = f"step {same[0].get('current_steps')} ({last['eval_loss']:.6g})"
    text = (
        f"The last evaluation repeats that of {earlier} to the last digit: the best checkpoint was loaded "
        "and evaluated again. It was left out."
    )
    return [row for place, row in enumerate(rows) if place != where], (Note("best_reevaluated", text),)
