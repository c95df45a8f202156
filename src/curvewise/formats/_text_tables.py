"""From tables within a text to a run."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import msgspec

from curvewise.formats._lists import read_lists
from curvewise.formats._rows import read_history
from curvewise.model.column_names import find_place, recognised
from curvewise.model.metrics import canonical
from curvewise.model.run import Note, Run
from curvewise.model.task_names import base, is_validation
from curvewise.parsing.rows import read_rows
from curvewise.parsing.text_tables import TextTable
from curvewise.text import snake_case

_DONE = re.compile(
    r"\[\s*(?P<step>\d{1,15})/(?P<planned>\d{1,15}) [^]\n]{1,80}, Epoch (?P<epoch>\d{1,9}(?:\.\d+)?)/\d+ ?\]"
    r"|TrainOutput\(global_step=(?P<last>\d{1,15}),[^()]{1,2000}?'epoch': (?P<epochs>\d{1,9}(?:\.\d+)?)"
)
"""How far a training came: the bar of Hugging Face in a notebook, and what its ``train()`` returns."""


def read_last_table(tables: Sequence[TextTable], mapping: Mapping[str, str], around: str = "") -> Run:
    """Read the last table of metrics, which is that of the last training.

    In a table with a validation loss the further columns, such as Wer or Accuracy, are of the evaluation.
    The text around it may tell the planned steps, and how long an epoch is.
    """
    table = tables[-1]
    names = table.header if mapping else tuple(_of_evaluation(name, table.header) for name in table.header)
    rows = TextTable(names, table.rows).numbers()
    notes: list[Note] = []
    if len(tables) > 1:
        text = f"Of {len(tables)} tables of metrics the last was read; the others were passed over."
        notes.append(Note("several_tables", text))
    if table.place is None and not {"step", "epoch"} & mapping.keys():
        run = read_lists({name: [row.get(name) for row in rows] for name in names}, mapping)
    else:
        run, _ = read_history(read_rows(rows), mapping)
    return _with_plan(msgspec.structs.replace(run, notes=(*run.notes, *notes)), around)


def _with_plan(run: Run, around: str) -> Run:
    """Return a run over steps with what the last bar, or the end of the training, tells of its length."""
    if run.steps_per_epoch == 1:  # its steps are epochs
        return run
    for done in _DONE.finditer(around):
        step, epoch = int(done["step"] or done["last"]), float(done["epoch"] or done["epochs"])
        if step >= (run.last_step or 0) and epoch:
            planned, length = int(done["planned"] or step), run.steps_per_epoch or step / epoch
            run = msgspec.structs.replace(run, planned_steps=planned, steps_per_epoch=length)
    return run


def _of_evaluation(name: str, header: Sequence[str]) -> str:
    """Return a name as evaluations have it, ``eval_wer`` for Wer, beside a validation loss."""
    if "full_valid_loss" not in [recognised(each) for each in header]:
        return name
    if recognised(name) in ("train_loss", "full_valid_loss", "epoch", "learning_rate"):
        return name
    if find_place([name]) is not None:
        return name
    if is_validation(name) or name.strip().lower() in {base(each) for each in header if is_validation(each)}:
        return name  # Accuracy beside Val Accuracy is that of training
    plain = "eval_" + snake_case(name)
    return plain if canonical(plain, "huggingface") or not canonical(name) else name
