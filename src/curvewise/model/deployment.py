"""Deployment: one that exists, as ARM describes it."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

OURS, RUN, STEP, PURPOSE = "created-by", "curvewise-run", "curvewise-step", "curvewise-purpose"
"""Tags by which a deployment is recognised later."""
EVALUATION = "evaluation"
"""The purpose of a deployment that is removed when an evaluation ends."""


class Deployment(msgspec.Struct, frozen=True, kw_only=True):
    """A deployment of a resource.

    Parameters
    ----------
    name
        What callers use in place of the model's name.
    model
        The model that answers; "" when Azure does not say.
    sku, capacity
        Kind of deployment, and thousands of tokens a minute.
    state
        ``Succeeded``, ``Creating``, ``Failed``, ... as Azure calls it.
    tags
        Kept with it.
    """

    name: str
    model: str = ""
    sku: str = ""
    capacity: int | None = None
    state: str = ""
    tags: Mapping[str, str] = {}

    @property
    def is_ours(self) -> bool:
        """Whether curvewise created it."""
        return self.tags.get(OURS) == "curvewise"

    @property
    def is_temporary(self) -> bool:
        """Whether it was created for an evaluation."""
        return self.is_ours and self.tags.get(PURPOSE) == EVALUATION

    @property
    def run(self) -> str:
        """The job that the model comes from; "" when it is not known."""
        return self.tags.get(RUN, "") if self.is_ours else ""

    @property
    def step(self) -> str:
        """The training step of the checkpoint; "" when it is not known."""
        return self.tags.get(STEP, "") if self.is_ours else ""
