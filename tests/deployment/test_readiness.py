from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest

from curvewise.deployment.readiness import Readiness, find_probe, wait_until_ready
from curvewise.deployment.resource import Resource
from curvewise.errors import UsageError
from tests.deployment.conftest import QUICK, Serve
from tests.standin.arm import TOKEN

pytest.importorskip("openai")


def probed(url: str, key: str = TOKEN, name: str = "gpt") -> Readiness:
    probe = find_probe({"AZURE_OPENAI_ENDPOINT": f"{url}/openai/v1/", "AZURE_OPENAI_API_KEY": key})
    assert probe is not None
    return probe(name)


def test_a_deployment_is_asked_without_a_message(serve: Serve) -> None:
    server = serve(not_ready=1)
    server.put("gpt", "gpt.ft-1")
    assert [probed(server.url) for _ in range(3)] == ["not ready", "ready", "ready"]
    assert server.requests[-1].body["messages"] == []  # nothing is charged for it
    assert probed(server.url, name="other") == "not ready"
    assert probed(server.url, key="another-key") == "unknown"
    server.answers = (503, "ServiceUnavailable", "down")
    assert probed(server.url) == "not ready"


def test_nobody_to_ask_is_unknown(serve: Serve) -> None:
    server = serve()
    url = server.url
    server.__exit__()
    assert probed(url) == "unknown"


def test_without_an_address_or_a_credential_there_is_no_probe() -> None:
    assert find_probe({}) is None
    only_for_the_manager = {"AZURE_RESOURCE_MANAGER_TOKEN": TOKEN}
    assert (
        find_probe({"AZURE_OPENAI_ENDPOINT": "https://mine.openai.azure.com", **only_for_the_manager}) is None
    )


@pytest.mark.parametrize(
    "address",
    ["https://openai-lab.openai.azure.com/", "'https://openai-lab.openai.azure.com/openai/v1/'"],
)
def test_the_address_of_a_resource_called_openai_is_whole(address: str) -> None:
    environment = {"AZURE_OPENAI_ENDPOINT": address, "AZURE_OPENAI_API_KEY": TOKEN}
    assert find_probe(environment) is not None


def test_the_address_of_another_resource_tells_nothing() -> None:
    environment = {"AZURE_OPENAI_ENDPOINT": "https://mine.openai.azure.com", "AZURE_OPENAI_API_KEY": TOKEN}
    asked = Resource("00000000-0000-4000-8000-000000000001", "lab", "other")
    assert find_probe(environment, resource=asked) is None
    assert find_probe(environment, resource=msgspec.structs.replace(asked, account="Mine")) is not None
    environment["AZURE_OPENAI_ENDPOINT"] = "https://gateway.example.com"
    assert find_probe(environment, resource=asked) is not None


def test_a_key_goes_to_no_unsafe_address() -> None:
    with pytest.raises(UsageError, match="AZURE_OPENAI_ENDPOINT"):
        find_probe({"AZURE_OPENAI_ENDPOINT": "http://mine.openai.azure.com", "AZURE_OPENAI_API_KEY": TOKEN})


@pytest.mark.parametrize(
    ("answers", "longest", "outcome", "lines"),
    [
        (["ready"], 10, "ready", 0),
        (["not ready", "not ready", "ready"], 10, "ready", 1),
        (["not ready", "unknown"], 10, "unknown", 1),
        (["not ready"], 0, "not ready", 0),
    ],
)
def test_it_is_asked_until_it_answers(
    answers: list[Readiness], longest: float, outcome: Readiness, lines: int
) -> None:
    given: Iterator[Readiness] = iter(answers)
    told: list[str] = []
    found = wait_until_ready("gpt", lambda _: next(given), pause=QUICK, longest=longest, tell=told.append)
    assert found == outcome and len(told) == lines and list(given) == []
