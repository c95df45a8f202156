"""What can go wrong between a client and the service, on demand.

A fault is a function of a request and of the answer that the server would give, which it may change, or
ask for in another way, or not at all. `Faults.add` says which requests it hits, and how often.

>>> from tests.standin import Standin, jobs
>>> with Standin([jobs.small_sft()]) as server:
...     rule = server.faults.add("GET /fine_tuning/jobs/*/events", failing(429, retry_after=1), times=2)
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from tests.standin.messages import Answer, Request, Respond, error_answer, json_answer
from tests.standin.objects import page
from tests.standin.rules import Fault

__all__ = [
    "HOSTILE",
    "Fault",
    "broken_off",
    "dropped",
    "duplicated",
    "emptied",
    "encoded",
    "failing",
    "first_page_forever",
    "hostile_text",
    "html",
    "last_page_forever",
    "leaky",
    "lost_cursor",
    "metric",
    "shortened",
    "shuffled",
    "slow",
    "without_metrics",
]

HOSTILE = "\x1b[2J\x1b[31m</script><script>alert(1)</script>\u202egnp.exe\u200b\r\n\x07"
"""Text that clears a terminal, runs in a page, turns the writing direction and breaks a line."""

_MESSAGES: Mapping[int, tuple[str, str, str | None]] = {
    400: ("The request is not valid.", "invalid_request_error", None),
    401: ("Incorrect API key provided.", "invalid_request_error", "invalid_api_key"),
    403: ("You have insufficient permissions for this operation.", "invalid_request_error", None),
    404: ("Could not find fine tune.", "invalid_request_error", None),
    409: ("The resource is being changed by another request.", "invalid_request_error", "conflict"),
    429: ("Rate limit reached for requests.", "requests", "rate_limit_exceeded"),
    500: ("The server had an error while processing your request.", "server_error", None),
    503: ("The engine is currently overloaded, please try again later.", "server_error", None),
}
_NAMED = (
    "message",
    "filename",
    "user_provided_suffix",
    "suffix",
    "model",
    "fine_tuned_model",
    "fine_tuned_model_checkpoint",
)


def failing(
    status: int,
    *,
    retry_after: float | str | None = None,
    retry_after_ms: int | None = None,
    code: str | None = None,
    message: str | None = None,
) -> Fault:
    """Fail with a status and the error body of the API.

    Parameters
    ----------
    status
        400, 401, 403, 404, 409, 429, 500, 503 or any other.
    retry_after
        Header ``Retry-After``: seconds, or a date as HTTP writes it.
    retry_after_ms
        Header ``retry-after-ms``, in milliseconds.
    code, message
        Of the error body; None: what the service says.
    """
    usual, kind, usual_code = _MESSAGES.get(status, ("The request failed.", "server_error", None))
    headers = {"retry-after": retry_after, "retry-after-ms": retry_after_ms}
    given = {name: str(value) for name, value in headers.items() if value is not None}

    def fault(request: Request, respond: Respond) -> Answer:
        return error_answer(status, message or usual, kind=kind, code=code or usual_code, headers=given)

    return fault


def html(status: int = 502) -> Fault:
    """Answer with a page of HTML, as a gateway on the way does."""
    body = f"<html><head><title>{status} Bad Gateway</title></head><body>nginx</body></html>".encode()
    return lambda _request, _respond: Answer(status, body, "text/html")


def leaky() -> Fault:
    """Refuse the key, and echo the whole of it."""

    def fault(request: Request, respond: Respond) -> Answer:
        return error_answer(401, f"Incorrect API key provided: {request.key}.", code="invalid_api_key")

    return fault


def slow(seconds: float) -> Fault:
    """Answer late."""
    return _changed(lambda answer: msgspec.structs.replace(answer, delay=answer.delay + seconds))


def dropped() -> Fault:
    """Break the connection before the answer."""
    return lambda _request, _respond: Answer(0, dropped=True)


def broken_off(keep: float = 0.5) -> Fault:
    """Break the connection in the middle of the body, whose whole length was announced.

    Parameters
    ----------
    keep
        Part of the body that is sent, from 0 to 1.
    """
    return _changed(lambda answer: msgspec.structs.replace(answer, sent=int(len(answer.body) * keep)))


def emptied() -> Fault:
    """Send a body without a byte."""
    return _changed(lambda answer: msgspec.structs.replace(answer, body=b""))


def shortened(keep: float = 0.5) -> Fault:
    """Send the first part of a body as if it were the whole: shorter than the file object says.

    Parameters
    ----------
    keep
        Part of the body that is sent, from 0 to 1.
    """
    return _changed(
        lambda answer: msgspec.structs.replace(answer, body=answer.body[: int(len(answer.body) * keep)])
    )


def encoded() -> Fault:
    """Send a body as base64."""
    from base64 import b64encode

    return _changed(lambda answer: msgspec.structs.replace(answer, body=b64encode(answer.body)))


def first_page_forever() -> Fault:
    """Send the first page again and again, whatever is asked for, and say that more follow."""

    def fault(request: Request, respond: Respond) -> Answer:
        query = {name: value for name, value in request.query.items() if name != "after"}
        return _with_more(respond(msgspec.structs.replace(request, query=query)))

    return fault


def last_page_forever() -> Fault:
    """Never come to the end of a list: after the last page, send it again, and say that more follow."""

    def fault(request: Request, respond: Respond) -> Answer:
        answer = respond(request)
        if answer.status != 200 or answer.json["data"]:
            return _with_more(answer)
        items, limit = _whole_list(request, respond), int(request.query.get("limit", 20))
        return _with_more(json_answer(page(items[-limit:], None, limit)))

    return fault


def duplicated() -> Fault:
    """List every item twice."""
    return _rearranged(lambda items: [item for item in items for _ in range(2)])


def shuffled(seed: int = 0) -> Fault:
    """List the items in no order, the same one for every page.

    Parameters
    ----------
    seed
        Of the order.
    """
    return _rearranged(lambda items: random.Random(seed).sample(items, len(items)))


def lost_cursor() -> Fault:
    """Know nothing of the item after which a page should begin."""

    def fault(request: Request, respond: Respond) -> Answer:
        if (after := request.query.get("after")) is None:
            return respond(request)
        return error_answer(404, f"No such item: {after}", param="after")

    return fault


def hostile_text(text: str = HOSTILE) -> Fault:
    """Add hostile text to names and messages.

    Parameters
    ----------
    text
        What is added.
    """

    def changed(name: str, value: Any) -> Any:
        return value + text if name in _NAMED and isinstance(value, str) else value

    return _changed(lambda answer: _each_value(answer, changed))


def metric(name: str, value: float | None) -> Fault:
    """Let events and checkpoints have another value for a metric: NaN, infinity, zero, None.

    Parameters
    ----------
    name, value
        Of the metric; it stays absent where it is.
    """
    return _changed(lambda answer: _each_value(answer, lambda held, old: value if held == name else old))


def without_metrics() -> Fault:
    """List checkpoints that have measured nothing."""
    return _changed(lambda answer: _each_value(answer, lambda name, old: {} if name == "metrics" else old))


def _changed(change: Callable[[Answer], Answer]) -> Fault:
    return lambda request, respond: change(respond(request))


def _with_more(answer: Answer) -> Answer:
    return json_answer(answer.json | {"has_more": True}) if answer.status == 200 else answer


def _rearranged(arrange: Callable[[list[Any]], list[Any]]) -> Fault:
    def fault(request: Request, respond: Respond) -> Answer:
        answer = respond(msgspec.structs.replace(request, query=dict(request.query) | {"limit": "1"}))
        items = arrange(_whole_list(request, respond)) if answer.status == 200 else []
        listed = page(items, request.query.get("after"), int(request.query.get("limit", 20)))
        return answer if listed is None or answer.status != 200 else json_answer(listed)

    return fault


def _whole_list(request: Request, respond: Respond) -> list[Any]:
    items: list[Any] = []
    query = {"limit": "200"}
    while True:
        listed = respond(msgspec.structs.replace(request, query=query)).json
        items += listed["data"]
        if not listed["has_more"]:
            return items
        query["after"] = items[-1]["id"]


def _each_value(answer: Answer, change: Callable[[str, Any], Any]) -> Answer:
    """Change values in a JSON body by the names of their fields, at any depth."""
    if answer.json is None:
        return answer
    body = json.dumps(_walked(answer.json, change)).encode()
    return msgspec.structs.replace(answer, body=body)


def _walked(value: Any, change: Callable[[str, Any], Any]) -> Any:
    if isinstance(value, dict):
        return {name: change(name, _walked(held, change)) for name, held in value.items()}
    if isinstance(value, list):
        return [_walked(held, change) for held in value]
    return value
