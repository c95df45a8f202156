from __future__ import annotations

import socket
from collections.abc import Mapping

import pytest

from tests.standin.messages import Answer
from tests.standin.wire import LOOPBACK, Listener


@pytest.mark.parametrize("sent", [b"", b'{"messages": ['])
def test_a_request_whose_client_dies_in_its_middle_is_none(sent: bytes) -> None:
    asked: list[bytes] = []

    def handle(method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        asked.append(body)
        return Answer(200)

    listener = Listener(0, handle)
    with socket.create_connection((LOOPBACK, listener.server_port), timeout=60) as client:
        client.sendall(b"POST /v1/chat HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n" + sent)
        client.shutdown(socket.SHUT_WR)
        assert client.recv(100) == b""
    listener.close()
    assert asked == []
