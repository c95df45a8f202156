"""Client: the SDK's client for an account."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from curvewise.providers._account import Account
from curvewise.providers._extras import load
from curvewise.providers._secrets import Redaction, Secret

if TYPE_CHECKING:
    from openai import OpenAI


def make_client(
    account: Account, redaction: Redaction, *, max_retries: int, timeout: float, connect_timeout: float
) -> OpenAI:
    """Make the SDK's client; no request is made.

    Parameters
    ----------
    account
        Where to connect to, and with what.
    redaction
        Told of every secret that the client will send, tokens to come included.
    max_retries
        How often the SDK repeats a request that failed for the moment.
    timeout, connect_timeout
        Seconds to wait for an answer, and for a connection.

    Raises
    ------
    MissingExtraError
        If the package ``openai`` is not installed.
    """
    sdk = load("openai", "openai", account.extra)
    credential = _sendable(account, redaction)
    settings = {
        "base_url": account.base_url,
        "max_retries": max_retries,
        "timeout": sdk.Timeout(timeout, connect=connect_timeout),
    }
    client: OpenAI
    if account.api_version is None:
        client = sdk.OpenAI(api_key=credential, **settings)
    else:
        if account.header == "api-key":
            argument = "api_key"
        else:
            argument = "azure_ad_token" if isinstance(credential, str) else "azure_ad_token_provider"
        client = sdk.AzureOpenAI(api_version=account.api_version, **{argument: credential}, **settings)
    return client


def _sendable(account: Account, redaction: Redaction) -> str | Callable[[], str]:
    credential = account.credential
    if isinstance(credential, Secret):
        redaction.add(credential)
        return credential.reveal()

    def token() -> str:
        value = credential()
        redaction.add(Secret(value))
        return value

    return token
