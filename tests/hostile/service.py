"""A service that misbehaves on the wire: it takes the answers of the stand-in, and sends something else."""

from __future__ import annotations

import gzip
import itertools
import json
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import SHUT_RDWR, socket
from threading import Thread
from typing import Any, Self

from tests.standin import Standin, jobs
from tests.standin.messages import Answer
from tests.standin.wire import Handle

Write = Callable[[bytes], object]
Behaviour = Callable[["Exchange"], object]

EVERY = 0.2
"""Seconds between the pieces of a slow answer."""


class Exchange:
    """A request, what the stand-in would answer, and the connection to misbehave on."""

    def __init__(self, handler: BaseHTTPRequestHandler, handle: Handle, number: int) -> None:
        self.handler, self.number = handler, number
        self.path = handler.path.partition("?")[0]
        headers = {name.lower(): value for name, value in handler.headers.items()}
        body = handler.rfile.read(int(headers.get("content-length") or 0))
        self.answer = handle(handler.command, handler.path, headers, body)
        self.write: Write = handler.wfile.write

    @property
    def value(self) -> Any:
        """The JSON of the answer; None where it is a file."""
        return self.answer.json

    @property
    def is_list(self) -> bool:
        """Whether a page of a list is asked for."""
        return isinstance(self.value, dict) and isinstance(self.value.get("data"), list)

    def begin(self, status: int = 200, **headers: str) -> None:
        """Send the status and headers."""
        self.write(f"HTTP/1.1 {status} X\r\nconnection: close\r\n".encode())
        for name, value in headers.items():
            self.write(f"{name.replace('_', '-')}: {value}\r\n".encode())
        self.write(b"\r\n")

    def send(self, body: bytes, status: int = 200, **headers: str) -> None:
        """Send a whole answer."""
        given = {"content_type": "application/json", "content_length": str(len(body)), **headers}
        self.begin(status, **given)
        self.write(body)

    def send_json(self, value: Any, status: int = 200, **headers: str) -> None:
        """Send a value as JSON."""
        self.send(json.dumps(value).encode(), status, **headers)

    def honest(self) -> None:
        """Send what the stand-in answers."""
        self.send(self.answer.body, self.answer.status, content_type=self.answer.content_type)


class HostileService:
    """A server on loopback with one behaviour, that answers as a stand-in for OpenAI or another one would."""

    def __init__(self, behaviour: Behaviour, handle: Handle | None = None) -> None:
        self.standin = Standin([jobs.small_sft()])
        answered = self._handle if handle is None else handle
        numbers = itertools.count()
        self._open: set[socket] = set()
        taken = self._open

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self) -> None:
                super().setup()
                taken.add(self.connection)

            def finish(self) -> None:
                taken.discard(self.connection)
                super().finish()

            def do_GET(self) -> None:
                self.close_connection = True
                try:
                    behaviour(Exchange(self, answered, next(numbers)))
                except OSError:  # the client has had enough
                    return

            do_POST = do_HEAD = do_GET  # noqa: N815 - names of the base class

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.block_on_close = False

    @property
    def url(self) -> str:
        """Its base URL."""
        return f"{self.root}/v1"

    @property
    def root(self) -> str:
        """Its address, without a path."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def _handle(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Answer as the stand-in does, and take any cursor, also one that a behaviour made up."""
        answer = self.standin._handle(method, target, headers, body)
        if answer.status == 404:
            return self.standin._handle(method, target.partition("?")[0], headers, body)
        return answer

    def __enter__(self) -> Self:
        self.standin.__enter__()
        Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        for connection in list(self._open):  # what a client still reads, without end
            with suppress(OSError):
                connection.shutdown(SHUT_RDWR)
        self.standin.stop()

    @property
    def environment(self) -> Mapping[str, str]:
        """What points a client at it."""
        return {"OPENAI_BASE_URL": self.url, "OPENAI_API_KEY": self.standin.key}


def _endless(exchange: Exchange) -> None:
    exchange.begin(content_type="application/json")
    exchange.write(b'{"data": ["')
    while True:
        exchange.write(b"x" * 65536)


def _bomb(exchange: Exchange) -> None:
    packed = gzip.compress(b" " * (64 << 20))
    exchange.send(packed, content_encoding="gzip")


def _dribble(body: bool) -> Behaviour:
    def behaviour(exchange: Exchange) -> None:
        if body:
            exchange.begin(content_type="application/json", content_length="100000")
        else:
            exchange.write(b"HTTP/1.1 200 OK\r\nx-slow: ")
        while True:
            exchange.write(b" ")
            exchange.handler.wfile.flush()
            time.sleep(EVERY)

    return behaviour


def _stall(exchange: Exchange) -> None:
    exchange.begin(content_length="1000")
    exchange.write(exchange.answer.body[:10])
    time.sleep(30)


def _changed(change: Callable[[Exchange, dict[str, Any]], object]) -> Behaviour:
    """Change what the stand-in answers, where it is an object."""

    def behaviour(exchange: Exchange) -> None:
        if not isinstance(exchange.value, dict):
            exchange.honest()
            return
        value = exchange.value
        made = change(exchange, value)
        exchange.send_json(value if made is None else made, exchange.answer.status)

    return behaviour


def _of_list(change: Callable[[Exchange, dict[str, Any]], object]) -> Behaviour:
    """Change the pages of lists alone."""
    return _changed(lambda exchange, value: change(exchange, value) if exchange.is_list else None)


def _new_ids(exchange: Exchange, value: dict[str, Any]) -> None:
    value["has_more"] = True
    for place, item in enumerate(value["data"] or [{"object": "event", "message": "x", "created_at": 1}]):
        item["id"] = f"new-{exchange.number}-{place}"
    value["data"] = value["data"] or [{"id": f"new-{exchange.number}", "message": "x", "created_at": 1}]


def _each(item: Callable[[dict[str, Any]], object]) -> Behaviour:
    def change(exchange: Exchange, value: dict[str, Any]) -> None:
        for each in value["data"]:
            item(each)

    return _of_list(change)


def _object(**fields: Any) -> Behaviour:
    """Change fields of the job, alone and in lists."""

    def change(exchange: Exchange, value: dict[str, Any]) -> None:
        held = value["data"] if exchange.is_list and exchange.path.endswith("/jobs") else [value]
        for each in held:
            each.update({name: given for name, given in fields.items() if name in each})

    return _changed(change)


def _status(status: int, body: bytes = b"", after: int = 0, **headers: str) -> Behaviour:
    def behaviour(exchange: Exchange) -> None:
        if exchange.number < after:
            exchange.honest()
        else:
            exchange.send(body, status, **headers)

    return behaviour


def _cut(exchange: Exchange) -> None:
    exchange.begin(content_length=str(len(exchange.answer.body) + 1))
    exchange.write(exchange.answer.body[: len(exchange.answer.body) // 2])


def _bytes(change: Callable[[bytes], bytes]) -> Behaviour:
    return lambda exchange: exchange.send(change(exchange.answer.body), exchange.answer.status)


ERROR = b'{"error": {"message": "no", "type": "x", "code": "y"}}'
BEHAVIOURS: Mapping[str, Behaviour] = {
    "honest": Exchange.honest,
    "a body without end": _endless,
    "a body that unpacks to 64 MiB": _bomb,
    "a body byte by byte": _dribble(True),
    "headers byte by byte": _dribble(False),
    "a body that stalls": _stall,
    "a body that is cut": _cut,
    "no answer": lambda _: None,
    "an answer that is no HTTP": lambda exchange: exchange.write(b"SSH-2.0-x\r\n"),
    "cursors always new": _of_list(_new_ids),
    "more follows, always the same page": _of_list(lambda _, value: value.update(has_more=True)),
    "more follows, and no objects": _of_list(lambda _, value: value.update(has_more=True, data=[])),
    "repeated ids": _each(lambda item: item.update(id="same")),
    "no ids": _each(lambda item: item.pop("id", None)),
    "ids that are numbers": _each(lambda item: item.update(id=7)),
    "reordered pages": _of_list(lambda _, value: value["data"].reverse()),
    "times that are text": _each(lambda item: item.update(created_at="yesterday")),
    "times without end": _each(lambda item: item.update(created_at=1e300)),
    "messages that are lists": _each(lambda item: item.update(message=["a"])),
    "data that is no list": _of_list(lambda _, value: value.update(data={"a": 1})),
    "objects that are numbers": _of_list(lambda _, value: value.update(data=[1, 2])),
    "steps of 400 digits": _each(lambda item: item.update(step_number=10**400, data={"step": 10**400})),
    "metrics that are text": _each(lambda item: item.update(metrics="good", data="none")),
    "an array": _changed(lambda _, value: [value]),
    "null": lambda exchange: exchange.send(b"null"),
    "nothing": lambda exchange: exchange.send(b""),
    "a page of HTML": _status(200, b"<html><body>log in</body></html>", content_type="text/html"),
    "JSON nested 100,000 deep": lambda exchange: exchange.send(b"[" * 100_000),
    "bytes that are no UTF-8": _bytes(lambda body: body.replace(b'"', b'"\xff', 3)),
    "half characters": _bytes(lambda body: body.replace(b'"', b'"\\ud83d', 1)),
    "NaN everywhere": _each(
        lambda item: item.update(data={"step": float("nan"), "train_loss": float("nan")})
    ),
    "a status that no SDK knows": _object(status="simmering"),
    "a status that is a number": _object(status=7),
    "result files that are objects": _object(result_files=[{"id": "a"}]),
    "result files that climb": _object(result_files=["../../etc/passwd", "a/b"]),
    "hostile text": _object(
        model="\x1b[2J\u202e</script>", fine_tuned_model="=1+1", user_provided_suffix="\x00"
    ),
    "401 in the middle": _status(401, ERROR, after=2),
    "403": _status(403, ERROR),
    "404 in the middle": _status(404, ERROR, after=2),
    "429, in inf s": _status(429, ERROR, retry_after="inf"),
    "429, in 251606469191 s": _status(429, ERROR, retry_after="251606469191"),
    "429, at no date": _status(429, ERROR, retry_after="Mon, 99 Foo 99999 99:99:99 GMT"),
    "500 of HTML": _status(500, b"<html>" * 100, content_type="text/html"),
    "a redirect to itself": lambda exchange: exchange.begin(302, location=exchange.path),
    "a redirect to nowhere": lambda exchange: exchange.begin(302, location="http://127.0.0.1:9/"),
    "a redirect to a file": lambda exchange: exchange.begin(302, location="file:///etc/passwd"),
}
"""What a service may do, by name; each answer to each request is so."""


def redirecting_to(other: str) -> Behaviour:
    """Send every request to another server."""
    return lambda exchange: exchange.begin(307, location=other)


def kept_headers(into: list[Mapping[str, str]]) -> Behaviour:
    """Keep the headers of each request."""

    def behaviour(exchange: Exchange) -> None:
        into.append(dict(exchange.handler.headers.items()))
        exchange.send_json({"id": "ftjob-1", "object": "fine_tuning.job", "status": "succeeded", "data": []})

    return behaviour
