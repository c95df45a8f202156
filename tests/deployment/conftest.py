from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

pytest.importorskip("azure.mgmt.cognitiveservices")

from curvewise.deployment.arm import Arm
from curvewise.deployment.identity import FixedToken
from curvewise.deployment.plan import DeploymentPlan
from curvewise.deployment.resource import Resource, parse_resource
from tests.standin.arm import TOKEN, ArmStandin

QUICK = 0.01
"""Seconds between two looks."""

Serve = Callable[..., ArmStandin]
Connect = Callable[..., Arm]


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(("AZURE_", "OPENAI_")) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)


@pytest.fixture
def serve() -> Iterator[Serve]:
    with ExitStack() as stack:
        yield lambda **options: stack.enter_context(ArmStandin(**options))


@pytest.fixture
def connect() -> Iterator[Connect]:
    with ExitStack() as stack:

        def connected(server: ArmStandin, token: str = TOKEN, **options: Any) -> Arm:
            arm = Arm(
                parse_resource(server.resource_id),
                credential=FixedToken(token),
                manager=server.url,
                pause=QUICK,
                **options,
            )
            return stack.enter_context(arm)

        yield connected


def plan(
    resource: Resource, name: str = "gpt-step-70", model: str = "gpt.ft-1", **more: Any
) -> DeploymentPlan:
    return DeploymentPlan(resource=resource, name=name, model=model, **more)
