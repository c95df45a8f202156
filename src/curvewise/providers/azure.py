"""Azure: the fine-tuning jobs of an Azure OpenAI or Foundry resource, or of a Foundry project."""

from __future__ import annotations

from curvewise.plugin import provider
from curvewise.plugin.service import Service
from curvewise.providers._environment import azure_account, has_azure


@provider(title="Azure OpenAI / Foundry", is_configured=has_azure)
def azure() -> Service:
    """Connect to Azure with the variables that its SDKs and samples read; makes no request.

    The address is ``AZURE_OPENAI_ENDPOINT``, a resource such as ``https://NAME.openai.azure.com``. Only
    without it, ``AZURE_AI_PROJECT_ENDPOINT`` (or ``AZURE_FOUNDRY_PROJECT_ENDPOINT``) counts, a Foundry
    project such as ``https://NAME.services.ai.azure.com/api/projects/PROJECT``. So the resource wins
    when both are set, since it takes a key as well as Entra ID. What follows ``/openai`` in an address is
    left out, so the address of a deployment does as well.

    The credential is the first of ``AZURE_OPENAI_AD_TOKEN`` (a token of Entra ID, as it is),
    ``AZURE_OPENAI_API_KEY``, and whatever way to sign in to Entra ID the package ``azure-identity``
    finds: ``az login``, a managed identity, a service principal.

    With ``OPENAI_API_VERSION`` a resource is asked by its dated API, ``/openai?api-version=...``;
    without it, and always for a project, by the undated one, ``/openai/v1``.

    Raises
    ------
    MissingExtraError
        If the package ``openai`` is not installed; or, without a key or token, ``azure-identity``.
    CredentialsError
        If no address is set, or the key has characters that no key has.
    UsageError
        If the address is not a web address.
    """
    from curvewise.providers._fine_tuning_api import FineTuningApi

    return FineTuningApi(azure_account())
