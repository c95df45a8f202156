"""Errors: what the SDK of Azure raises, with advice for the user."""

from __future__ import annotations

import re

from azure.core.exceptions import (
    ClientAuthenticationError,
    HttpResponseError,
    ServiceRequestError,
    ServiceResponseError,
)

from curvewise.deployment.resource import ACCOUNT, GROUP, SUBSCRIPTION, Resource
from curvewise.errors import CredentialsError, NotFoundError, ServiceError
from curvewise.secrets import Redaction

_QUOTA = re.compile(r"quota|capacity", re.IGNORECASE)
_UNKNOWN_SUBSCRIPTION = ("SubscriptionNotFound", "InvalidSubscriptionId")


def arm_error(error: Exception, subject: str, resource: Resource) -> ServiceError:
    """Translate an exception of the SDK into one that holds no reference to it."""
    if isinstance(error, ServiceError):  # of our own bounds
        return error
    if isinstance(error, HttpResponseError) and error.response is not None:
        return _of_answer(error, int(error.response.status_code or 0), subject, resource)
    if isinstance(error, ClientAuthenticationError):
        return CredentialsError(
            "Entra ID gives no token for Azure Resource Manager: no way to sign in works",
            hint="sign in with `az login` to the tenant of the subscription",
        )
    if isinstance(error, ServiceResponseError):
        return ServiceError(
            f"Azure Resource Manager broke off its answer about {subject}", hint="try again", temporary=True
        )
    if isinstance(error, ServiceRequestError):
        return ServiceError(
            "no connection to Azure Resource Manager",
            hint="check the network, and HTTPS_PROXY if you use a proxy",
            temporary=True,
        )
    return ServiceError(
        f"what Azure Resource Manager answers about {subject} is not its API ({type(error).__name__})",
        hint="try again; if it stays so, a proxy on the way answers in its place",
        temporary=True,
    )


def _of_answer(error: HttpResponseError, status: int, subject: str, resource: Resource) -> ServiceError:
    code, said = _code(error), _said(error)
    reason = f": {said}" if said else ""
    if status == 401:  # the message may hold parts of the token
        return CredentialsError(
            "Azure Resource Manager refuses the token",
            hint="sign in with `az login` to the tenant of the subscription; a token of "
            "AZURE_RESOURCE_MANAGER_TOKEN expires after an hour",
            status=status,
        )
    if status == 403:
        return CredentialsError(
            f"Azure does not grant the identity access to {subject}{reason}",
            hint=f"give it the role `Cognitive Services Contributor` on {resource}; its action "
            "Microsoft.CognitiveServices/accounts/deployments/write is what counts",
            status=status,
        )
    if status == 404:
        return NotFoundError(f"Azure does not know {subject}{reason}", hint=_where(code), status=status)
    if _QUOTA.search(code):
        return ServiceError(
            f"Azure has no quota left for {subject}{reason}",
            hint="take a lower --capacity or another --sku, remove deployments (`curvewise deployments` "
            "lists them), or ask for more under Quotas in the portal",
            status=status,
        )
    if status == 409:
        return ServiceError(
            f"Azure is busy with another change of {resource}{reason}",
            hint="try again in a minute: it makes one change of a resource at a time",
            status=status,
            temporary=True,
        )
    if status == 429:
        return ServiceError(
            f"Azure Resource Manager asks for fewer requests{reason}",
            hint="try again in a few minutes",
            status=status,
            temporary=True,
        )
    if status >= 500 or status == 408:
        return ServiceError(
            f"Azure Resource Manager fails to answer about {subject}, with status {status}{reason}",
            hint="try again in a few minutes; https://status.azure.com tells of outages",
            status=status,
            temporary=True,
        )
    if status < 300:  # the request was accepted, and then failed
        return ServiceError(
            f"Azure could not finish {subject}{reason}",
            hint="mend what Azure says" if said else "look at the resource's activity log in the portal",
            status=status,
        )
    return ServiceError(
        f"Azure rejects the request for {subject}, with status {status}{reason}",
        hint="mend what Azure says; --dry-run shows the request",
        status=status,
    )


def _where(code: str) -> str:
    if code in _UNKNOWN_SUBSCRIPTION:
        return f"look at {SUBSCRIPTION}, and sign in to its tenant with `az login`"
    if code == "ResourceGroupNotFound":
        return f"look at {GROUP}"
    if code in ("ResourceNotFound", "ParentResourceNotFound"):
        return f"look at {ACCOUNT}, or pass --resource-id"
    return "run `curvewise deployments` for those that there are"


def _code(error: HttpResponseError) -> str:
    return str(getattr(error.error, "code", None) or "")


def _said(error: HttpResponseError) -> str:
    """Return the message and code of Azure, without anything that looks like a token."""
    code, message = _code(error), str(getattr(error.error, "message", None) or "").strip()
    said = f"{message} ({code})" if message and code else message or code
    return Redaction().text(said)
