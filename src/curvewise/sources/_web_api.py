"""Web APIs: JSON that a service hands out for a key, asked by the standard library."""

from __future__ import annotations

from collections.abc import Mapping
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote, urlencode, urlsplit

import msgspec

from curvewise.errors import CredentialsError, CurvewiseError, NotFoundError, ServiceError, UsageError
from curvewise.http import (
    Endless,
    asked_wait,
    is_loopback,
    is_momentary,
    opener_without_redirects,
    too_long,
    within_time,
)
from curvewise.limits import ANSWER_BYTES
from curvewise.parsing.json_values import looks_like_json, read_json
from curvewise.secrets import Redaction, Secret
from curvewise.sources._tries import again
from curvewise.version import VERSION

if TYPE_CHECKING:
    from urllib.request import Request

Shape = TypeVar("Shape")

SECONDS = 300.0
"""Seconds after which one question is given up, waits between tries included."""

_TIMEOUT = 30.0

_CONVERTING = Lock()
"""Two threads that first meet a shape at once crash msgspec, which reads its annotations at that time."""


class WebApi:
    """A service that answers in JSON. No redirect is followed, so that a key stays where it belongs.

    Parameters
    ----------
    title
        What to call it in messages.
    base
        Address of the API, without a closing slash.
    address_variable
        The environment variable that sets the address.
    headers
        What is sent with every request, the credential among it.
    secrets
        What is taken out of all that is said.
    sign_in
        What helps when the service refuses.
    may_be_plain
        Whether the address may begin with http:// on another machine: for a server of one's own.

    Raises
    ------
    UsageError
        If the address is not a web address, or not a safe one.
    """

    def __init__(
        self,
        title: str,
        base: str,
        *,
        address_variable: str,
        sign_in: str,
        headers: Mapping[str, str] | None = None,
        secrets: tuple[Secret, ...] = (),
        may_be_plain: bool = False,
    ) -> None:
        try:
            parts = urlsplit(base)
            host = parts.hostname or ""
            _ = parts.port
        except ValueError:
            host = ""
        is_safe = parts.scheme == "https" or (parts.scheme == "http" and (may_be_plain or is_loopback(base)))
        if not host or not is_safe or "@" in parts.netloc or not base.isascii() or not base.isprintable():
            raise UsageError(
                f"the address of {title} is no safe web address",
                hint=f"set {address_variable} to https://HOST, without a user and a password",
            )
        self._title, self._base, self._sign_in, self._host = title, base.rstrip("/"), sign_in, parts.netloc
        self._headers = {
            "User-Agent": f"curvewise/{VERSION}",
            "Accept": "application/json",
            **(headers or {}),
        }
        self._redaction = Redaction(secrets)

    def get(self, path: str, what: str, **query: str | int) -> Any:
        """Ask for what lies at a path, whose parts are quoted; ``what`` it is, for messages."""
        asked = f"?{urlencode(query)}" if query else ""
        return self._ask(f"{self._base}/{quote(path, safe='/:')}{asked}", what, None)

    def post(self, path: str, what: str, body: Mapping[str, Any]) -> Any:
        """Send a question as JSON."""
        return self._ask(f"{self._base}/{quote(path, safe='/:')}", what, msgspec.json.encode(body))

    def shaped(self, value: object, shape: type[Shape]) -> Shape:
        """Return an answer, or a part of one, in the shape that it is documented to have.

        Raises
        ------
        ServiceError
            If it has another one.
        """
        try:
            with _CONVERTING:
                return msgspec.convert(value, shape, strict=False)  # numbers may be text
        except msgspec.ValidationError as error:
            failure = self._failure(f"the answer of {self._title} has a shape that is not known: {error}")
        raise failure

    def _ask(self, url: str, what: str, body: bytes | None) -> Any:
        data = again(lambda: self._tried(url, what, body), monotonic() + SECONDS)
        failure: ServiceError
        if not looks_like_json(data):
            failure = self._failure(f"{self._title} at {self._host} answers with something else than JSON")
        else:
            try:
                value = read_json(data)
            except CurvewiseError as error:
                failure = self._failure(f"{self._title} answers with JSON that is broken: {error.problem}")
            else:
                text = data.decode("utf-8", "replace")
                return self._redaction.value(value) if self._redaction.touches(text) else value
        raise failure

    def _tried(self, url: str, what: str, body: bytes | None) -> bytes:
        from http.client import HTTPException
        from urllib.error import HTTPError, URLError
        from urllib.request import Request

        headers = self._headers if body is None else {**self._headers, "Content-Type": "application/json"}
        request = Request(url, body, headers)  # noqa: S310 - the address was looked at
        failure: ServiceError
        try:
            stated, data = within_time(_whole, request)
        except HTTPError as error:
            with error:
                failure = self._of_status(error.code, what, dict(error.headers))
        except Endless as error:
            failure = error.failure(f"{self._title} at {self._host}")
        except (URLError, OSError, HTTPException, ValueError) as error:
            reason = getattr(error, "reason", error)
            failure = self._failure(
                f"{self._title} at {self._host} does not answer ({type(reason).__name__})", temporary=True
            )
        else:
            if stated is None or len(data) >= stated:
                return data
            failure = self._failure(f"{self._title} broke off its answer", temporary=True)
        raise failure

    def _failure(self, problem: str, **details: Any) -> ServiceError:
        hint = "check the network and the address, then try again"
        return ServiceError(self._redaction.text(problem), hint=hint, **details)

    def _of_status(self, status: int, what: str, headers: Mapping[str, str]) -> ServiceError:
        if status in (401, 403):
            return CredentialsError(
                f"{self._title} at {self._host} does not allow {what}", hint=self._sign_in, status=status
            )
        if status == 404:
            return NotFoundError(
                f"{self._title} at {self._host} does not know {what}", hint="check the name", status=404
            )
        busy = status == 429
        return self._failure(
            f"{self._title} at {self._host} "
            + ("asks for fewer requests" if busy else f"answers with status {status}"),
            status=status,
            temporary=is_momentary(status),
            wait=asked_wait(headers),
        )


def _whole(request: Request) -> tuple[int | None, bytes]:
    """Return how long an answer is to be, and the answer."""
    most = ANSWER_BYTES.value
    with opener_without_redirects().open(request, timeout=_TIMEOUT) as answer:
        stated, data = answer.length, answer.read(most + 1)
    if len(data) > most:
        raise too_long()
    return stated, data
