"""Environment: from the variables that the SDKs read to the account that they describe."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from curvewise.errors import CredentialsError, UsageError

if TYPE_CHECKING:
    from azure.core.credentials import TokenCredential

    from curvewise.providers._account import Account
    from curvewise.providers._entra import EntraTokens
    from curvewise.secrets import Secret

OPENAI_URL = "https://api.openai.com/v1"

OPENAI_KEY = "OPENAI_API_KEY"
OPENAI_ADDRESS = "OPENAI_BASE_URL"

AZURE_KEY = "AZURE_OPENAI_API_KEY"
AZURE_ENTRA = "AZURE_OPENAI_AD_TOKEN"
AZURE_RESOURCE = "AZURE_OPENAI_ENDPOINT"
AZURE_PROJECTS = ("AZURE_AI_PROJECT_ENDPOINT", "AZURE_FOUNDRY_PROJECT_ENDPOINT")
AZURE_VERSION = "OPENAI_API_VERSION"

RESOURCE_SCOPE = "https://cognitiveservices.azure.com/.default"
PROJECT_SCOPE = "https://ai.azure.com/.default"

_SENDABLE = re.compile(r"""[!#-&(-~]+""")  # visible ASCII without quotes
_AFTER_ROOT = re.compile(r"/openai([/?#].*)?$", re.IGNORECASE)
_SECRET_VARIABLE = re.compile(r"(OPENAI|AZURE)_\w*(KEY|TOKEN|SECRET|PASSWORD)")
_SECRET_HEADER = re.compile(r"auth|key|token|secret|cookie", re.IGNORECASE)


def has_openai() -> bool:
    """Whether the environment has a key for OpenAI."""
    return bool(_variable(OPENAI_KEY))


def has_azure() -> bool:
    """Whether the environment has the address of an Azure resource or project."""
    return any(_variable(name) for name in (AZURE_RESOURCE, *AZURE_PROJECTS))


def openai_account() -> Account:
    """Read the account of OpenAI; see `curvewise.providers.openai` for the variables.

    Raises
    ------
    CredentialsError
        If there is no key, or it cannot be sent.
    UsageError
        If the address is not a web address.
    """
    from curvewise.providers._account import Account

    key = _secret(OPENAI_KEY)
    if key is None:
        raise CredentialsError(
            "there is no key for OpenAI",
            hint=f"set {OPENAI_KEY}; keys are made at https://platform.openai.com/api-keys",
        )
    return Account(
        provider="openai",
        title="OpenAI",
        base_url=_address(OPENAI_ADDRESS, _variable(OPENAI_ADDRESS) or OPENAI_URL),
        address_variable=OPENAI_ADDRESS,
        credential=key,
        credential_name=f"the key in {OPENAI_KEY}",
        when_refused=f"set {OPENAI_KEY} to a valid key of this service; those of OpenAI are made at "
        "https://platform.openai.com/api-keys",
        when_forbidden="a restricted key needs the permissions to read fine-tuning and files (to write "
        "fine-tuning, for pause and cancel); OPENAI_ORG_ID and OPENAI_PROJECT_ID must be its own",
        extra="openai",
    )


def azure_account(credential: TokenCredential | None = None) -> Account:
    """Read the account of Azure; see `curvewise.providers.azure` for the variables and which one wins.

    Parameters
    ----------
    credential
        Signs in to Entra ID, instead of what the environment holds.

    Raises
    ------
    MissingExtraError
        If Entra ID is needed, and the package ``azure-identity`` is not installed.
    CredentialsError
        If there is no address, or the key cannot be sent.
    UsageError
        If the address is not a web address.
    """
    from curvewise.providers._account import Account

    variable = next((name for name in (AZURE_RESOURCE, *AZURE_PROJECTS) if _variable(name)), None)
    if variable is None:
        raise CredentialsError(
            "there is no address of an Azure resource",
            hint=f"set {AZURE_RESOURCE} (https://NAME.openai.azure.com) and {AZURE_KEY}; "
            f"or {AZURE_PROJECTS[0]}, and sign in with `az login`",
        )
    root = _address(variable, _AFTER_ROOT.sub("", _variable(variable)))
    is_project = "/api/projects/" in root
    version = None if is_project else _variable(AZURE_VERSION) or None
    token = None if credential else _secret(AZURE_ENTRA)
    key = None if credential or token else _secret(AZURE_KEY)
    if token:
        name, refused = f"the token in {AZURE_ENTRA}", f"tokens expire within hours: renew {AZURE_ENTRA}"
    elif key:
        name = f"the key in {AZURE_KEY}"
        refused = (
            f"copy a key of this very resource (Azure portal, Keys and Endpoint) to {AZURE_KEY}; where keys "
            f"are switched off, unset {AZURE_KEY} and sign in with `az login`"
        )
    else:
        name, refused = "the identity of Entra ID", "sign in with `az login` to the tenant of the resource"
    return Account(
        provider="azure",
        title="Azure OpenAI / Foundry",
        base_url=f"{root}/openai" if version else f"{root}/openai/v1",
        address_variable=variable,
        credential=token or key or _entra(PROJECT_SCOPE if is_project else RESOURCE_SCOPE, credential),
        credential_name=name,
        when_refused=refused,
        when_forbidden="give the identity the role `Cognitive Services OpenAI Contributor` on the resource "
        "(`Azure AI User` on a Foundry project), and look at the resource's network rules",
        extra="azure",
        header="api-key" if key else "bearer",
        api_version=version,
    )


def environment_secrets() -> list[Secret]:
    """Return whatever is secret among the variables of OpenAI and Azure."""
    from curvewise.secrets import Secret

    found = [_variable(name) for name in os.environ if _SECRET_VARIABLE.fullmatch(name)]
    for line in os.environ.get("OPENAI_CUSTOM_HEADERS", "").splitlines():
        name, _, value = line.partition(":")
        if _SECRET_HEADER.search(name):
            found += [value.strip(), value.strip().rpartition(" ")[2]]
    return [Secret(value) for value in found if value]


def _entra(scope: str, credential: TokenCredential | None) -> EntraTokens:
    from curvewise.providers._entra import EntraTokens

    return EntraTokens(scope, credential)


def _variable(name: str) -> str:
    """Return the value of a variable, without the space and the quotes around it that an env file leaves."""
    value = os.environ.get(name, "").strip()
    if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"":
        value = value[1:-1].strip()
    return value


def _secret(name: str) -> Secret | None:
    from curvewise.secrets import Secret

    value = _variable(name)
    if not value:
        return None
    if not _SENDABLE.fullmatch(value):
        raise CredentialsError(
            f"the value of {name} has characters that no key has: white space, quotes, control or "
            "non-ASCII characters",
            hint=f"copy the key anew, in one piece, to {name}",
        )
    return Secret(value)


def _address(name: str, value: str) -> str:
    """Return a web address without its closing slash."""
    try:
        parts = urlsplit(value)
        fits = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port or an IPv6 address that is none
        fits = False
    if not fits or not _SENDABLE.fullmatch(value):
        problem = f"the value of {name} is not a web address"
    elif "@" in parts.netloc or parts.query or parts.fragment:
        # the transport sends a user and a password instead of the key, and writes all of it to its log
        problem = f"the value of {name} holds more than an address: a user, a password, a query or a fragment"
    else:
        return value.rstrip("/")
    raise UsageError(
        problem, hint=f"set {name} to scheme, host and path alone, such as {_EXAMPLES.get(name, _PROJECT)}"
    )


_PROJECT = "https://NAME.services.ai.azure.com/api/projects/PROJECT"
_EXAMPLES = {OPENAI_ADDRESS: OPENAI_URL, AZURE_RESOURCE: "https://NAME.openai.azure.com"}
