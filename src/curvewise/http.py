"""HTTP: what holds of every request, whichever library makes it."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable, Mapping
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from curvewise.errors import ServiceError
from curvewise.limits import ANSWER_BYTES, ANSWER_SECONDS

if TYPE_CHECKING:
    from urllib.request import OpenerDirector

Value = TypeVar("Value")

LONGEST_WAIT = 86_400.0
"""Seconds that a service may ask to wait for; more is no serious answer."""
_MOMENTARY = (408, 409, 425, 429)
"""Statuses below 500 that may pass: a timeout, a conflict with another request, too early, too many."""


def is_loopback(address: str) -> bool:
    """Whether an address is on this machine, so that nobody listens on the way.

    Examples
    --------
    >>> is_loopback("http://127.0.0.1:8080"), is_loopback("http://[::1]/"), is_loopback("http://127.0.0.1.com")
    (True, True, False)
    """
    try:
        host = urlsplit(address).hostname or ""
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_momentary(status: int) -> bool:
    """Whether the same request may be answered a little later."""
    return status >= 500 or status in _MOMENTARY


def asked_wait(headers: Mapping[str, str]) -> float | None:
    """Return the seconds of ``Retry-After`` (RFC 9110, 10.2.3) or ``retry-after-ms``; None without sense.

    Examples
    --------
    >>> asked_wait({"retry-after": "7"}), asked_wait({"retry-after": "inf"}), asked_wait({})
    (7.0, None, None)
    """
    from email.utils import parsedate_to_datetime
    from time import time

    given = {name.lower(): value for name, value in headers.items()}
    for name, unit in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        try:
            seconds = float(given.get(name, "")) / unit
        except ValueError:
            continue
        return seconds if 0 <= seconds <= LONGEST_WAIT else None
    try:
        seconds = parsedate_to_datetime(given.get("retry-after", "")).timestamp() - time()
    except (ValueError, OverflowError):
        return None
    return max(0.0, seconds) if seconds <= LONGEST_WAIT else None


def opener_without_redirects() -> OpenerDirector:
    """Return what opens an address and goes nowhere else: neither a key nor a message follows a redirect."""
    from urllib.request import HTTPRedirectHandler, build_opener

    class NoRedirects(HTTPRedirectHandler):
        def redirect_request(self, *_: Any) -> None:
            """Follow nothing: the redirect is an answer of its own."""

    return build_opener(NoRedirects())


class Endless(BaseException):
    """An answer exceeds a limit. No `Exception`: an SDK would ask for the same answer again."""

    def __init__(self, what: str, variable: str) -> None:
        super().__init__(what)
        self.what, self.variable = what, variable

    def failure(self, host: str) -> ServiceError:
        """Return the error for the user."""
        hint = f"the address is wrong, or something on the way is broken; {self.variable} raises the limit"
        return ServiceError(f"{host} {self.what}", hint=hint)


def bounded(pieces: Iterable[bytes]) -> bytes:
    """Join the pieces of an answer, as far as `ANSWER_BYTES`."""
    most, content = ANSWER_BYTES.value, bytearray()
    for piece in pieces:
        content += piece
        if len(content) > most:
            raise too_long()
    return bytes(content)


def too_long() -> Endless:
    """Return the error for an answer of more than `ANSWER_BYTES`."""
    return Endless(
        f"sends an answer of more than {ANSWER_BYTES.said(ANSWER_BYTES.value)}", ANSWER_BYTES.variable
    )


def within_time(send: Callable[..., Value], *arguments: Any, **options: Any) -> Value:
    """Send a request and return its whole answer, which may come byte by byte, within the limit of seconds.

    The thread is a daemon: a connection that is given up does not keep the program from its end.
    """
    outcome: SimpleQueue[tuple[list[Value], BaseException | None]] = SimpleQueue()

    def run() -> None:
        try:
            outcome.put(([send(*arguments, **options)], None))
        except BaseException as error:  # raised again below, in the caller's thread
            outcome.put(([], error))

    Thread(target=run, daemon=True).start()
    most = ANSWER_SECONDS.value
    try:
        values, error = outcome.get(timeout=most)
    except Empty:
        what = f"did not finish its answer within {ANSWER_SECONDS.said(most)}"
        raise Endless(what, ANSWER_SECONDS.variable) from None
    if error is not None:
        raise error
    return values[0]
