"""Readiness: whether a deployment that is there also answers, which can take some minutes more.

It is asked with a request that has no message. A model that is ready refuses it, and nothing is charged.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Mapping
from typing import Any, Literal

from curvewise.deployment.identity import FixedToken, find_credential, require_safe
from curvewise.deployment.resource import ENDPOINT, Resource, account_of
from curvewise.deployment.waiting import OnProgress
from curvewise.errors import CurvewiseError
from curvewise.extras import load_extra

Readiness = Literal["ready", "not ready", "unknown"]
Probe = Callable[[str], Readiness]
"""Returns whether the deployment of this name answers."""

KEY, TOKEN = "AZURE_OPENAI_API_KEY", "AZURE_OPENAI_AD_TOKEN"
SCOPE = "https://cognitiveservices.azure.com/.default"

_OPENAI = re.compile(r"(?<![:/])/openai(/.*)?$")
"""Path that clients add, and some users write; a host may begin with the same word."""

NOT_YET = ("DeploymentNotReady", "DeploymentNotFound")
LONGEST = 600.0
"""Seconds to wait for an answer once a deployment exists."""


def find_probe(
    environment: Mapping[str, str] | None = None, *, resource: Resource | None = None
) -> Probe | None:
    """Return what asks the resource that the environment names; None when it names none, or no credential.

    ``AZURE_OPENAI_ENDPOINT`` is the address; ``AZURE_OPENAI_API_KEY``, ``AZURE_OPENAI_AD_TOKEN`` or a way to
    sign in to Entra ID the credential.

    Parameters
    ----------
    environment
        Variables; None for those of the process.
    resource
        The one that must be asked; None for whichever the environment names. An address that says that it is
        another one's gives no probe: that one knows nothing of the deployment.

    Raises
    ------
    UsageError
        If the address is not one that a key may be sent to.
    """
    environment = os.environ if environment is None else environment
    endpoint = _OPENAI.sub("", environment.get(ENDPOINT, "").strip().strip("'\"")).rstrip("/")
    if not endpoint:
        return None
    require_safe(endpoint, ENDPOINT)
    account = account_of(endpoint)
    if resource is not None and account and account.casefold() != resource.account.casefold():
        return None
    key = environment.get(KEY, "").strip() or environment.get(TOKEN, "").strip()
    try:
        sdk = load_extra("openai", "openai", "deploy")
        credential = find_credential(environment) if not key else None
    except CurvewiseError:
        return None
    if isinstance(credential, FixedToken):
        return None  # it is for the resource manager only

    def ask(name: str) -> Readiness:
        secret = key
        try:
            if credential is not None:
                secret = credential.get_token(SCOPE).token
            with sdk.OpenAI(
                base_url=f"{endpoint}/openai/v1", api_key=secret, max_retries=0, timeout=30
            ) as client:
                client.chat.completions.create(model=name, messages=[])
        except Exception as error:  # of the SDK, the transport or an identity
            return _readiness_from(error)
        return "ready"

    return ask


def _readiness_from(error: Any) -> Readiness:
    status = getattr(error, "status_code", None)
    if getattr(error, "code", None) in NOT_YET or status == 404 or (status or 0) >= 500:
        return "not ready"
    return "unknown" if status in (None, 401, 403) else "ready"


def wait_until_ready(
    name: str, probe: Probe, *, pause: float, longest: float = LONGEST, tell: OnProgress
) -> Readiness:
    """Ask a deployment until it is ready, or time is up, or it cannot be told.

    Parameters
    ----------
    name
        Of the deployment.
    probe
        Asks it.
    pause
        Seconds between two questions.
    longest
        Seconds to wait in all.
    tell
        Takes a line when it is not ready at once.
    """
    until = time.monotonic() + longest
    told = False
    while (answer := probe(name)) == "not ready" and time.monotonic() < until:
        if not told:
            tell(f"{name}: there, but not ready to answer yet")
            told = True
        time.sleep(pause)
    return answer
