"""Client: the SDK's client for an account."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from curvewise.extras import load_extra
from curvewise.http import bounded, within_time
from curvewise.providers._account import Account
from curvewise.secrets import Redaction, Secret

if TYPE_CHECKING:
    import httpx2
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
    sdk = load_extra("openai", "openai", account.extra)
    credential = _sendable(account, redaction)
    http = sdk.DefaultHttpxClient(
        event_hooks={
            "request": [partial(_keep_at_home, _origin(account.base_url))],
            "response": [_read_bounded],
        }
    )
    http.send = partial(within_time, http.send)
    settings = {
        "base_url": account.base_url,
        "max_retries": max_retries,
        "timeout": sdk.Timeout(timeout, connect=connect_timeout),
        "http_client": http,
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


def _origin(address: str) -> tuple[str, str | None, int | None]:
    """Return what an address leads to: scheme, host and port."""
    parts = urlsplit(address)
    return parts.scheme, parts.hostname, parts.port


def _keep_at_home(home: tuple[str, str | None, int | None], request: httpx2.Request) -> None:
    """Take the key out of a request that follows a redirect to another host, port or scheme.

    The transport does so for a Bearer token, and the SDK before version 3 does not for ``api-key``.
    """
    if _origin(str(request.url)) != home:
        request.headers.pop("api-key", None)


def _read_bounded(response: httpx2.Response) -> None:
    """Read the body of an answer, unpacked, as far as the limit."""
    response._content = bounded(response.iter_bytes())  # where the transport itself keeps what it has read
