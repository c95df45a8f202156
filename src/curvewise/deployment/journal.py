"""Journal: requested and removed temporary deployments, written before anything is requested."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Literal

import msgspec

from curvewise.deployment.resource import Resource
from curvewise.storage.lines import Lines, read_lines
from curvewise.storage.lock import locked

JOURNAL = "deployments.jsonl"
"""File in the folder of an evaluation."""

LOCK = ".deployments.lock"


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the journal."""

    event: Literal["asked", "gone"]  # before the request for a deployment; once it is known not to exist
    name: str
    model: str
    resource: Resource


class Journal:
    """The temporary deployments of an evaluation.

    Parameters
    ----------
    folder
        Of the evaluation; made when something is written.
    """

    def __init__(self, folder: Path) -> None:
        self.file = folder / JOURNAL

    def lock(self) -> AbstractContextManager[int]:
        """Lock the deployments of the folder for this process."""
        return locked(
            self.file.parent,
            LOCK,
            taken="the deployments of this folder are those of a `curvewise` that is still running",
            hint="wait until it has ended, or end it: it removes them itself",
        )

    def asked(self, entry: Entry) -> None:
        """Record that a deployment is about to be requested."""
        self._write(entry)

    def gone(self, entry: Entry) -> None:
        """Record that a deployment does not exist."""
        self._write(msgspec.structs.replace(entry, event="gone"))

    def remaining(self) -> tuple[Entry, ...]:
        """Return the deployments that may still exist, in the order of their requests."""
        entries: dict[tuple[str, str], Entry] = {}
        hint = "look at `curvewise deployments` for what the evaluation left, and remove the line"
        what = "entry of the journal of deployments"
        for entry in read_lines(self.file, Entry, what, hint)[0]:
            if entry.event == "gone":
                entries.pop((entry.resource.id, entry.name), None)
            else:
                entries[entry.resource.id, entry.name] = entry
        return tuple(entries.values())

    def _write(self, entry: Entry) -> None:
        with Lines(self.file) as lines:
            lines.write([msgspec.json.encode(entry)])
