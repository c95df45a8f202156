"""What a tracker logged, under the names of whatever trainer wrote it, as a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

import msgspec
import numpy as np

from curvewise.model.column_names import (
    EPOCH_COLUMNS,
    PLANNED_STEPS,
    STEP_COLUMNS,
    find_column,
    name_columns,
    require_mapping,
)
from curvewise.model.run import Note, Run, logged_as
from curvewise.model.series import FloatArray, IntArray, Series, distinct
from curvewise.parsing.epochs import length_by_last, with_epochs
from curvewise.parsing.rows import RowColumn, RowTable, text_notes
from curvewise.parsing.steps import merge_restarts
from curvewise.parsing.trainer_names import is_trainer, trainer_names, validation_examples
from curvewise.text import abridged

_SPLITS = {"train/": "", "eval/": "eval_", "test/": "test_", "single_value/": ""}
"""What the Trainer puts before names for trackers: the last one for SwanLab alone."""
_CLOCKS = frozenset(("_step", "_runtime", "_timestamp"))

_SETTINGS = {
    "n_epochs": ("num_train_epochs", "num_epochs", "n_epochs", "epochs", "max_epochs", "total_epochs"),
    "batch_size_per_device": ("per_device_train_batch_size",),
    "gradient_accumulation_steps": ("gradient_accumulation_steps",),
    "batch_size": ("batch_size", "train_batch_size"),
    "learning_rate": ("learning_rate", "lr"),
    "lr_scheduler_type": ("lr_scheduler_type",),
    "warmup_ratio": ("warmup_ratio",),
    "warmup_steps": ("warmup_steps",),
    "weight_decay": ("weight_decay",),
    "max_grad_norm": ("max_grad_norm",),
    "beta": ("beta",),
    "seed": ("seed",),
    **{
        name: (name,)
        for name in (
            "optim", "adam_beta1", "adam_beta2", "label_smoothing_factor", "neftune_noise_alpha", "data_seed",
            "lora_r", "lora_alpha", "lora_dropout", "r", "dropout", "attention_dropout", "max_length",
            "max_seq_length", "packing", "loss_type", "num_generations", "temperature", "epsilon",
        )
    },
}  # fmt: skip
"""Hyperparameters, and what they are called where a tracker keeps them among hundreds of others."""
_SAVING = {
    "save_steps": (
        "save_steps", "save_freq", "save_every", "save_every_n_steps", "save_interval", "save_period",
        "save_frequency", "checkpoint_every", "checkpoint_interval", "checkpointing_steps",
        "every_n_train_steps",
    ),
    "save_total_limit": ("save_total_limit", "max_actor_ckpt_to_keep", "max_ckpt_num"),
    **{
        name: (name,)
        for name in (
            "save_strategy", "eval_steps", "load_best_model_at_end", "metric_for_best_model",
            "greater_is_better",
        )
    },
}  # fmt: skip
"""Settings that tell which checkpoints were saved, and by what the best one was kept; wherever they stand."""
_TRUTH = {"True": True, "true": True, "False": False, "false": False}
LONGEST_TEXT = 100
"""Characters of a setting that is a choice, and no prompt."""
MOST_OWN = 64
"""Settings up to which a configuration is one that somebody wrote, and all of it is kept; more is what a
trainer dumps of its arguments and of its model."""

_BASE_MODEL = ("model_name_or_path", "_name_or_path", "base_model", "model_name", "model")


def read_points(points: Mapping[str, tuple[IntArray, FloatArray]], mapping: Mapping[str, str]) -> Run:
    """Read steps and values of each series in the order in which they were logged."""
    logged: dict[str, Series] = {}
    notes: dict[str, Note] = {}
    for name, (steps, values) in points.items():
        if not len(steps):
            continue
        again = (steps[1:] == steps[:-1]) & (values[1:] == values[:-1])
        steps, values = steps[np.append(~again, True)], values[np.append(~again, True)]
        keep, further = merge_restarts(steps)
        logged[name] = Series.from_points(steps[keep], values[keep])
        notes = {**{note.code: note for note in further}, **notes}  # one series stands for all
    run = read_series(logged, mapping)
    return msgspec.structs.replace(run, notes=tuple(notes.values()))


def read_series(logged: Mapping[str, Series], mapping: Mapping[str, str]) -> Run:
    """Name the series of a tracker; what Hugging Face's Trainer logged is read as its own state is.

    Raises
    ------
    UsageError
        If the mapping does not fit.
    """
    require_mapping(mapping, logged)
    own = {_own_name(name): name for name in logged}
    by_trainer = not mapping and len(own) == len(logged) and is_trainer(own)
    if by_trainer:
        names = {own[key]: name for key, name in trainer_names(own).items()}
    else:
        names = name_columns(logged, mapping, lambda name: len(logged[name]))
    metrics = {name: logged[key] for key, name in names.items()}
    examples = validation_examples(logged)
    if by_trainer:
        length = length_by_last(metrics.get("epoch"))
    else:
        metrics, length = with_epochs(metrics)
    return Run(
        metrics=metrics, steps_per_epoch=length, validation_examples=examples, logged_as=logged_as(names)
    )


def _own_name(name: str) -> str:
    """Return the name under which Hugging Face's Trainer keeps what it logs as ``train/loss``."""
    split = next((split for split in _SPLITS if name.startswith(split)), "")
    return _SPLITS.get(split, "") + name[len(split) :]


def read_log(table: RowTable, mapping: Mapping[str, str], axes: Mapping[str, str] | None = None) -> Run:
    """Read what a tracker logged row by row, each key at the step that was logged last before.

    The step of a key is the metric that `axes` gives for it, or for a pattern such as ``rollout/*``; else
    the column of the log that is called so.

    Raises
    ------
    UsageError
        If the mapping does not fit.
    """
    require_mapping(mapping, table.columns)
    usable = [key for key, column in table.columns.items() if _is_whole(column)]
    usual = mapping.get("step") or find_column(usable, STEP_COLUMNS) or find_column(usable, EPOCH_COLUMNS)
    still = [
        key for key in {*(axes or {}).values()} if key in usable and not np.ptp(table.columns[key].values)
    ]
    keys_of: dict[str, list[str]] = {}
    for key in table.columns:
        if key not in _CLOCKS and (axis := _axis(key, axes or {}, usable, still) or usual):
            keys_of.setdefault(axis, []).append(key)
    histories = {axis: _part(table, axis, keys).history(axis) for axis, keys in keys_of.items()}
    logged = {
        key: history.series(key)
        for axis, history in histories.items()
        for key in keys_of[axis]
        if key not in histories
    }
    run = read_series({key: series for key, series in logged.items() if len(series)}, _without_step(mapping))
    notes = [note for history in histories.values() for note in history.notes]
    notes += text_notes(table.text)
    if len(histories) > 1:
        text = (
            f"Series stand at different counts of steps, as the run defines it: {abridged(list(histories))}."
        )
        notes.append(Note("several_step_axes", text))
    by_epoch = usual in EPOCH_COLUMNS
    length = 1.0 if by_epoch else run.steps_per_epoch
    return msgspec.structs.replace(run, steps_per_epoch=length, notes=tuple(dict.fromkeys(notes)))


def _is_whole(column: RowColumn) -> bool:
    values = column.values
    return bool(
        np.isfinite(values).all() and ((np.abs(values) < 2.0**53) & (values == np.round(values))).all()
    )


def _without_step(mapping: Mapping[str, str]) -> dict[str, str]:
    return {metric: key for metric, key in mapping.items() if metric != "step"}


def _axis(key: str, axes: Mapping[str, str], usable: Sequence[str], still: Sequence[str]) -> str | None:
    """Return the step metric of a key: as it is defined, unless that stands still and its own part counts."""
    defined, own = _defined(key, axes, usable), f"{key.partition('/')[0]}/global_step"
    return own if defined in still and own in usable else defined


def _defined(key: str, axes: Mapping[str, str], usable: Sequence[str]) -> str | None:
    """Return the step metric that is defined for a key: by its name, else by the last pattern that fits."""
    fitting = [axes[pattern] for pattern in axes if fnmatchcase(key, pattern)]
    wanted = ([axes[key]] if key in axes else []) + fitting[::-1]
    return next((axis for axis in wanted if axis in usable), None)


def _part(table: RowTable, axis: str, keys: Sequence[str]) -> RowTable:
    """Take the rows with some keys, each with the step that was logged last, there or before."""
    rows = distinct(np.concatenate([table.columns[key].rows for key in keys]))
    held = {key: table.columns[key] for key in keys}
    columns = {key: RowColumn(np.searchsorted(rows, each.rows), each.values) for key, each in held.items()}
    step = table.columns[axis]
    last = np.searchsorted(step.rows, rows, side="right") - 1
    columns[axis] = RowColumn(np.flatnonzero(last >= 0), step.values[last[last >= 0]])
    return RowTable(len(rows), columns, {})


def with_settings(run: Run, config: Mapping[str, Any]) -> Run:
    """Add what the configuration of a run says: hyperparameters, base model and planned steps."""
    if not config:
        return run
    settings = {name: _first(config, keys) for name, keys in _SETTINGS.items()}
    own = _flat(config)
    last = {name.rpartition(".")[2]: value for name, value in reversed(own.items())}
    called = dict(run.logged_as)
    for name, keys in _SAVING.items():
        key = next((key for key in keys if key in last), name)
        called |= {name: key} if key != name else {}
        found = last.get(key)
        settings[name] = _TRUTH.get(found, found) if isinstance(found, str) else found
    if len(own) <= MOST_OWN:
        named = {key for keys in (*_SETTINGS.values(), _BASE_MODEL, PLANNED_STEPS) for key in keys}
        saving = {key for keys in _SAVING.values() for key in keys}
        settings |= {
            name: value
            for name, value in own.items()
            if name not in named and name.rpartition(".")[2] not in saving
        }
    model = next((config[key] for key in _BASE_MODEL if isinstance(config.get(key), str)), None)
    planned = next((config[key] for key in PLANNED_STEPS if _is_count(config.get(key))), None)
    return msgspec.structs.replace(
        run,
        base_model=run.base_model or model or None,
        planned_steps=run.planned_steps or planned,
        hyperparameters={name: value for name, value in settings.items() if value is not None},
        logged_as=called,
    )


def setting(text: str) -> int | float | str:
    """Return what a tracker that keeps only text was told: a number where the text is one.

    >>> setting("16"), setting("2e-05"), setting("linear")
    (16, 2e-05, 'linear')
    """
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def _first(config: Mapping[str, Any], keys: tuple[str, ...]) -> int | float | str | None:
    found = (config.get(key) for key in keys)
    return next(
        (each for each in found if isinstance(each, int | float | str) and not isinstance(each, bool)), None
    )


def _flat(config: Mapping[str, Any], within: str = "") -> dict[str, int | float | str]:
    """Return the numbers and the short texts of a configuration, the names of nested ones joined by dots.

    >>> _flat({"lora": {"rank": 8}, "notes": None, "_internal": 1})
    {'lora.rank': 8}
    """
    found: dict[str, int | float | str] = {}
    for name, value in config.items():
        if isinstance(value, Mapping):
            found |= _flat(value, f"{within}{name}.")
        elif isinstance(value, int | float) or (isinstance(value, str) and 0 < len(value) <= LONGEST_TEXT):
            found[f"{within}{name}"] = value
    return {name: value for name, value in found.items() if not name.startswith("_")}


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**53
