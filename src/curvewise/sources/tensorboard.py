"""Folders of TensorBoard: the event files of one run, or of several."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import PurePath

from curvewise.model.run import Note
from curvewise.plugin.run_files import RunFiles
from curvewise.plugin.source import Place, RunEntry, source
from curvewise.sources._events import event_documents, metrics_beside
from curvewise.sources._folder import holds_trainer_output
from curvewise.splits import SPLITS
from curvewise.storage.files import modified
from curvewise.text import abridged


def _is_log_folder(place: Place) -> bool:
    return place.is_folder and bool(place.listing.events) and not holds_trainer_output(place)


@source(
    title="Folder of TensorBoard",
    recognised_by="files events.out.tfevents.*, at any depth, and no trainer_state.json or checkpoint-STEP",
    recognise=_is_log_folder,
)
def tensorboard(place: Place) -> Iterator[RunEntry]:
    """List the runs of a folder.

    Each folder with event files is a run, together with the folders in it. Folders ``train`` and
    ``validation`` belong to the run of the folder above.
    """
    files: dict[str, list[str]] = {}
    for file in place.listing.events:
        files.setdefault(os.path.dirname(file), []).append(file)  # noqa: PTH120 - of each of many files
    top, holding = PurePath(place.text), {PurePath(folder) for folder in files}
    runs: dict[PurePath, list[str]] = {}
    for folder, held in files.items():
        runs.setdefault(_root(PurePath(folder), top, holding), []).extend(held)
    for root in sorted(runs):
        name = place.name if root == top else root.relative_to(top).as_posix()
        yield RunEntry(name, partial(_read, place, root, runs[root]), modified(*runs[root]))


def _root(folder: PurePath, top: PurePath, holding: set[PurePath]) -> PurePath:
    """Return the folder of the run to which the event files of a folder belong."""
    if folder == top:
        return folder
    above = [each for each in folder.parents if each.is_relative_to(top) and each in holding]
    folder = above[-1] if above else folder
    return folder.parent if folder.name in SPLITS else folder


def _read(place: Place, root: PurePath, events: Sequence[str]) -> RunFiles:
    """Read the event files of a run, or what else its folder holds of it, which is more precise."""
    others = [file for file in place.listing.files if PurePath(file).is_relative_to(root)]
    texts = metrics_beside(others, place.mapping)
    name = place.name if root == PurePath(place.text) else root.name
    if texts:
        names = abridged([PurePath(file).name for file in events])
        text = f"Not read, as the files beside them hold the metrics: {names}."
        return RunFiles(tuple(texts), name, None, (Note("unread_files", text),))
    notes: list[Note] = []
    documents = event_documents(events, place.mapping, notes)
    return RunFiles(tuple(documents), name, None, tuple(notes))
