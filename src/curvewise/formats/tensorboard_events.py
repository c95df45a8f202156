"""The format `tensorboard_events`: event files of TensorBoard."""

from __future__ import annotations

import re
from pathlib import PurePath
from typing import Any

import msgspec

from curvewise.errors import CurvewiseError
from curvewise.model.run import Note, Run
from curvewise.parsing.document import Document
from curvewise.parsing.event_file import is_event_file, read_event_file
from curvewise.parsing.json_values import read_json
from curvewise.parsing.logged import read_points, with_settings
from curvewise.plugin import file_format
from curvewise.splits import SPLITS
from curvewise.text import abridged

_ARGUMENTS = b"args/text_summary"
_LONGEST_ARGUMENTS = 65_536
"""Bytes within which they end."""
_SAYS_SPLIT = re.compile(rf"(?i)(?:^|[/_])(?:{'|'.join(SPLITS)})(?:[/_]|$)")
_EPOCH = "epoch_"
_OF_KERAS = {"train": "", "validation": "val_"}
"""Folders that Keras makes, and what its own history puts before the names there."""
_BY_BATCH = re.compile(r"evaluation_(.+)_vs_iterations")
"""What Keras logs of an evaluation a second time, over batches."""


@file_format(
    title="TensorBoard event file (events.out.tfevents.*)",
    recognised_by="the record that names the version of the file",
    recognise=lambda document: is_event_file(document.content),
)
def tensorboard_events(document: Document) -> Run:
    """Read the scalars of every tag; give the folder of the run to read all its files.

    Below a folder ``train`` or ``validation``, that is part of the name of each series; those of Keras have
    the names of its history. Of a step that was logged again, the last value counts. Records that are cut or
    damaged are left out.
    """
    file = read_event_file(document.content)
    repeats = {tag: match[1] for tag in file.points if (match := _BY_BATCH.fullmatch(tag))}
    again = [tag for tag, metric in repeats.items() if _EPOCH + metric in file.points]
    folder = _folder(document.name)
    points = {
        _name(tag, folder): (held.step, held.value) for tag, held in file.points.items() if tag not in again
    }
    run = with_settings(read_points(points, document.mapping), _arguments(document.content))
    by_epoch = any(tag.startswith(_EPOCH) for tag in file.points)
    length = 1.0 if by_epoch else run.steps_per_epoch
    notes = (*file.notes, *run.notes)
    if again:
        notes = (*notes, Note("repeated_series", f"Repeated over batches, and left out: {abridged(again)}."))
    return msgspec.structs.replace(run, steps_per_epoch=length, notes=notes)


def _arguments(content: bytes) -> dict[str, Any]:
    """Return the arguments that a Hugging Face Trainer logs as text; none where there are none."""
    at = content.find(_ARGUMENTS)
    start = content.find(b"{\n", at, at + _LONGEST_ARGUMENTS) if at >= 0 else -1
    end = content.find(b"\n}", start, start + _LONGEST_ARGUMENTS) if start >= 0 else -1
    try:
        found = read_json(content[start : end + 2]) if end >= 0 else {}
    except CurvewiseError:
        return {}
    return found if isinstance(found, dict) else {}


def _folder(path: str) -> str:
    """Return the name of the folder of an event file, or of several."""
    *_, above, last = ("", "", *PurePath(path.replace("\\", "/")).parts)
    return above if "tfevents" in last else last


def _name(tag: str, folder: str) -> str:
    """Return the name of a tag, with what the folder says: ``train`` and ``val``, or ``<tag>_<series>``."""
    prefix = f"{tag.replace('/', '_')}_"
    if folder.startswith(prefix):
        return f"{tag}/{folder.removeprefix(prefix)}"
    name = tag.removeprefix(_EPOCH)
    if name != tag and folder in _OF_KERAS:
        return _OF_KERAS[folder] + name
    return f"{SPLITS[folder]}/{name}" if folder in SPLITS and not _SAYS_SPLIT.search(name) else name
