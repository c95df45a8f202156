"""Bounded answers: how much a service may send, and for how long, whatever it goes on sending."""

from __future__ import annotations

from collections.abc import Callable
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Any, TypeVar

from curvewise.errors import ServiceError
from curvewise.limits import ANSWER_BYTES, ANSWER_SECONDS

if TYPE_CHECKING:
    import httpx2

Value = TypeVar("Value")


class Endless(BaseException):
    """An answer exceeds a limit. No `Exception`: the SDK would ask for the same answer again."""

    def __init__(self, what: str, variable: str) -> None:
        super().__init__(what)
        self.what, self.variable = what, variable

    def failure(self, host: str) -> ServiceError:
        """Return the error for the user."""
        hint = f"the address is wrong, or something on the way is broken; {self.variable} raises the limit"
        return ServiceError(f"{host} {self.what}", hint=hint)


def read_bounded(response: httpx2.Response) -> None:
    """Read the body of an answer, unpacked, as far as the limit."""
    most = ANSWER_BYTES.value
    content = bytearray()
    for piece in response.iter_bytes():
        content += piece
        if len(content) > most:
            raise Endless(f"sends an answer of more than {ANSWER_BYTES.said(most)}", ANSWER_BYTES.variable)
    response._content = bytes(content)  # where the transport itself keeps what it has read


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
