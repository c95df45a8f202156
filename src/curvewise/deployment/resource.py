"""Resource: the Azure OpenAI or Foundry resource that deployments belong to."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from urllib.parse import urlsplit

import msgspec

from curvewise.errors import UsageError
from curvewise.text import listed

SUBSCRIPTION, GROUP, ACCOUNT = "AZURE_SUBSCRIPTION_ID", "AZURE_RESOURCE_GROUP", "AZURE_AOAI_ACCOUNT"
"""Variables of the fine-tuning samples of Microsoft Foundry."""

ENDPOINT = "AZURE_OPENAI_ENDPOINT"

_SUBSCRIPTION = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_GROUP = re.compile(r"[\w().-]{0,89}[\w()-]")
_ACCOUNT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{1,63}")
_HOST = re.compile(r"(?P<account>[A-Za-z0-9-]+)\.(openai|cognitiveservices|services\.ai)\.azure\.(com|us|cn)")
_ID = re.compile(
    r"/subscriptions/(?P<subscription>[^/]+)/resourceGroups/(?P<group>[^/]+)"
    r"/providers/Microsoft\.CognitiveServices/accounts/(?P<account>[^/]+)(/.*)?",
    re.IGNORECASE,
)
_EXAMPLE = "/subscriptions/ID/resourceGroups/NAME/providers/Microsoft.CognitiveServices/accounts/NAME"


class Resource(msgspec.Struct, frozen=True):
    """An Azure OpenAI or Foundry resource.

    Parameters
    ----------
    subscription
        Id of the subscription that pays.
    group
        Name of the resource group.
    account
        Name of the resource.

    Examples
    --------
    >>> Resource("00000000-0000-0000-0000-000000000000", "lab", "my-openai").id
    '/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/lab/providers/...'
    """

    subscription: str
    group: str
    account: str

    def __post_init__(self) -> None:
        for pattern, value, what, variable in (
            (_SUBSCRIPTION, self.subscription, "the id of a subscription", SUBSCRIPTION),
            (_GROUP, self.group, "the name of a resource group", GROUP),
            (_ACCOUNT, self.account, "the name of a resource", ACCOUNT),
        ):
            if not pattern.fullmatch(value):
                raise UsageError(
                    f"{value!r} is not {what}",
                    hint=f"mend {variable}, or what was passed to --resource-id",
                )

    @property
    def id(self) -> str:
        """Its id in Azure Resource Manager."""
        return (
            f"/subscriptions/{self.subscription}/resourceGroups/{self.group}"
            f"/providers/Microsoft.CognitiveServices/accounts/{self.account}"
        )

    def __str__(self) -> str:
        return f"{self.account} (resource group {self.group})"


def parse_resource(text: str) -> Resource:
    """Read the id of a resource, or of something that belongs to one.

    Raises
    ------
    UsageError
        If it is no such id.
    """
    match = _ID.fullmatch(text.strip().rstrip("/"))
    if match is None:
        raise UsageError(
            f"{text!r} is not the id of an Azure OpenAI resource; expected {_EXAMPLE}",
            hint="copy it from the Azure portal (JSON View of the resource), or from "
            "`az cognitiveservices account show --query id`",
        )
    return Resource(match["subscription"], match["group"], match["account"])


def find_resource(environment: Mapping[str, str] | None = None) -> Resource:
    """Find the resource that the environment names.

    ``AZURE_SUBSCRIPTION_ID`` and ``AZURE_RESOURCE_GROUP`` are needed. The name of the resource is
    ``AZURE_AOAI_ACCOUNT``; without it, the first part of the host in ``AZURE_OPENAI_ENDPOINT``, which is
    the name unless the resource was given another domain.

    Raises
    ------
    UsageError
        If one is not set, or cannot be what it should be.
    """
    environment = os.environ if environment is None else environment
    subscription, group = (environment.get(name, "").strip() for name in (SUBSCRIPTION, GROUP))
    account = environment.get(ACCOUNT, "").strip() or account_of(environment.get(ENDPOINT, ""))
    values = {SUBSCRIPTION: subscription, GROUP: group, ACCOUNT: account}
    missing = [name for name, value in values.items() if not value]
    if missing:
        raise UsageError(
            f"the environment does not say which Azure resource to use: {listed(missing)} "
            f"{'is' if len(missing) == 1 else 'are'} not set",
            hint=f"set {', '.join(missing)}, or pass --resource-id {_EXAMPLE}",
        )
    return Resource(subscription, group, account)


def account_of(endpoint: str) -> str:
    """Return the name of the resource that an address says it is of; "" when it does not say.

    >>> account_of("https://mine.openai.azure.com/"), account_of("https://gateway.example.com")
    ('mine', '')
    """
    try:
        host = urlsplit(endpoint.strip().strip("'\"")).hostname or ""
    except ValueError:
        return ""
    match = _HOST.fullmatch(host)
    return match["account"] if match else ""
