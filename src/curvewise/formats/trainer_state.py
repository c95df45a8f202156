"""The format `trainer_state`: Hugging Face Trainer, TRL and what builds on them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeGuard

import numpy as np

from curvewise.errors import MalformedError
from curvewise.model.metrics import canonical, infer_kind
from curvewise.model.run import Run
from curvewise.model.series import Series
from curvewise.parsing.document import Document
from curvewise.parsing.epochs import length_by_last
from curvewise.parsing.naming import MAX_NAME
from curvewise.parsing.rows import History, read_rows, text_notes
from curvewise.plugin import file_format

_TIMINGS = (
    "runtime",
    "samples_per_second",
    "steps_per_second",
    "model_preparation_time",
    "jit_compilation_time",
)
_SUMMARY = {"total_flos", *(f"train_{timing}" for timing in _TIMINGS)}
_PREFERENCES = {"chosen", "rejected", "margins", "accuracies"}
_PARTS_OF_LOSS = {"sft", "nll", "odds_ratio", "aux", "policy", "value", "mtp"}  # no evaluation sets
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


def _history(document: Document) -> list[dict[str, Any]] | None:
    """Return the log of a document, or None when it is of another format."""
    value = document.json if document.is_json and not document.is_json_lines else None
    if isinstance(value, dict):
        rows = value.get("log_history")
        return rows if isinstance(rows, list) else None
    rows = value if isinstance(value, list) else document.rows if document.is_json_lines else None
    return rows if rows and any(_is_logged(row) for row in rows[:5]) else None


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
    rows = _entries(_history(document) or [])
    table = read_rows(rows)
    if "step" not in table.columns:
        raise MalformedError(
            "the log_history has no entry with a step",
            hint="pass the state of a later checkpoint: nothing was logged before this one was written",
            field="log_history",
        )
    history = table.history("step")
    names = _names(table.columns)
    metrics = {name: history.series(key) for key, name in names.items()}
    planned = state.get("max_steps")
    return Run(
        metrics={name: series for name, series in metrics.items() if len(series)},
        hyperparameters={name: state[key] for key, name in _SETTINGS.items() if state.get(key) is not None},
        planned_steps=int(planned) if _positive(planned) else None,
        steps_per_epoch=_steps_per_epoch(state, metrics.get("epoch")),
        validation_examples=_validation_examples(history),
        notes=(*history.notes, *text_notes(table.text)),
    )


def _entries(rows: Sequence[object]) -> list[dict[str, Any]]:
    entries = [row for row in rows if isinstance(row, dict)]
    if len(entries) < len(rows):
        raise MalformedError(
            f"{len(rows) - len(entries):,} of the {len(rows):,} entries of the log are not objects",
            hint="pass trainer_state.json as the trainer wrote it",
            field="log_history",
        )
    return entries


def _positive(value: object) -> TypeGuard[float]:
    return isinstance(value, (int, float)) and 0 < value < float("inf")


def _steps_per_epoch(state: Mapping[str, Any], epoch: Series | None) -> float | None:
    """Divide step by epoch: by the state, which does not round the epoch, else by the last row."""
    steps, epochs = state.get("global_step"), state.get("epoch")
    return steps / epochs if _positive(steps) and _positive(epochs) else length_by_last(epoch)


def _names(keys: Iterable[str]) -> dict[str, str]:
    """Name of the metric for each key that holds one."""
    keys = list(keys)
    summary = bool(_SUMMARY & set(keys))
    sets = _evaluation_sets(keys)
    names: dict[str, str] = {}
    taken: set[str] = set()
    for key in keys:
        if key == "step" or key in _SUMMARY or _is_timing(key):
            continue
        name = "mean_train_loss" if key == "train_loss" and summary else _name(key, sets)
        names[key] = name if name not in taken else key[:MAX_NAME]
        taken.add(name)
    if infer_kind(names.values()) == "rft" or "reward" in names:
        return {key: _reinforcement_name(key, name) for key, name in names.items()}
    return names


def _is_timing(key: str) -> bool:
    return key.startswith("eval_") and key.endswith(_TIMINGS)


def _evaluation_sets(keys: Sequence[str]) -> tuple[str, ...]:
    """Names of the evaluation sets, the longest first; none when there is a single, nameless one."""
    for ending in ("_runtime", "_loss"):  # every evaluation logs its run time, unless rows were picked out
        marked = [key[5 : -len(ending)] for key in keys if key.startswith("eval_") and key.endswith(ending)]
        if marked or f"eval{ending}" in keys:
            sets = {name for name in marked if name and (ending == "_runtime" or name not in _PARTS_OF_LOSS)}
            return tuple(sorted(sets, key=lambda name: (-len(name), name)))
    return ()


def _name(key: str, sets: Sequence[str]) -> str:
    for name in sets:
        if key.startswith(f"eval_{name}_"):
            measured = f"eval_{key[len(name) + 6 :]}"
            return f"{canonical(measured, 'huggingface') or measured}/{name}"[:MAX_NAME]
    if key.startswith("eval_") and key.endswith("_loss") and key != "eval_loss":
        return key[:MAX_NAME]  # a part of the loss, which the catalogue's eval_*_loss would take for a set
    return canonical(key, "huggingface") or key[:MAX_NAME]


def _reinforcement_name(key: str, name: str) -> str:
    if name == "train_loss":
        return "policy_loss"
    for prefix, family in (("rewards/", "train_grader_reward"), ("eval_rewards/", "valid_grader_reward")):
        grader = key.removeprefix(prefix)
        if key.startswith(prefix) and "/" not in grader and grader not in _PREFERENCES:
            return f"{family}/{grader}"[:MAX_NAME]  # TRL before 0.17 logs no /mean behind the function
    return name


def _validation_examples(history: History) -> int | None:
    """Examples of an evaluation, where run time times speed gives one number for all evaluations."""
    columns = history.table.columns
    ending = "_samples_per_second"
    counts: set[int | None] = set()
    for key in columns:
        runtime = f"{key.removesuffix(ending)}_runtime"
        if key.startswith("eval_") and key.endswith(ending) and runtime in columns:
            counts.add(_count(history.series(runtime), history.series(key)))
    return counts.pop() if len(counts) == 1 else None


def _count(runtime: Series, speed: Series) -> int | None:
    seconds, rate = runtime.on(speed.step).value, speed.on(runtime.step).value
    usable = np.isfinite(seconds) & np.isfinite(rate) & (seconds > 0) & (rate > 0)
    seconds, rate = seconds[usable], rate[usable]
    if not len(seconds):
        return None
    error = 0.0006 * (seconds + rate)  # both are logged with at least three decimals
    least, most = float(np.max(seconds * rate - error)), float(np.min(seconds * rate + error))
    count = round((least + most) / 2)
    return count if least <= most + 1 and count > 0 else None
