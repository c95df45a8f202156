"""Output folders of trainers: checkpoints on disk, and states that repeat each other."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path, PurePath
from typing import Any

import msgspec

from curvewise.errors import CurvewiseError, MixedRunsError
from curvewise.model.run import Checkpoint, Note
from curvewise.parsing.document import Document
from curvewise.parsing.json_values import read_json
from curvewise.plugin.run_files import RunFiles
from curvewise.plugin.source import Place, RunEntry, read_document, source
from curvewise.sources._events import event_documents, metrics_beside
from curvewise.sources._folder import holds_trainer_output, is_state, read_folder
from curvewise.sources._micro_steps import placed_by_batches
from curvewise.storage.files import modified
from curvewise.storage.walk import CHECKPOINT, EPOCH, EPOCH_FOLDER, INFO, STATE, CheckpointFolder
from curvewise.text import abridged

_LOG = "trainer_log.jsonl"
_TRACKERS = {"wandb", "swanlog", "mlruns"}
"""Folders of trackers, to which a trainer logs what its state says, too."""

_GLOBAL_STEP = re.compile(rb'"global_step":\s*(\d{1,15})')
_CURRENT_STEPS = re.compile(rb'"current_steps":\s*(\d{1,15})')
_HISTORY = re.compile(rb'"log_history":\s*\[')
_END_OF_HISTORY = b"\n  ]"


def _is_checkpoint(place: Place) -> bool:
    return CHECKPOINT.fullmatch(place.name) is not None


def _is_output(place: Place) -> bool:
    return place.is_folder and (holds_trainer_output(place) or _is_checkpoint(place))


@source(
    title="Output folder of a trainer",
    recognised_by="folders checkpoint-STEP, checkpoints of other trainers, or trainer_state.json",
    recognise=_is_output,
)
def trainer_folder(place: Place) -> Iterator[RunEntry]:
    """List the one run that all states and checkpoints belong to."""
    yield RunEntry(place.name, partial(_read, place), modified(place.text))


def _read(place: Place) -> RunFiles:
    states = [file for file in place.listing.files if is_state(file)]
    others = [file for file in place.listing.files if not is_state(file)]
    first: list[Document] = []
    notes: list[Note] = []
    if states and not place.mapping:
        try:
            first.append(_longest_state(states))
        except MixedRunsError as error:
            error.at(file=place.text)
            raise
        trackers, others = _parted(others, place.text)
        others = _without_repeating_log(others, first[0].data, notes)
        if trackers or place.listing.events:
            logs = sorted({*trackers, *(str(PurePath(file).parent) for file in place.listing.events)})
            text = f"Not read, as {STATE} holds what the trainer logs: {abridged(logs)}."
            notes.append(Note("repeated_logs", text))
    elif place.listing.events and not states:
        logs = [file for file in others if PurePath(file).name != INFO]
        if not metrics_beside(logs, place.mapping):
            first += event_documents(place.listing.events, place.mapping, notes)
    files = read_folder(place, others, first, notes)
    if _is_checkpoint(place):
        return msgspec.structs.replace(files, notes=(*files.notes, *_siblings(place.text)))
    checkpoints, on_disk = checkpoints_on_disk(place.listing.checkpoints)
    if checkpoints:
        folders = [folder.path for folder in place.listing.checkpoints]
        checkpoints, placed = placed_by_batches(checkpoints, folders, files.documents)
        on_disk += placed
    return msgspec.structs.replace(files, checkpoints=checkpoints, notes=(*files.notes, *on_disk))


def _parted(files: Sequence[str], folder: str) -> tuple[set[str], list[str]]:
    """Part the files of trackers, told by the folder of each tracker, from others."""
    trackers, others = set[str](), []
    for file in files:
        parts = PurePath(file).relative_to(folder).parts
        tracker = next((part for part in parts if part in _TRACKERS), None)
        if tracker is None:
            others.append(file)
        else:
            trackers.add(str(PurePath(folder, *parts[: parts.index(tracker) + 1])))
    return trackers, others


def _without_repeating_log(files: Sequence[str], state: bytes, notes: list[Note]) -> list[str]:
    """Leave out LLaMA-Factory's log where the state says the same, with more digits."""
    kept = []
    for file in files:
        if PurePath(file).name == _LOG and _reaches(state, read_document(file, {}).content):
            text = f"{file} repeats {STATE}, which is more precise, and was not read."
            notes.append(Note("repeating_log", text))
        else:
            kept.append(file)
    return kept


def _siblings(path: str) -> tuple[Note, ...]:
    """State that other checkpoints lie beside the one that was passed."""
    above = Path(path).resolve().parent
    try:
        count = sum(CHECKPOINT.fullmatch(entry.name) is not None for entry in above.iterdir()) - 1
    except OSError:
        return ()
    if count < 1:
        return ()
    text = f"{count} more checkpoint folder{'s' if count > 1 else ''} beside this one: pass the folder above."
    return (Note("sibling_checkpoints", text),)


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
        Checkpoint(
            step=folder.step,
            model=folder.path if folder.has_weights or not anywhere else None,
            id=_epoch(folder) if folder.is_epoch else None,
        )
        for folder in sorted(folders, key=lambda folder: (folder.step, not folder.path.endswith("_hf")))
    )
    if anywhere:
        return saved, ()
    text = "No checkpoint folder here holds model weights; they are taken to exist where training ran."
    return saved, (Note("no_weights", text),)


def _epoch(folder: CheckpointFolder) -> str:
    word = EPOCH_FOLDER if PurePath(folder.path).name.startswith(f"{EPOCH}_") else EPOCH
    return f"{word} {folder.step}"


def _longest_state(paths: Sequence[str]) -> Document:
    """Choose the state that reached the last step: it repeats the history of every earlier one."""
    chosen = _text(paths[0])
    for path in paths[1:]:  # one more at a time: an output folder may hold a hundred of them
        other = _text(path)
        if _length(other.data) > _length(chosen.data):
            chosen, other = other, chosen
        if not _is_beginning(other.data, chosen.data):
            _require_beginning(other, chosen, paths)
    return chosen


def _text(path: str) -> Document:
    try:
        document = read_document(path, {})
        if document.refusal is not None:
            raise document.refusal
    except CurvewiseError as error:
        error.at(file=path)
        raise
    return document


def _reaches(state: bytes, log: bytes) -> bool:
    """Whether a ``trainer_state.json`` covers every step of a ``trainer_log.jsonl``."""
    logged = max((int(step) for step in _CURRENT_STEPS.findall(log)), default=0)
    return _length(state)[0] >= logged


def _length(state: bytes) -> tuple[int, int]:
    match = _GLOBAL_STEP.search(state)
    return (int(match[1]) if match else 0, len(state))


def _is_beginning(short: bytes, long: bytes) -> bool:
    """Compare two histories as text, which is enough where the trainer itself wrote both."""
    first, second = _HISTORY.search(short), _HISTORY.search(long)
    if first is None or second is None:
        return False
    end = short.find(_END_OF_HISTORY, first.end())
    return end > 0 and long.startswith(short[first.end() : end], second.end())


def _require_beginning(short: Document, long: Document, paths: Sequence[str]) -> None:
    first, second = _entries(short), _entries(long)
    for number, (mine, theirs) in enumerate(zip(first, second, strict=False), start=1):
        if repr(mine) != repr(theirs):  # NaN differs from itself, but is written alike
            step = mine.get("step") if isinstance(mine, dict) else None
            others = f"; there are {len(paths)} such files" if len(paths) > 2 else ""
            raise MixedRunsError(
                f"the histories of {short.name} and {long.name} differ from entry {number} (step {step}) on: "
                f"they are different runs{others}",
                hint="pass the folder of one run, or one of these files",
            )


def _entries(state: Document) -> list[Any]:
    try:
        value = read_json(state.data)
    except CurvewiseError as error:
        error.at(file=state.name)
        raise
    history = value.get("log_history") if isinstance(value, dict) else None
    return history if isinstance(history, list) else []
