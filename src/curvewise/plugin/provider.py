"""Providers: each is a service that runs fine-tuning jobs."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from curvewise.discovery import discover
from curvewise.plugin.decorating import plugin_of
from curvewise.plugin.service import Service


class Provider(msgspec.Struct, frozen=True, kw_only=True):
    """A service that runs fine-tuning jobs. Made by `provider`.

    Parameters
    ----------
    name
        What stands before ``://`` in an address, and what to give to ``--provider``.
    title
        What to call it, such as ``Azure OpenAI``.
    is_configured
        Whether the environment names this service, so that an address may leave it out.
    function
        Connects to it; makes no request.
    """

    name: str
    title: str
    is_configured: Callable[[], bool]
    function: Callable[[], Service]

    def connect(self) -> Service:
        """Connect with the credentials that the environment holds; makes no request.

        Raises
        ------
        MissingExtraError, CredentialsError
            If the package that speaks to it is not installed, or the environment holds no credentials.
        """
        return self.function()


def provider(*, title: str, is_configured: Callable[[], bool]) -> Callable[[Callable[[], Service]], Provider]:
    """Turn a function ``() -> Service`` into a `Provider` of the function's name."""
    return plugin_of(Provider, title=title, is_configured=is_configured)


def providers() -> Mapping[str, Provider]:
    """Every service by name."""
    return discover("providers", Provider)
