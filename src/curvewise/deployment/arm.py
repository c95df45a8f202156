"""ARM: the deployments of a resource, through the SDK of Azure."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Self, TypeVar

from curvewise.deployment.identity import find_credential, find_manager
from curvewise.deployment.plan import DeploymentPlan
from curvewise.deployment.resource import Resource
from curvewise.errors import ServiceError
from curvewise.extras import load_extra
from curvewise.http import is_loopback
from curvewise.model.deployment import Deployment
from curvewise.services.paging import bounded_pages

if TYPE_CHECKING:
    from azure.core.credentials import TokenCredential
    from azure.core.polling import LROPoller

PAUSE, LOCAL_PAUSE = 10.0, 0.1
"""Seconds between two polls of an operation, where Azure does not say."""

Result = TypeVar("Result")


class Operation:
    """A long-running operation of Azure."""

    def __init__(
        self, name: str, poller: LROPoller[Any], failure: Callable[[Exception], ServiceError]
    ) -> None:
        self.name = name
        self._poller, self._failure = poller, failure

    @property
    def status(self) -> str:
        """Its status in the words of Azure."""
        return str(self._poller.status())

    def is_over(self, seconds: float = 0.0) -> bool:
        """Wait for its end, at most some seconds; return whether it is over."""
        try:
            self._poller.wait(seconds)
            over = self._poller.done()
        except Exception as error:  # the SDK raises what Azure, the transport or its own parser raised
            failure = self._failure(error)
        else:
            return over
        raise failure


class Arm:
    """A connection to Azure Resource Manager for the deployments of one resource; use it with ``with``.

    Parameters
    ----------
    resource
        Whose deployments.
    credential
        Gives tokens; None for what the environment holds, see `find_credential`.
    manager
        Address of Azure Resource Manager; None for what the environment holds, see `find_manager`.
    pause
        Seconds between two looks at what takes long, where Azure does not say; None for 10, or a tenth of
        one on this machine, where a stand-in is quick.

    Raises
    ------
    MissingExtraError
        If the SDK is not installed.
    CredentialsError
        If the token of the environment cannot be one.
    UsageError
        If the address is not one that a token may be sent to.
    """

    def __init__(
        self,
        resource: Resource,
        *,
        credential: TokenCredential | None = None,
        manager: str | None = None,
        pause: float | None = None,
    ) -> None:
        self.resource = resource
        load_extra("azure.mgmt.cognitiveservices", "azure-mgmt-cognitiveservices", "deploy")
        from curvewise.deployment._sdk import make_client

        manager = find_manager() if manager is None else manager
        quick = is_loopback(manager)
        self.pause = pause or (LOCAL_PAUSE if quick else PAUSE)
        self._credential = find_credential() if credential is None else credential
        self._client = make_client(resource.subscription, manager, self._credential, self.pause)
        # the SDK sends tokens over TLS only, unless each call allows plain HTTP, as for a local stand-in
        self._options: dict[str, Any] = (
            {"enforce_https": False} if quick and manager.startswith("http:") else {}
        )

    def deployments(self) -> tuple[Deployment, ...]:
        """Return all deployments of the resource, by name."""

        def listed() -> list[Deployment]:
            pages = self._client.deployments.list(*self._place, **self._options).by_page()
            return [
                _deployment(value) for page, _ in zip(pages, bounded_pages(), strict=False) for value in page
            ]

        existing = self._ask(f"the resource {self.resource}", listed)
        return tuple(sorted(existing, key=lambda each: each.name))

    def find(self, name: str) -> Deployment | None:
        """Return a deployment by name; None when there is none.

        The list is used, because a 404 does not tell a missing deployment from a missing resource.
        """
        wanted = name.casefold()  # Azure takes names in either case
        return next((each for each in self.deployments() if each.name.casefold() == wanted), None)

    def create(self, plan: DeploymentPlan) -> Operation:
        """Request a deployment with the body of the plan; one of the same name would be replaced."""
        subject = f"the deployment {plan.name}"
        begin = self._client.deployments.begin_create_or_update
        body: Any = json.dumps(plan.body).encode()  # the SDK takes bytes; its type hints name only streams
        poller = self._ask(subject, lambda: begin(*self._place, plan.name, body, **self._options))
        return Operation(plan.name, poller, lambda error: self._failure(error, subject))

    def delete(self, name: str) -> Operation:
        """Request the removal of a deployment."""
        subject = f"the deployment {name}"
        begin = self._client.deployments.begin_delete
        poller = self._ask(subject, lambda: begin(*self._place, name, **self._options))
        return Operation(name, poller, lambda error: self._failure(error, subject))

    def close(self) -> None:
        """Close the connections."""
        self._client.close()
        if callable(close := getattr(self._credential, "close", None)):
            close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def _place(self) -> tuple[str, str]:
        return self.resource.group, self.resource.account

    def _ask(self, subject: str, request: Callable[[], Result]) -> Result:
        try:
            return request()
        except Exception as error:  # the SDK raises what Azure, the transport, an identity or a parser raised
            failure = self._failure(error, subject)
        raise failure

    def _failure(self, error: Exception, subject: str) -> ServiceError:
        from curvewise.deployment._errors import arm_error

        return arm_error(error, subject, self.resource)


def _deployment(value: Any) -> Deployment:
    """Convert the SDK's object, any part of which may be missing."""
    properties, sku = value.properties, value.sku
    model = properties.model if properties else None
    return Deployment(
        name=str(value.name or ""),
        model=str(model.name or "") if model else "",
        sku=str(sku.name or "") if sku else "",
        capacity=sku.capacity if sku else None,
        state=str(properties.provisioning_state or "") if properties else "",
        tags=dict(value.tags or {}),
    )
