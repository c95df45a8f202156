"""Where the API is found under each dialect, and who may come in."""

from __future__ import annotations

import re
from collections.abc import Mapping

from tests.standin.dialects import Dialect
from tests.standin.messages import Answer, error_answer, json_answer

OPENAI_BASE = "/v1"
AZURE_BASE = "/openai/v1"
PROJECT = "/api/projects/standin"

_AZURE_V1 = re.compile(r"(?:/api/projects/[^/]+)?/openai/v1(?=/|$)")
_AZURE_CLASSIC = re.compile(r"/openai(?=/|$)")


def path_behind(dialect: Dialect, path: str, query: Mapping[str, str]) -> str | None:
    """Return what a path asks of the API; None when it leads nowhere.

    Azure has three doors: the classic one, which wants an ``api-version``, v1, and that of a Foundry project.

    Examples
    --------
    >>> from tests.standin.dialects import make_dialect
    >>> path_behind(make_dialect("azure"), "/openai/fine_tuning/jobs", {"api-version": "2024-10-21"})
    '/fine_tuning/jobs'
    >>> path_behind(make_dialect("azure"), "/openai/fine_tuning/jobs", {})
    """
    if not dialect.is_azure:
        return path.removeprefix(OPENAI_BASE) if path.startswith(f"{OPENAI_BASE}/") else None
    if match := _AZURE_V1.match(path):
        return path[match.end() :]
    if (match := _AZURE_CLASSIC.match(path)) and query.get("api-version"):
        return path[match.end() :]
    return None


def sent_key(dialect: Dialect, headers: Mapping[str, str]) -> str | None:
    """Return the key of a request: Azure takes it in a header of its own as well."""
    bearer = headers.get("authorization", "")
    if bearer.lower().startswith("bearer "):
        return bearer[len("bearer ") :].strip()
    return headers.get("api-key") if dialect.is_azure else None


def unauthorized(dialect: Dialect, key: str | None, *, leaks: bool = False) -> Answer:
    """Answer a request with no key or a wrong one. OpenAI echoes the key, masked in the middle.

    Parameters
    ----------
    dialect
        How the server speaks.
    key
        What was sent.
    leaks
        Whether the answer echoes the key unmasked.
    """
    shown = key if leaks else masked(key or "")
    if dialect.is_azure:
        message = (
            "Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a "
            "valid key for an active subscription and use a correct regional API endpoint for your resource."
        )
        echo = f" The key was {shown}." if leaks else ""
        return json_answer({"error": {"code": "401", "message": f"{message}{echo}"}}, 401)
    if key is None:
        message = (
            "You didn't provide an API key. You need to provide your API key in an Authorization header."
        )
        return error_answer(401, message)
    message = (
        f"Incorrect API key provided: {shown}. You can find your API key at https://platform.openai.com."
    )
    return error_answer(401, message, code="invalid_api_key")


def masked(key: str) -> str:
    """Hide the middle of a key, as OpenAI does.

    Examples
    --------
    >>> masked("sk-abcdefghijkl")
    'sk-ab***kl'
    """
    return f"{key[:5]}***{key[-2:]}"
