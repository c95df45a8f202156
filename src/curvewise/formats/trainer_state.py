"""The format `trainer_state`: Hugging Face Trainer, TRL and what builds on them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, TypeGuard

from curvewise.errors import MalformedError
from curvewise.model.api_object import whole
from curvewise.model.run import Run, logged_as
from curvewise.model.series import Series
from curvewise.parsing.document import Document
from curvewise.parsing.epochs import length_by_last
from curvewise.parsing.large_rows import is_array
from curvewise.parsing.rows import read_rows, text_notes
from curvewise.parsing.trainer_names import trainer_names, validation_examples
from curvewise.plugin import file_format
from curvewise.storage.walk import CHECKPOINT

_SETTINGS = {
    "num_train_epochs": "n_epochs",
    "train_batch_size": "batch_size_per_device",
    "eval_steps": "eval_steps",
    "save_steps": "save_steps",
    "logging_steps": "logging_steps",
    "best_metric": "best_metric",
    "best_global_step": "best_global_step",
    "best_model_checkpoint": "best_model_checkpoint",
}

_NUMBERED = re.compile(rf"{CHECKPOINT.pattern}$")


def _history(document: Document) -> Sequence[dict[str, Any]] | None:
    """Return the log of a document, or None when it is of another format."""
    value = document.json if document.is_json and not document.is_json_lines else None
    if isinstance(value, dict):
        rows = value.get("log_history")
        return rows if isinstance(rows, list) and not any(map(_is_of_roll, rows[:1])) else None
    rows = value if is_array(value) else document.rows if document.is_json_lines else None
    return rows if rows and any(_is_logged(row) for row in rows[:5]) else None


def _is_of_roll(row: object) -> bool:
    """Whether ROLL wrote a row, whose state has the same key."""
    return isinstance(row, dict) and "system/step" in row


def _is_logged(row: object) -> bool:
    if not (isinstance(row, dict) and "step" in row and "epoch" in row):
        return False
    trained = "learning_rate" in row and ("loss" in row or "reward" in row)
    return trained or "train_runtime" in row or any(key.startswith("eval_") for key in row)


def _recognise(document: Document) -> bool:
    return _history(document) is not None


@file_format(
    title="Hugging Face trainer_state.json, or its log_history alone",
    recognised_by="the key log_history, or rows with step, epoch and eval_* or loss and learning_rate",
    recognise=_recognise,
)
def trainer_state(document: Document) -> Run:
    """Read the state of a Hugging Face Trainer.

    An evaluation is a full pass (``eval_loss`` is ``full_valid_loss``); of several evaluation sets each
    has its own metric, ``full_valid_loss/<set>``. The ``train_loss`` of the last row is a mean over the
    whole run and is called ``mean_train_loss``. In reinforcement learning ``loss`` is ``policy_loss``,
    and each reward function counts as a grader. Speeds and run times are left out; those of the
    evaluations tell the number of validation examples.
    """
    state = document.json if isinstance(document.json, dict) else {}
    rows = _history(document) or []
    _require_entries(rows)
    table = read_rows(rows)
    if "step" not in table.columns:
        raise MalformedError(
            "the log_history has no entry with a step",
            hint="pass the state of a later checkpoint: nothing was logged before this one was written",
            field="log_history",
        )
    history = table.history("step")
    logged = {key: history.series(key) for key in table.columns if key != "step"}
    names = trainer_names(logged)
    metrics = {name: logged[key] for key, name in names.items()}
    planned = whole(state.get("max_steps"))
    return Run(
        metrics={name: series for name, series in metrics.items() if len(series)},
        hyperparameters=_settings(state),
        planned_steps=planned if planned and planned > 0 else None,
        steps_per_epoch=_steps_per_epoch(state, metrics.get("epoch")),
        validation_examples=validation_examples(logged),
        logged_as=logged_as(names),
        notes=(*history.notes, *text_notes(table.text)),
    )


def _settings(state: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the state says of settings; older trainers name the best step by its folder alone."""
    settings = {name: state[key] for key, name in _SETTINGS.items() if state.get(key) is not None}
    folder = _NUMBERED.search(str(settings.get("best_model_checkpoint") or ""))
    return {"best_global_step": int(folder[1]), **settings} if folder else settings


def _require_entries(rows: Sequence[object]) -> None:
    others = [row for row in rows if not isinstance(row, dict)] if isinstance(rows, list) else ()
    if others:
        raise MalformedError(
            f"{len(others):,} of the {len(rows):,} entries of the log are not objects",
            hint="pass trainer_state.json as the trainer wrote it",
            field="log_history",
        )


def _positive(value: object) -> TypeGuard[float]:
    return isinstance(value, (int, float)) and 0 < value < 2**53


def _steps_per_epoch(state: Mapping[str, Any], epoch: Series | None) -> float | None:
    """Divide step by epoch: by the state, which does not round the epoch, else by the last row."""
    steps, epochs = state.get("global_step"), state.get("epoch")
    return steps / epochs if _positive(steps) and _positive(epochs) else length_by_last(epoch)
