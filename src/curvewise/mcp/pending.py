"""Pending calls: a client that ends what it sends still gets the answers to what it asked."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Self

import anyio
import mcp_types as types
from mcp.shared._stream_protocols import ReadStream, WriteStream
from mcp.shared.message import SessionMessage

GRACE = 30.0
"""Seconds after the end of what a client sends in which its calls are answered; then they are called off."""
LOOK = 0.02
"""Seconds between two looks at what is pending."""


class Received:
    """What a client sends; its end is seen once each call is answered."""

    def __init__(self, stream: ReadStream[SessionMessage | Exception], pending: set[Any]) -> None:
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

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> SessionMessage | Exception:
        try:
            return await self.receive()
        except anyio.EndOfStream:
            raise StopAsyncIteration from None

    async def __aenter__(self) -> Self:
        await self._stream.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        return await self._stream.__aexit__(kind, error, trace)


class Sent:
    """What is sent to a client."""

    def __init__(self, stream: WriteStream[SessionMessage], pending: set[Any]) -> None:
        self._stream, self._pending = stream, pending

    async def send(self, item: SessionMessage, /) -> None:
        """Send a message."""
        await self._stream.send(item)
        self._pending.discard(getattr(item.message, "id", None))

    async def aclose(self) -> None:
        """Close the stream."""
        await self._stream.aclose()

    async def __aenter__(self) -> Self:
        await self._stream.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        return await self._stream.__aexit__(kind, error, trace)
