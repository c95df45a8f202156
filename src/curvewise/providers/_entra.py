"""Entra ID: tokens of an Azure identity, fetched when they are needed."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from curvewise.errors import CredentialsError, CurvewiseError, ServiceError
from curvewise.extras import load_extra

if TYPE_CHECKING:
    from azure.core.credentials import TokenCredential

_IDENTITY_LOG = logging.getLogger("azure.identity")
"""Without a handler its page on every way to sign in that failed would stand above our one sentence; who sets
up logging still gets it."""

_NOWHERE = logging.NullHandler()


class EntraTokens:
    """Gives a valid token whenever it is called; `azure.identity` keeps and renews it.

    Parameters
    ----------
    scope
        What the token is for.
    credential
        Signs in; None for `azure.identity.DefaultAzureCredential`, which tries the environment, a
        managed identity, the Azure CLI and others.

    Raises
    ------
    MissingExtraError
        If the package ``azure-identity`` is not installed.
    """

    def __init__(self, scope: str, credential: TokenCredential | None = None) -> None:
        _IDENTITY_LOG.addHandler(_NOWHERE)
        identity = load_extra(
            "azure.identity",
            "azure-identity",
            "azure",
            instead="set AZURE_OPENAI_API_KEY; or, to sign in with Entra ID, ",
        )
        self._credential: TokenCredential = credential or identity.DefaultAzureCredential()
        self._token = identity.get_bearer_token_provider(self._credential, scope)

    def __call__(self) -> str:
        """Return a token.

        Raises
        ------
        CredentialsError
            If no way of signing in works.
        ServiceError
            If Entra ID cannot be reached.
        """
        try:
            return str(self._token())
        except Exception as error:  # credentials of third parties raise what they like, secrets in it or not
            failure = _failure(error)
        raise failure

    def close(self) -> None:
        """Close the connections of the credential."""
        close = getattr(self._credential, "close", None)
        if close is not None:
            close()

    def __repr__(self) -> str:
        return "<EntraTokens>"


def _failure(error: Exception) -> CurvewiseError:
    from azure.core.exceptions import ServiceRequestError, ServiceResponseError

    if isinstance(error, ServiceRequestError | ServiceResponseError):
        return ServiceError(
            "Entra ID does not answer, so there is no token", hint="check the network", temporary=True
        )
    return CredentialsError(
        "Entra ID gives no token: no way to sign in works",
        hint="sign in with `az login`, or set AZURE_OPENAI_API_KEY",
    )
