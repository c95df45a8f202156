"""What a tracker logged: series under the names of whatever trainer wrote them, as a run."""

from __future__ import annotations

from collections.abc import Mapping

from curvewise.model.run import Run
from curvewise.model.series import Series
from curvewise.parsing.epochs import length_by_last, with_epochs
from curvewise.parsing.naming import name_columns, require_mapping
from curvewise.parsing.trainer_names import is_trainer, trainer_names, validation_examples

_SPLITS = {"train/": "", "eval/": "eval_", "test/": "test_"}


def read_logged(logged: Mapping[str, Series], mapping: Mapping[str, str] | None = None) -> Run:
    """Name the series of a tracker; what Hugging Face's Trainer logged is read as its own state is.

    Raises
    ------
    UsageError
        If the mapping does not fit.
    """
    mapping = mapping or {}
    require_mapping(mapping, logged)
    own = {_own_name(name): series for name, series in logged.items()}
    if not mapping and len(own) == len(logged) and is_trainer(own):
        names = trainer_names(own)
        metrics = {name: own[key] for key, name in names.items()}
        length = length_by_last(metrics.get("epoch"))
        examples = validation_examples(own)
    else:
        names = name_columns(logged, mapping)
        metrics, length = with_epochs({name: logged[key] for key, name in names.items()})
        examples = None
    return Run(metrics=metrics, steps_per_epoch=length, validation_examples=examples)


def _own_name(name: str) -> str:
    """Return the name under which Hugging Face's Trainer keeps what it logs as ``train/loss``."""
    split = next((split for split in _SPLITS if name.startswith(split)), "")
    return _SPLITS.get(split, "") + name[len(split) :]
