"""Requests that follow no redirect."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from urllib.request import OpenerDirector


def opener_without_redirects() -> OpenerDirector:
    """Return what opens an address and goes nowhere else: neither a key nor a message follows a redirect."""
    from urllib.request import HTTPRedirectHandler, build_opener

    class NoRedirects(HTTPRedirectHandler):
        def redirect_request(self, *_: Any) -> None:
            """Follow nothing: the redirect is an answer of its own."""

    return build_opener(NoRedirects())
