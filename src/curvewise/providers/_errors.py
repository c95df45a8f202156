"""Errors: from what the SDK raises to what the user can do about it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import msgspec

from curvewise.errors import CredentialsError, NotFoundError, ServiceError
from curvewise.http import asked_wait, is_momentary
from curvewise.providers._account import Account
from curvewise.providers._connection_errors import connection_error
from curvewise.secrets import Redaction

if TYPE_CHECKING:
    import openai

_USED_UP = ("insufficient_quota", "billing_hard_limit_reached", "billing_not_active")


class Subject(msgspec.Struct, frozen=True):
    """What a request was about, in the words of an error message.

    Parameters
    ----------
    what
        ``job ftjob-1``, ``file file-1``, ``the list of jobs``.
    remedy
        What to do when the service does not know it.
    """

    what: str
    remedy: str


def service_error(
    error: Exception, account: Account, subject: Subject, redaction: Redaction, timeouts: tuple[float, float]
) -> ServiceError:
    """Translate an exception of the SDK; the result refers to no part of it.

    Parameters
    ----------
    error
        What a method of the SDK raised.
    account, subject
        Who was asked, and for what.
    redaction
        Everything that the service says passes through it.
    timeouts
        Seconds that were waited for an answer and for a connection.
    """
    import openai

    if isinstance(error, openai.APIStatusError):
        return _of_status(error, account, subject, redaction)
    if isinstance(error, openai.APIConnectionError):
        return connection_error(error, account, timeouts)
    return ServiceError(
        f"the request for {subject.what} cannot be made ({type(error).__name__})",
        hint=f"look for stray characters in {account.address_variable}, OPENAI_ORG_ID, OPENAI_PROJECT_ID "
        "and OPENAI_CUSTOM_HEADERS",
    )


def _of_status(
    error: openai.APIStatusError, account: Account, subject: Subject, redaction: Redaction
) -> ServiceError:
    status, host = error.status_code, account.host
    said = redaction.text(_message(error.body))
    reason = f": {said}" if said else ""
    if status == 401:  # what the server says may show parts of the key
        return CredentialsError(
            f"{host} refuses {account.credential_name}", hint=account.when_refused, status=status
        )
    if status == 403:
        return CredentialsError(
            f"{host} does not grant {account.credential_name} access to {subject.what}{reason}",
            hint=account.when_forbidden,
            status=status,
        )
    if status == 404:
        return NotFoundError(
            f"{account.title} at {host} does not know {subject.what}", hint=subject.remedy, status=status
        )
    if status == 429:
        return _too_many(error, account, reason)
    if is_momentary(status):
        return ServiceError(
            f"{host} fails to answer, with status {status}{reason}",
            hint="try again in a few minutes; the status page of the service tells of outages",
            status=status,
            temporary=True,
        )
    if status < 400:
        return ServiceError(
            f"{host} redirects elsewhere, with status {status}",
            hint=f"set {account.address_variable} to the address of the API itself",
            status=status,
        )
    return ServiceError(
        f"{host} rejects the request for {subject.what}, with status {status}{reason}",
        hint="mend what the service says" if said else f"look at the id, and at {account.address_variable}",
        status=status,
    )


def _too_many(error: openai.APIStatusError, account: Account, reason: str) -> ServiceError:
    body = error.body if isinstance(error.body, Mapping) else {}
    if any(body.get(field) in _USED_UP for field in ("code", "type")):
        return ServiceError(
            f"the quota of the account at {account.host} is used up{reason}",
            hint="look at the plan and the billing details of the account",
            status=429,
        )
    seconds = asked_wait(error.response.headers)
    return ServiceError(
        f"{account.host} asks for fewer requests{reason}",
        hint="try again in a minute" if seconds is None else f"try again in {seconds:.0f} s",
        status=429,
        temporary=True,
    )


def _message(body: object) -> str:
    """Return the message of an error body ``{"message", "type", "param", "code"}``; "" without one."""
    message = body.get("message") if isinstance(body, Mapping) else None
    return message.strip() if isinstance(message, str) else ""
