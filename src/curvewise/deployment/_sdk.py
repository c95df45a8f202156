"""The client of the SDK of Azure; importing this module imports the SDK."""

from __future__ import annotations

from typing import Any

from azure.core.credentials import TokenCredential
from azure.core.pipeline.policies import RetryPolicy
from azure.mgmt.cognitiveservices import CognitiveServicesManagementClient

from curvewise.deployment.identity import PUBLIC
from curvewise.deployment.plan import API_VERSION
from curvewise.http import is_loopback

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
        retry_policy=BoundedRetry(retry_total=TRIES, retry_backoff_factor=min(0.8, pause)),
        **address,
    )
