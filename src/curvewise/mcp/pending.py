"""Pending calls: a client that ends what it sends still gets the answers to what it asked."""

from __future__ import annotations

from typing import Any

import anyio
import mcp_types as types
from anyio.abc import ObjectReceiveStream, ObjectSendStream
from mcp.shared.message import SessionMessage

GRACE = 30.0
"""Seconds after the end of what a client sends in which its calls are answered; then they are called off."""
LOOK = 0.02
"""Seconds between two looks at what is pending."""


class Received(ObjectReceiveStream[SessionMessage | Exception]):
    """What a client sends; its end is seen once each call is answered."""

    def __init__(self, stream: ObjectReceiveStream[SessionMessage | Exception], pending: set[Any]) -> None:
        self._stream, self._pending = stream, pending

    @property
    def last_context(self) -> Any:
        """What the sender of the last message ran in."""
        return getattr(self._stream, "last_context", None)

    async def receive(self) -> SessionMessage | Exception:
        """Return the next message."""
        try:
            received = await self._stream.receive()
        except anyio.EndOfStream:
            with anyio.move_on_after(GRACE):
                while self._pending:
                    await anyio.sleep(LOOK)
            raise
        message = getattr(received, "message", None)
        if isinstance(message, types.JSONRPCRequest):
            self._pending.add(message.id)
        elif isinstance(message, types.JSONRPCNotification) and message.method == "notifications/cancelled":
            self._pending.discard((message.params or {}).get("requestId"))  # gets no answer
        return received

    async def aclose(self) -> None:
        """Close the stream."""
        await self._stream.aclose()


class Sent(ObjectSendStream[SessionMessage]):
    """What is sent to a client."""

    def __init__(self, stream: ObjectSendStream[SessionMessage], pending: set[Any]) -> None:
        self._stream, self._pending = stream, pending

    async def send(self, item: SessionMessage) -> None:
        """Send a message."""
        await self._stream.send(item)
        self._pending.discard(getattr(item.message, "id", None))

    async def aclose(self) -> None:
        """Close the stream."""
        await self._stream.aclose()
