from __future__ import annotations

import subprocess
import sys

import pytest

from curvewise.errors import CredentialsError, UsageError
from curvewise.plugin import providers
from curvewise.providers._entra import EntraTokens
from curvewise.providers._environment import azure_account, environment_secrets, openai_account
from curvewise.secrets import Secret
from tests.providers.conftest import CANARY

RESOURCE = "https://acme.openai.azure.com"
PROJECT = "https://acme.services.ai.azure.com/api/projects/p"


def sent(credential: object) -> str:
    assert isinstance(credential, Secret)
    return credential.reveal()


def test_both_services_are_found_and_not_configured_by_an_empty_environment(
    environment: pytest.MonkeyPatch,
) -> None:
    found = providers()
    assert {"openai", "azure"} <= set(found)
    environment.setenv("OPENAI_API_KEY", "  ")
    assert not any(found[name].is_configured() for name in ("openai", "azure"))


@pytest.mark.parametrize(
    ("name", "variable"),
    [
        ("openai", "OPENAI_API_KEY"),
        ("azure", "AZURE_OPENAI_ENDPOINT"),
        ("azure", "AZURE_AI_PROJECT_ENDPOINT"),
        ("azure", "AZURE_FOUNDRY_PROJECT_ENDPOINT"),
    ],
)
def test_one_variable_configures_a_service(environment: pytest.MonkeyPatch, name: str, variable: str) -> None:
    environment.setenv(variable, "something")
    assert [found for found in ("azure", "openai") if providers()[found].is_configured()] == [name]


def test_looking_for_services_loads_no_sdk() -> None:
    probe = (
        "import sys; from curvewise.plugin import providers\n"
        "[provider.is_configured() for provider in providers().values()]\n"
        "print([name for name in ('openai', 'azure', 'httpx2', 'logging', 'urllib.request') "
        "if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_openai_is_where_it_is_unless_told_otherwise(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("OPENAI_API_KEY", CANARY)
    assert openai_account().base_url == "https://api.openai.com/v1"
    environment.setenv("OPENAI_BASE_URL", "http://localhost:8080/v1/")
    account = openai_account()
    assert (account.base_url, account.host, account.path) == (
        "http://localhost:8080/v1",
        "localhost:8080",
        "/v1",
    )


@pytest.mark.parametrize("written", [CANARY, f" {CANARY}\n", f'"{CANARY}"', f"' {CANARY} '\r\n"])
def test_space_and_quotes_around_a_key_are_left_out(environment: pytest.MonkeyPatch, written: str) -> None:
    environment.setenv("OPENAI_API_KEY", written)
    assert sent(openai_account().credential) == CANARY


@pytest.mark.parametrize("odd", [" ", "\n", "\t", "\x1b", "\x7f", "\u00e9", "\u200b", "\u201c", '"', "'"])
@pytest.mark.parametrize("variable", ["OPENAI_API_KEY", "AZURE_OPENAI_API_KEY", "AZURE_OPENAI_AD_TOKEN"])
def test_a_key_that_cannot_be_sent_is_refused_and_not_shown(
    environment: pytest.MonkeyPatch, variable: str, odd: str
) -> None:
    environment.setenv("AZURE_OPENAI_ENDPOINT", RESOURCE)
    environment.setenv(variable, f"{CANARY}{odd}{CANARY}")
    with pytest.raises(CredentialsError) as caught:
        openai_account() if variable.startswith("OPENAI") else azure_account()
    assert variable in str(caught.value)
    assert "canary" not in str(caught.value)


def test_without_a_key_the_variables_to_set_are_named() -> None:
    with pytest.raises(CredentialsError, match=r"no key for OpenAI\n.*OPENAI_API_KEY.*platform\.openai\.com"):
        openai_account()
    with pytest.raises(CredentialsError, match=r"(?s)no address.*AZURE_OPENAI_ENDPOINT.*az login"):
        azure_account()


@pytest.mark.parametrize(
    "tail", ["", "/", "/openai", "/openai/", "/openai/v1", "/openai/v1/", "/openai?api-version=2024-10-21"]
)
@pytest.mark.parametrize("root", [RESOURCE, PROJECT, "https://gateway.example/openai-team"])
def test_an_address_of_azure_may_end_in_any_of_its_forms(
    environment: pytest.MonkeyPatch, root: str, tail: str
) -> None:
    environment.setenv("AZURE_OPENAI_ENDPOINT", root + tail)
    environment.setenv("AZURE_OPENAI_API_KEY", CANARY)
    assert azure_account().base_url == f"{root}/openai/v1"


def test_the_address_of_a_deployment_will_do(environment: pytest.MonkeyPatch) -> None:
    path = "/openai/deployments/gpt-4o/chat/completions?api-version=2025-01-01-preview"
    environment.setenv("AZURE_OPENAI_ENDPOINT", RESOURCE + path)
    environment.setenv("AZURE_OPENAI_API_KEY", CANARY)
    assert azure_account().base_url == f"{RESOURCE}/openai/v1"


def test_an_api_version_opens_the_classic_door_of_a_resource_and_not_of_a_project(
    environment: pytest.MonkeyPatch,
) -> None:
    environment.setenv("OPENAI_API_VERSION", "2024-10-21")
    environment.setenv("AZURE_OPENAI_API_KEY", CANARY)
    environment.setenv("AZURE_AI_PROJECT_ENDPOINT", PROJECT)
    project = azure_account()
    assert (project.base_url, project.api_version) == (f"{PROJECT}/openai/v1", None)
    environment.setenv("AZURE_OPENAI_ENDPOINT", RESOURCE)
    resource = azure_account()
    assert (resource.base_url, resource.api_version) == (f"{RESOURCE}/openai", "2024-10-21")
    assert resource.address_variable == "AZURE_OPENAI_ENDPOINT"


def test_a_token_goes_before_a_key_and_a_key_before_signing_in(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("AZURE_OPENAI_ENDPOINT", RESOURCE)
    signs_in = azure_account()
    assert isinstance(signs_in.credential, EntraTokens)
    signs_in.credential.close()
    environment.setenv("AZURE_OPENAI_API_KEY", CANARY)
    assert (sent(azure_account().credential), azure_account().header) == (CANARY, "api-key")
    environment.setenv("AZURE_OPENAI_AD_TOKEN", f"token-{CANARY}")
    assert (sent(azure_account().credential), azure_account().header) == (f"token-{CANARY}", "bearer")


@pytest.mark.parametrize(
    "address",
    [
        "api.openai.com/v1",
        "ftp://api.openai.com",
        "https://",
        "https://[::1",
        "https://host:port/v1",
        "https://ho st/v1",
        f"https://user:{CANARY}@host/v1",
        f"https://host/v1?api-key={CANARY}",
        f"https://host/v1#{CANARY}",
    ],
)
@pytest.mark.parametrize(
    "variable", ["OPENAI_BASE_URL", "AZURE_OPENAI_ENDPOINT", "AZURE_AI_PROJECT_ENDPOINT"]
)
def test_what_is_no_plain_address_is_refused_and_not_shown(
    environment: pytest.MonkeyPatch, variable: str, address: str
) -> None:
    environment.setenv("OPENAI_API_KEY", "sk-0123456789")
    environment.setenv(variable, address)
    with pytest.raises(UsageError) as caught:
        openai_account() if variable == "OPENAI_BASE_URL" else azure_account()
    assert variable in caught.value.problem
    assert "such as https://" in caught.value.hint
    assert "canary" not in str(caught.value)


def test_the_secrets_of_the_environment_are_known(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("OPENAI_API_KEY", "key-of-openai")
    environment.setenv("OPENAI_ADMIN_KEY", "key-of-admin")
    environment.setenv("AZURE_CLIENT_SECRET", "secret-of-azure")
    environment.setenv("OPENAI_BASE_URL", "https://host/v1")
    environment.setenv(
        "OPENAI_CUSTOM_HEADERS", "X-Team: harmless-name\nAuthorization: Bearer token-of-gateway"
    )
    found = {secret.reveal() for secret in environment_secrets()}
    assert {"key-of-openai", "key-of-admin", "secret-of-azure", "token-of-gateway"} <= found
    assert not any("host" in value or "harmless" in value for value in found)


def test_no_representation_shows_the_key(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("OPENAI_API_KEY", CANARY)
    account = openai_account()
    assert CANARY not in f"{account!r} {account} {account.credential!r} {account.credential}"
