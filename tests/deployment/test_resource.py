from __future__ import annotations

import pytest

from curvewise.deployment.resource import Resource, find_resource, parse_resource
from curvewise.errors import UsageError

SUBSCRIPTION = "00000000-0000-4000-8000-000000000001"
NAMED = {
    "AZURE_SUBSCRIPTION_ID": SUBSCRIPTION,
    "AZURE_RESOURCE_GROUP": "lab-(1)",
    "AZURE_AOAI_ACCOUNT": "mine",
}
ID = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/lab/providers/Microsoft.CognitiveServices/accounts/mine"


def test_the_environment_names_it() -> None:
    assert find_resource(NAMED) == Resource(SUBSCRIPTION, "lab-(1)", "mine")


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://mine.openai.azure.com/",
        "https://mine.services.ai.azure.com/api/projects/p",
        "'https://mine.cognitiveservices.azure.com'",
    ],
)
def test_the_endpoint_names_the_account_when_nothing_else_does(endpoint: str) -> None:
    without = {name: value for name, value in NAMED.items() if name != "AZURE_AOAI_ACCOUNT"}
    assert find_resource({**without, "AZURE_OPENAI_ENDPOINT": endpoint}).account == "mine"
    assert (
        find_resource({**NAMED, "AZURE_OPENAI_ENDPOINT": "https://other.openai.azure.com"}).account == "mine"
    )


@pytest.mark.parametrize("endpoint", ["https://gateway.example.com", "https://[oops", "http://127.0.0.1:1"])
def test_another_host_names_no_account(endpoint: str) -> None:
    without = {name: value for name, value in NAMED.items() if name != "AZURE_AOAI_ACCOUNT"}
    with pytest.raises(UsageError, match="AZURE_AOAI_ACCOUNT is not set"):
        find_resource({**without, "AZURE_OPENAI_ENDPOINT": endpoint})


def test_all_that_is_missing_is_named() -> None:
    with pytest.raises(
        UsageError, match="AZURE_SUBSCRIPTION_ID, AZURE_RESOURCE_GROUP and AZURE_AOAI"
    ) as raised:
        find_resource({})
    assert "--resource-id" in raised.value.hint


@pytest.mark.parametrize(
    "text", [ID, f"{ID}/", f" {ID}/deployments/x ", ID.replace("resourceGroups", "resourcegroups")]
)
def test_an_id_is_read(text: str) -> None:
    assert parse_resource(text) == Resource(SUBSCRIPTION, "lab", "mine")
    assert parse_resource(text).id == ID


@pytest.mark.parametrize(
    "text", ["", "mine", ID.replace("CognitiveServices", "Storage"), ID.replace(SUBSCRIPTION, "..")]
)
def test_what_is_no_id_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        parse_resource(text)


@pytest.mark.parametrize(
    "parts",
    [("x", "lab", "mine"), (SUBSCRIPTION, "../lab", "mine"), (SUBSCRIPTION, "lab", "mine/../other"),
     (SUBSCRIPTION, "lab.", "mine"), (SUBSCRIPTION, "lab", "a\nb")],
)  # fmt: skip
def test_names_that_would_lead_elsewhere_are_refused(parts: tuple[str, str, str]) -> None:
    with pytest.raises(UsageError):
        Resource(*parts)
