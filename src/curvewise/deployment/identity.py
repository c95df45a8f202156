"""Identity: the credential for Azure Resource Manager, and its address."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from curvewise.errors import CredentialsError, UsageError
from curvewise.extras import load_extra
from curvewise.http import is_loopback

if TYPE_CHECKING:
    from azure.core.credentials import AccessToken, TokenCredential

MANAGER_ENDPOINT, MANAGER_TOKEN = "AZURE_RESOURCE_MANAGER_ENDPOINT", "AZURE_RESOURCE_MANAGER_TOKEN"
"""Variables for another cloud, and for a token from ``az account get-access-token``."""

PUBLIC = "https://management.azure.com"

_SENDABLE = re.compile(r"[\w.~+/=-]{8,}", re.ASCII)
_QUIET = logging.NullHandler()


class FixedToken:
    """A credential that is one token, which it never shows.

    >>> FixedToken("eyJ-do-not-show")
    <FixedToken>
    """

    def __init__(self, token: str) -> None:
        self._token = token

    def get_token(self, *scopes: str, **options: Any) -> AccessToken:
        """Return the token."""
        from time import time

        from azure.core.credentials import AccessToken

        del scopes, options  # the token is for one purpose
        return AccessToken(self._token, int(time()) + 3600)

    def __repr__(self) -> str:
        return "<FixedToken>"


def find_credential(environment: Mapping[str, str] | None = None) -> TokenCredential:
    """Return the token of the environment, else the way to sign in that ``azure-identity`` finds."""
    environment = os.environ if environment is None else environment
    # it logs a page about each way that failed
    logging.getLogger("azure").addHandler(_QUIET)
    token = environment.get(MANAGER_TOKEN, "").strip()
    if token:
        if not _SENDABLE.fullmatch(token):
            raise CredentialsError(
                f"the value of {MANAGER_TOKEN} has characters that no token has",
                hint="copy it anew, in one piece: `az account get-access-token --query accessToken -o tsv`",
            )
        return FixedToken(token)
    identity = load_extra("azure.identity", "azure-identity", "deploy")
    try:
        credential: TokenCredential = identity.DefaultAzureCredential()
    except ValueError as error:  # of AZURE_TOKEN_CREDENTIALS, AZURE_AUTHORITY_HOST or AZURE_TENANT_ID
        said = str(error)
    else:
        return credential
    raise CredentialsError(
        f"azure-identity does not know how to sign in: {said}",
        hint="mend AZURE_TOKEN_CREDENTIALS, AZURE_TENANT_ID or AZURE_AUTHORITY_HOST, or unset them",
    )


def find_manager(environment: Mapping[str, str] | None = None) -> str:
    """Return the address of Azure Resource Manager.

    Raises
    ------
    UsageError
        If a token could be read on the way to it.
    """
    environment = os.environ if environment is None else environment
    address = environment.get(MANAGER_ENDPOINT, "").strip().rstrip("/") or PUBLIC
    require_safe(address, MANAGER_ENDPOINT)
    return address


def require_safe(address: str, variable: str) -> None:
    """Refuse an address that a token must not be sent to."""
    try:
        parts = urlsplit(address)
        safe = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(address))
        plain = bool(parts.hostname) and "@" not in parts.netloc and not parts.query and not parts.fragment
    except ValueError:
        safe = plain = False
    if not (safe and plain):
        raise UsageError(
            f"the value of {variable} is not an address that a token may be sent to",
            hint="give https:// and a host; http:// only for this machine",
        )
