"""OpenAI: the fine-tuning jobs of an OpenAI account, or of a server that speaks its API."""

from __future__ import annotations

from curvewise.plugin import provider
from curvewise.plugin.service import Service
from curvewise.providers._environment import has_openai, openai_account


@provider(title="OpenAI", is_configured=has_openai)
def openai() -> Service:
    """Connect to OpenAI with the variables that its SDK reads; makes no request.

    ``OPENAI_API_KEY`` is the key. ``OPENAI_BASE_URL`` is the address of another server that speaks the
    same API; ``OPENAI_ORG_ID`` and ``OPENAI_PROJECT_ID`` name an organization and a project.

    Raises
    ------
    MissingExtraError
        If the package ``openai`` is not installed.
    CredentialsError
        If there is no key, or it has characters that no key has.
    UsageError
        If ``OPENAI_BASE_URL`` is not a web address.
    """
    from curvewise.providers._fine_tuning_api import FineTuningApi

    return FineTuningApi(openai_account())
