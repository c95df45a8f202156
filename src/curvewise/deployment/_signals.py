"""Signals: those that end a process lead to the removal of its deployments."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import FrameType
from typing import Any

from curvewise.deployment.waiting import OnProgress
from curvewise.signals import background_printer

ENDING: tuple[signal.Signals, ...] = tuple(
    getattr(signal, name)
    for name in ("SIGTERM", "SIGHUP")
    if hasattr(signal, name)  # Windows has no SIGHUP
)
"""Signals that end a process unless handled: of ``kill``, and of a terminal that is closed."""


@contextmanager
def ending_raises() -> Iterator[None]:
    """Let SIGTERM and SIGHUP raise in the block, so that its deployments are removed.

    What ended the block is raised, even where a library turned it into an error of its own.
    """
    heard: list[int] = []

    def end(number: int, frame: FrameType | None) -> None:
        del frame
        heard.append(number)
        raise _ending(number)

    interrupts = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    with _handling(dict.fromkeys((*ENDING, signal.SIGINT) if interrupts else ENDING, end)):
        try:
            yield
        except Exception as error:
            if heard:
                raise _ending(heard[0]) from error
            raise


def _ending(number: int) -> BaseException:
    return KeyboardInterrupt() if number == signal.SIGINT else SystemExit(128 + number)


@contextmanager
def undisturbed(tell: OnProgress) -> Iterator[None]:
    """Answer the first signal with a line; the second one interrupts."""
    heard: list[int] = []

    def answer(number: int, frame: FrameType | None) -> None:
        del frame
        heard.append(number)
        if len(heard) > 1:
            raise KeyboardInterrupt
        aside("deployments are being removed; once more leaves them, and they may cost money")

    with background_printer(tell) as aside, _handling(dict.fromkeys((signal.SIGINT, *ENDING), answer)):
        yield


@contextmanager
def _handling(handlers: Mapping[signal.Signals, Any]) -> Iterator[None]:
    """Handle signals during a block.

    Only the main thread receives signals. An ignored signal stays ignored, as ``nohup`` requires.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before: dict[signal.Signals, Any] = {}
    try:
        for number, handler in handlers.items():
            if signal.getsignal(number) not in (signal.SIG_IGN, None):  # None cannot be put back
                before[number] = signal.signal(number, handler)
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
