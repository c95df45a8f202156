"""From tables within a text to a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from curvewise.formats._rows import read_history
from curvewise.model.column_names import EPOCH_COLUMNS, STEP_COLUMNS, find_column, recognised
from curvewise.model.metrics import canonical
from curvewise.model.run import Note, Run
from curvewise.model.task_names import base, is_validation
from curvewise.parsing.rows import read_rows
from curvewise.parsing.text_tables import TextTable


def read_last_table(tables: Sequence[TextTable], mapping: Mapping[str, str]) -> Run:
    """Read the last table of metrics, which is that of the last training.

    In a table with a validation loss the further columns, such as Wer or Accuracy, are of the evaluation.
    """
    table = tables[-1]
    names = table.header if mapping else tuple(_of_evaluation(name, table.header) for name in table.header)
    rows = TextTable(names, table.rows).numbers()
    notes: list[Note] = []
    if len(tables) > 1:
        text = f"Of {len(tables)} tables of metrics the last was read; the others were passed over."
        notes.append(Note("several_tables", text))
    run, _ = read_history(read_rows(rows), mapping)
    return msgspec.structs.replace(run, notes=(*run.notes, *notes))


def _of_evaluation(name: str, header: Sequence[str]) -> str:
    """Return a name as evaluations have it, ``eval_wer`` for Wer, beside a validation loss."""
    if "full_valid_loss" not in [recognised(each) for each in header]:
        return name
    if recognised(name) in ("train_loss", "full_valid_loss", "epoch", "learning_rate"):
        return name
    if find_column([name], (*STEP_COLUMNS, *EPOCH_COLUMNS)) is not None:
        return name
    if is_validation(name) or name.strip().lower() in {base(each) for each in header if is_validation(each)}:
        return name  # Accuracy beside Val Accuracy is that of training
    plain = "eval_" + name.strip().lower().replace(" ", "_")
    return plain if canonical(plain, "huggingface") or not canonical(name) else name
