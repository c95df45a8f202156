"""Listed run: what a list of the runs at a path says of each."""

from __future__ import annotations

import msgspec

from curvewise.model.run import Kind


class ListedRun(msgspec.Struct, frozen=True, kw_only=True):
    """One of the runs at a path.

    Parameters
    ----------
    address
        What to give to `load` for this run.
    name
        What it is called.
    kind
        ``sft``, ``dpo`` or ``rft``; None when it cannot be read.
    last_step
        The last step at which any metric has a value.
    status
        As its tracker calls it; None when that does not say.
    written_at
        When it began, or was last written, in seconds since 1970; None when unknown.
    problem
        Why it cannot be read; None when it can.
    """

    address: str
    name: str
    kind: Kind | None = None
    last_step: int | None = None
    status: str | None = None
    written_at: float | None = None
    problem: str | None = None
