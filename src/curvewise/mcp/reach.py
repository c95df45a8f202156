"""Reach: which paths and addresses a client may name."""

from __future__ import annotations

import os
from collections.abc import Sequence

from curvewise.errors import UsageError
from curvewise.text import abridged

DEEPEST = 8
"""Levels of folders that are searched for links: no source goes deeper."""
JOBS = ("ftjob-", "ftjob_")


class Reach:
    """What may be read: some folders with all below them, and addresses only where that is said.

    Parameters
    ----------
    roots
        The folders; a relative path is taken from the current folder.
    services
        Whether addresses may be read: jobs on services, trackers, buckets, the Hub and the web.
    """

    def __init__(self, roots: Sequence[str], *, services: bool = False) -> None:
        self.roots = tuple(map(os.path.realpath, roots))
        self.services = services

    def allowed(self, text: str) -> str:
        """Return the address, or the absolute path, that a client named.

        Raises
        ------
        UsageError
            If it is out of reach, or holds a link to what is.
        """
        if "://" in text or (text.startswith(JOBS) and not os.path.lexists(text)):
            if self.services:
                return text
            raise UsageError(
                "this server reads only what is on this machine, and no address",
                hint="the user can allow addresses: `curvewise mcp --services`",
                field=text,
            )
        path = os.path.abspath(text)  # noqa: PTH100 - unlike `resolve`, it keeps the name of a link
        try:
            inside = all(map(self._holds, {path, path.rpartition("#")[0] or path}))
            leads_out = inside and self._leads_out(path)
        except ValueError:  # a NUL character
            inside, leads_out = False, False
        if not inside:
            raise UsageError(
                f"this server reads only {abridged(self.roots)}, and what is below",
                hint="pass a path in there, or ask the user for `curvewise mcp ROOT`",
                field=text,
            )
        if leads_out:
            raise UsageError(
                "in this folder is a link that leads out of what this server may read",
                hint="pass the folder or the file of one run",
                field=text,
            )
        return path

    def _holds(self, path: str) -> bool:
        real = os.path.realpath(path)
        return any(real == root or real.startswith(root.rstrip(os.sep) + os.sep) for root in self.roots)

    def _leads_out(self, folder: str) -> bool:
        """Whether a link in a folder leads out of reach; hidden ones are not followed by any source."""
        for parent, folders, files in os.walk(folder):
            folders[:] = [name for name in folders if name[0] != "."]
            for name in (*folders, *files):
                path = os.path.join(parent, name)  # noqa: PTH118 - in a loop over many files
                if name[0] != "." and os.path.islink(path) and not self._holds(path):  # noqa: PTH114 - as above
                    return True
            if parent[len(folder) :].count(os.sep) >= DEEPEST:
                folders.clear()
        return False
