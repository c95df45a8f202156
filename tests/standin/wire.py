"""HTTP for the stand-in: quiet, one write for an answer, nothing left open when it stops."""

from __future__ import annotations

import socket
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from http.client import responses
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from time import monotonic
from typing import Any, Self

from tests.standin.messages import Answer

Handle = Callable[[str, str, Mapping[str, str], bytes], Answer]
"""Answers a method, a target such as ``/v1/files?limit=1``, headers by lower-case name, and a body."""

LOOPBACK = "127.0.0.1"


class Gauge:
    """Counts what is under way, how much of it there was at most, and when there was any."""

    def __init__(self) -> None:
        self.most = 0
        self.spans: list[tuple[float, float]] = []
        self._now = 0
        self._since = 0.0
        self._lock = Lock()

    def __enter__(self) -> None:
        with self._lock:
            if self._now == 0:
                self._since = monotonic()
            self._now += 1
            self.most = max(self.most, self._now)

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._now -= 1
            if self._now == 0:
                self.spans.append((self._since, monotonic()))


class Listener(ThreadingHTTPServer):
    """A running server: a port, a thread that accepts, and one for each connection.

    Parameters
    ----------
    port
        0 for any that is free.
    handle
        Gives the answers.
    gauge
        Counts the requests under way; one of its own when None.
    """

    allow_reuse_address = True
    request_queue_size = 64

    def __init__(self, port: int, handle: Handle, gauge: Gauge | None = None) -> None:
        self.handle = handle
        self.gauge = Gauge() if gauge is None else gauge
        self.closing = Event()
        self._open: dict[Thread, socket.socket] = {}
        super().__init__((LOOPBACK, port), _Handler)
        self._acceptor = Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._acceptor.start()

    def server_bind(self) -> None:
        """Bind without asking for the name of the host, which can take seconds."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = LOOPBACK, self.server_address[1]

    def process_request(self, request: Any, client_address: Any) -> None:
        """Give a connection a thread of its own, and remember both."""
        thread = Thread(target=self._serve, args=(request, client_address), daemon=True)
        thread.start()
        self._open = {thread: request} | {
            running: connection for running, connection in self._open.items() if running.is_alive()
        }

    def _serve(self, request: socket.socket, client_address: Any) -> None:
        try:
            self.finish_request(request, client_address)
        except OSError:  # the client has gone, or the server stops
            pass
        finally:
            self.shutdown_request(request)

    def close(self) -> None:
        """Break every connection, and wait until all threads have ended."""
        self.closing.set()
        self.shutdown()
        self._acceptor.join()
        self.server_close()
        for connection in self._open.values():
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:  # the client was faster
                continue
        for thread in self._open:
            thread.join()


class Loopback(ABC):
    """Something that answers on loopback while it is used with ``with``: what has `handle`."""

    _listener: Listener | None = None

    def __enter__(self) -> Self:
        self._listener = Listener(0, lambda *request: self.handle(*request))  # a test may replace it
        return self

    def __exit__(self, *_: object) -> None:
        if self._listener is not None:
            self._listener.close()
            self._listener = None

    @property
    def url(self) -> str:
        """Its address, without a path."""
        if self._listener is None:
            raise RuntimeError("the stand-in has no address before it has started")
        return f"http://{LOOPBACK}:{self._listener.server_port}"

    @abstractmethod
    def handle(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Answer a request."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Listener

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def do_PUT(self) -> None:
        self._answer()

    def do_DELETE(self) -> None:
        self._answer()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name that http.server has
        """Say nothing."""

    def _answer(self) -> None:
        with self.server.gauge:
            self._send()

    def _send(self) -> None:
        length = int(self.headers.get("content-length") or 0)
        sent = self.rfile.read(length)
        if len(sent) < length:  # the client has gone
            self.close_connection = True
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        answer = self.server.handle(self.command, self.path, headers, sent)
        if answer.delay > 0 and self.server.closing.wait(answer.delay):
            answer = Answer(0, dropped=True)
        if answer.dropped:
            self.close_connection = True
            return
        body = answer.body if answer.sent is None else answer.body[: answer.sent]
        self.close_connection = self.close_connection or answer.sent is not None
        self.wfile.write(_head(answer, close=self.close_connection) + body)


def _head(answer: Answer, *, close: bool) -> bytes:
    phrase = responses.get(answer.status, "")
    lines = {
        "content-type": answer.content_type,
        "content-length": str(len(answer.body)),
        "connection": "close" if close else "keep-alive",
        **answer.headers,
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"HTTP/1.1 {answer.status} {phrase}\r\n{head}\r\n".encode("latin-1", "replace")
