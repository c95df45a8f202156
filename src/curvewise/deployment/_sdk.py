"""The client of the SDK of Azure; importing this module imports the SDK."""

from __future__ import annotations

from typing import Any

from azure.core.credentials import TokenCredential
from azure.core.pipeline.policies import RetryPolicy
from azure.core.pipeline.transport import RequestsTransport
from azure.mgmt.cognitiveservices import CognitiveServicesManagementClient
from requests import PreparedRequest, Response, Session

from curvewise.deployment.identity import PUBLIC
from curvewise.deployment.plan import API_VERSION
from curvewise.http import Endless, bounded, is_loopback, within_time

TRIES = 3
"""Retries of a request after temporary failures."""

LONGEST_PAUSE = 60.0
"""Longest wait in seconds that a server may ask for; a longer one is an error."""


class BoundedRetry(RetryPolicy[Any, Any]):
    """Retries temporary failures, but never sleeps longer than `LONGEST_PAUSE`."""

    def is_retry(self, settings: dict[str, Any], response: Any) -> bool:
        """Whether to repeat a request."""
        pause = self.get_retry_after(response)
        if pause is not None and pause > LONGEST_PAUSE:
            return False
        return bool(super().is_retry(settings, response))


class BoundedSession(Session):
    """Reads every answer as a whole, within the limits of bytes and of seconds."""

    def send(self, request: PreparedRequest, **options: Any) -> Response:
        """Send a request; beyond a limit it ends in our error, which the SDK does not retry."""
        try:
            return within_time(self._whole, request, options)
        except Endless as error:
            failure = error.failure("Azure Resource Manager")
        raise failure

    def _whole(self, request: PreparedRequest, options: dict[str, Any]) -> Response:
        response = super().send(request, **{**options, "stream": True})
        try:
            response._content = bounded(response.iter_content(1 << 16))  # where it keeps what it has read
        except Endless:
            response.close()
            raise
        return response


def make_client(
    subscription: str, manager: str, credential: TokenCredential, pause: float
) -> CognitiveServicesManagementClient:
    """Create the client, without a request."""
    address: dict[str, Any] = {}
    if manager != PUBLIC:
        audience = PUBLIC if is_loopback(manager) else manager
        address = {"base_url": manager, "credential_scopes": [f"{audience}/.default"]}
    return CognitiveServicesManagementClient(
        credential,
        subscription,
        api_version=API_VERSION,
        polling_interval=pause,
        transport=RequestsTransport(session=BoundedSession()),
        retry_policy=BoundedRetry(retry_total=TRIES, retry_backoff_factor=min(0.8, pause)),
        **address,
    )
