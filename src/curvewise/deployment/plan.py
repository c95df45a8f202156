"""Plan: a deployment to create, and the request that creates it."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from curvewise.deployment.resource import Resource
from curvewise.errors import UsageError
from curvewise.model.deployment import OURS

Sku = Literal["Standard", "GlobalStandard", "DeveloperTier"]
SKUS: tuple[Sku, ...] = ("Standard", "GlobalStandard", "DeveloperTier")

API_VERSION = "2024-10-01"
"""Version that Microsoft documents for deployments of fine-tuned models."""

CAPACITY = 50
"""Thousands of tokens a minute: enough for a handful of agents, a fifth of the usual quota."""

LONGEST_NAME = 64
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,62}[A-Za-z0-9_]")


class DeploymentPlan(msgspec.Struct, frozen=True, kw_only=True):
    """A deployment that is to be made.

    Parameters
    ----------
    resource
        Where.
    name
        What callers will use in place of the model's name.
    model
        The fine-tuned model or checkpoint.
    sku
        Kind of deployment.
    capacity
        Thousands of tokens a minute.
    tags
        Kept with the deployment.
    """

    resource: Resource
    name: str
    model: str
    sku: Sku = "Standard"
    capacity: int = CAPACITY
    tags: Mapping[str, str] = {}

    def __post_init__(self) -> None:
        if not NAME.fullmatch(self.name):
            raise UsageError(
                f"{self.name!r} cannot be the name of a deployment",
                hint="take 2 to 64 letters, digits, dots, hyphens, underscores; first a letter or digit",
            )
        if self.sku not in SKUS:
            raise UsageError(f"there is no SKU {self.sku!r}", hint=f"expected one of {', '.join(SKUS)}")
        if self.capacity < 1:
            raise UsageError(
                f"a capacity of {self.capacity} serves nobody",
                hint="give thousands of tokens a minute, 1 or more",
            )

    @property
    def path(self) -> str:
        """Path and query of the request, ``PUT``."""
        return f"{self.resource.id}/deployments/{self.name}?api-version={API_VERSION}"

    @property
    def body(self) -> dict[str, Any]:
        """Body of the request."""
        return {
            "sku": {"name": self.sku, "capacity": self.capacity},
            "properties": {"model": {"format": "OpenAI", "name": self.model, "version": "1"}},
            "tags": {OURS: "curvewise", **self.tags},
        }


def suggest_name(*parts: str, unique: bool = False) -> str:
    """Return a valid name for a deployment, with a random part when it must be unique.

    >>> suggest_name("gpt-4.1-mini 2025", "step 70")
    'gpt-4.1-mini-2025-step-70'
    """
    tail = f"-{secrets.token_hex(4)}" if unique else ""
    slugs = [re.sub(r"[^A-Za-z0-9_.]+", "-", part).strip("-._") for part in parts]
    *heads, last = [slug for slug in slugs if slug] or ["curvewise"]
    if not heads and len(last) < 2:  # a name has two characters
        heads = ["curvewise"]
    room = LONGEST_NAME - len(tail) - len(last[-40:]) - 1
    head = "-".join(heads)[:room].strip("-._")
    return "-".join(filter(None, (head, last[-40:].strip("-._")))) + tail
