"""Pruning: which checkpoints of a run could be deleted, and which are kept, with the reason."""

from __future__ import annotations

import msgspec


class Stored(msgspec.Struct, frozen=True, kw_only=True):
    """A checkpoint on a disk.

    Parameters
    ----------
    path
        Its folder or file.
    step
        Training step.
    bytes
        What deleting it frees.
    kept
        Why it is kept; empty when it could be deleted.
    """

    path: str
    step: int
    bytes: int
    kept: str = ""


class Pruning(msgspec.Struct, frozen=True, kw_only=True):
    """The checkpoints of a run, and what could be deleted.

    Parameters
    ----------
    folder
        Where they lie.
    checkpoints
        By step.
    deleted
        Paths that were deleted; empty before.
    failed
        Paths that could not be, with the reason.
    """

    folder: str
    checkpoints: tuple[Stored, ...]
    deleted: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()

    @property
    def removable(self) -> tuple[Stored, ...]:
        """Those that could be deleted."""
        return tuple(each for each in self.checkpoints if not each.kept)

    @property
    def frees(self) -> int:
        """Bytes that deleting them frees."""
        return sum(each.bytes for each in self.removable)
