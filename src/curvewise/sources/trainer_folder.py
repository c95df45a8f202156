"""Output folders of trainers: checkpoints on disk, and states that repeat each other."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from curvewise.errors import CurvewiseError, MixedRunsError
from curvewise.model.run import Checkpoint, Note
from curvewise.parsing.decoding import decode
from curvewise.parsing.json_values import read_json
from curvewise.storage.files import read_file
from curvewise.storage.walk import CheckpointFolder

_GLOBAL_STEP = re.compile(rb'"global_step":\s*(\d{1,15})')
_CURRENT_STEPS = re.compile(rb'"current_steps":\s*(\d{1,15})')
_HISTORY = re.compile(rb'"log_history":\s*\[')
_END_OF_HISTORY = b"\n  ]"


def checkpoints_on_disk(
    folders: Sequence[CheckpointFolder],
) -> tuple[tuple[Checkpoint, ...] | None, tuple[Note, ...]]:
    """List the checkpoint folders as checkpoints; None when there is none.

    A folder without weights is a checkpoint that no longer exists, unless no folder has any: then the
    logs alone were copied, and the checkpoints are taken to exist where training ran.
    """
    if not folders:
        return None, ()
    anywhere = any(folder.has_weights for folder in folders)
    saved = tuple(
        Checkpoint(step=folder.step, model=folder.path if folder.has_weights or not anywhere else None)
        for folder in sorted(folders, key=lambda folder: folder.step)
    )
    if anywhere:
        return saved, ()
    text = "No checkpoint folder here holds model weights; they are taken to exist where training ran."
    return saved, (Note("no_weights", text),)


def longest_state(paths: Sequence[str]) -> tuple[str, bytes]:
    """Choose among the states of one run the one that reached the last step.

    A state repeats the history of every earlier one, so the longest says all.

    Parameters
    ----------
    paths
        At least one ``trainer_state.json``.

    Returns
    -------
    path, data
        Of the longest one.

    Raises
    ------
    MixedRunsError
        If the history of one is not the beginning of that of another.
    InputError
        If one cannot be read.
    """
    chosen, data = paths[0], _decoded(paths[0])
    for path in paths[1:]:  # one more at a time: an output folder may hold a hundred of them
        other = _decoded(path)
        if _length(other) > _length(data):
            chosen, data, path, other = path, other, chosen, data
        if not _is_beginning(other, data):
            _require_beginning(path, other, chosen, data, paths)
    return chosen, data


def _decoded(path: str) -> bytes:
    try:
        return decode(read_file(path))[0]
    except CurvewiseError as error:
        error.at(file=path)
        raise


def reaches(state: bytes, log: bytes) -> bool:
    """Whether a ``trainer_state.json`` covers every step of a ``trainer_log.jsonl``."""
    logged = max((int(step) for step in _CURRENT_STEPS.findall(log)), default=0)
    return _length(state)[0] >= logged


def _length(state: bytes) -> tuple[int, int]:
    found = _GLOBAL_STEP.search(state)
    return (int(found[1]) if found else 0, len(state))


def _is_beginning(short: bytes, long: bytes) -> bool:
    """Compare two histories as text, which is enough where the trainer itself wrote both."""
    first, second = _HISTORY.search(short), _HISTORY.search(long)
    if first is None or second is None:
        return False
    end = short.find(_END_OF_HISTORY, first.end())
    return end > 0 and long.startswith(short[first.end() : end], second.end())


def _require_beginning(path: str, short: bytes, chosen: str, long: bytes, paths: Sequence[str]) -> None:
    first, second = _entries(path, short), _entries(chosen, long)
    for number, (mine, theirs) in enumerate(zip(first, second, strict=False), start=1):
        if repr(mine) != repr(theirs):  # NaN differs from itself, but is written alike
            step = mine.get("step") if isinstance(mine, dict) else None
            others = f"; there are {len(paths)} such files" if len(paths) > 2 else ""
            raise MixedRunsError(
                f"the histories of {path} and {chosen} differ from entry {number} (step {step}) on: "
                f"they are different runs{others}",
                hint="pass the folder of one run, or one of these files",
            )


def _entries(path: str, state: bytes) -> list[Any]:
    try:
        value = read_json(state)
    except CurvewiseError as error:
        error.at(file=path)
        raise
    history = value.get("log_history") if isinstance(value, dict) else None
    return history if isinstance(history, list) else []
