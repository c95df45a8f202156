"""Fixtures around the stand-in, for every test: ``tests/conftest.py`` loads this file as a plug-in.

    def test_the_job_is_listed(standin, sdk):
        server = standin([jobs.small_sft()], clock=ByHand())  # arguments of Standin; started
        client = sdk(server)                                   # openai.OpenAI or AzureOpenAI, without retries
        assert client.fine_tuning.jobs.retrieve(server.id("small-sft")).status == "queued"

Servers stop and clients close at the end of the test. For annotations: ``StandinFactory``, ``SdkFactory``.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

from tests.standin import Standin
from tests.standin.server import API_VERSION

if TYPE_CHECKING:
    from openai import OpenAI

StandinFactory = Callable[..., Standin]
SdkFactory = Callable[..., "OpenAI"]


@pytest.fixture
def standin() -> Iterator[StandinFactory]:
    """Start a stand-in with the arguments of `Standin`; all stop at the end of the test."""
    with ExitStack() as stack:

        def start(*arguments: Any, **options: Any) -> Standin:
            return stack.enter_context(Standin(*arguments, **options))

        yield start


def of_no_service(variables: Mapping[str, str]) -> dict[str, str]:
    """The variables without credentials, addresses and proxies."""
    return {
        name: value
        for name, value in variables.items()
        if not name.startswith(("OPENAI_", "AZURE_")) and not name.upper().endswith("_PROXY")
    }


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """An environment without credentials, addresses and proxies; returns what sets others."""
    for name in os.environ.keys() - of_no_service(os.environ).keys():
        monkeypatch.delenv(name)
    return monkeypatch


def point_at(server: Standin, environment: pytest.MonkeyPatch) -> Standin:
    """Put the address and the key of a stand-in into the environment."""
    for name, value in server.environment().items():
        environment.setenv(name, value)
    return server


@pytest.fixture
def sdk() -> Iterator[SdkFactory]:
    """Make the real SDK's client of a server, without retries; ``door`` is url, classic or project."""
    pytest.importorskip("openai")
    with ExitStack() as stack:

        def connect(server: Standin, door: str = "url", **options: Any) -> OpenAI:
            return stack.enter_context(_client(server, door, options))

        yield connect


def _client(server: Standin, door: str, options: dict[str, Any]) -> OpenAI:
    from openai import AzureOpenAI, OpenAI

    options = {"api_key": server.key, "max_retries": 0, **options}
    if door == "classic":
        return AzureOpenAI(azure_endpoint=server.endpoint, api_version=API_VERSION, **options)
    return OpenAI(base_url=server.url if door == "url" else f"{server.project_endpoint}/openai/v1", **options)
