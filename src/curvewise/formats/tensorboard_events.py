"""The format `tensorboard_events`: event files of TensorBoard."""

from __future__ import annotations

import re
from pathlib import PurePath

import msgspec

from curvewise.model.run import Run
from curvewise.parsing.document import Document
from curvewise.parsing.event_file import is_event_file, read_event_file
from curvewise.parsing.logged import read_points
from curvewise.plugin import file_format

_SPLITS = {"train": "train", "validation": "val", "valid": "val", "val": "val", "eval": "val", "test": "test"}
_SAYS_SPLIT = re.compile(r"(?i)(?:^|[/_])(?:train|val|valid|validation|eval|test)(?:[/_]|$)")
_EPOCH = "epoch_"


@file_format(
    title="TensorBoard event file (events.out.tfevents.*)",
    recognised_by="the record that names the version of the file",
    recognise=lambda document: is_event_file(document.content),
)
def tensorboard_events(document: Document) -> Run:
    """Read the scalars of every tag; give the folder of the run to read all its files.

    Below a folder ``train`` or ``validation``, as Keras makes them, that is part of the name of each series.
    Of a step that was logged again, the last value counts. Records that are cut or damaged are left out.
    """
    file = read_event_file(document.content)
    points = {_name(tag, document.name): (held.step, held.value) for tag, held in file.points.items()}
    run = read_points(points, document.mapping)
    by_epoch = any(tag.startswith(_EPOCH) for tag in file.points)
    length = 1.0 if by_epoch else run.steps_per_epoch
    return msgspec.structs.replace(run, steps_per_epoch=length, notes=(*file.notes, *run.notes))


def _name(tag: str, path: str) -> str:
    """Return the name of a tag, with what the folder says: ``train`` and ``val``, or ``<tag>_<series>``."""
    *_, above, last = ("", "", *PurePath(path.replace("\\", "/")).parts)
    folder = above if "tfevents" in last else last
    prefix = f"{tag.replace('/', '_')}_"
    if folder.startswith(prefix):
        return f"{tag}/{folder.removeprefix(prefix)}"
    name = tag.removeprefix(_EPOCH)
    return f"{_SPLITS[folder]}/{name}" if folder in _SPLITS and not _SAYS_SPLIT.search(name) else name
