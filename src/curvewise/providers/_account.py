"""Account: where a service is, who asks, and what helps when it refuses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal
from urllib.parse import urlsplit

import msgspec

from curvewise.secrets import Secret

Credential = Secret | Callable[[], str]
"""A key or token; or a function that gives a valid token whenever it is called."""


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """An account of a service, as the environment describes it.

    Parameters
    ----------
    provider, title
        Name of the service, and what to call it.
    base_url
        Address of the API: what stands before ``/fine_tuning/jobs``.
    address_variable
        The environment variable that sets the address.
    credential
        Key, token, or source of tokens.
    credential_name
        What to call the credential: ``the key in OPENAI_API_KEY``.
    header
        How it is sent: as ``bearer`` token, or in the header ``api-key``.
    api_version
        The dated API of Azure; None for an API without dates.
    when_refused, when_forbidden
        What to do when the service does not know the credential, or knows it and grants too little.
    extra
        The extra of curvewise that installs what the connection needs.
    """

    provider: str
    title: str
    base_url: str
    address_variable: str
    credential: Credential
    credential_name: str
    when_refused: str
    when_forbidden: str
    extra: str
    header: Literal["bearer", "api-key"] = "bearer"
    api_version: str | None = None

    @property
    def host(self) -> str:
        """Host and port, without what may stand before them (user and password)."""
        return urlsplit(self.base_url).netloc.rpartition("@")[2]

    @property
    def path(self) -> str:
        """Path of the API on its host, without a closing slash."""
        return urlsplit(self.base_url).path.rstrip("/")

    def __repr__(self) -> str:
        return f"<Account of {self.title} at {self.host}>"
