"""Alerts: where a change of the diagnosis is told. None of them may raise, hang or end a training."""

from __future__ import annotations

import json
import logging
import re
import shlex
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from curvewise.errors import UsageError
from curvewise.http import opener_without_redirects
from curvewise.monitor.change import Change

logger = logging.getLogger("curvewise")
_SENDABLE = re.compile(r"[!-~]+")
TIMEOUT = 10.0
"""Seconds after which a webhook or a command is given up."""
LEVELS = {"problem": "ERROR", "warning": "WARN"}


def say(text: str, level: int = logging.WARNING) -> None:
    """Log a line; above the progress bar where one is drawn and nobody has set up logging."""
    bar = getattr(sys.modules.get("tqdm"), "tqdm", None)
    if getattr(bar, "_instances", None) and not logging.getLogger().handlers and not logger.handlers:
        bar.write(f"curvewise: {text}", file=sys.stderr)  # type: ignore[union-attr]  # it has instances
    else:
        logger.log(level, "%s", text)


def tell_trackers(change: Change) -> None:
    """Raise an alert in W&B and Trackio, where this program logs to them."""
    level = LEVELS.get(change.now.severity, "INFO")
    wandb = sys.modules.get("wandb")
    if getattr(wandb, "run", None) is not None:
        wandb.alert(title=change.title, text=change.text, level=level)  # type: ignore[union-attr]  # it has a run
    trackio = sys.modules.get("trackio")
    if trackio is not None and hasattr(trackio, "alert"):
        levels = getattr(trackio, "AlertLevel", None)
        options: dict[str, Any] = {} if levels is None else {"level": getattr(levels, level, levels.INFO)}
        trackio.alert(title=change.title, text=change.text, **options)


def webhook_to(address: str, timeout: float = TIMEOUT) -> Callable[[Change], None]:
    """Return what posts a change as JSON to an address, which may hold a secret: only its host is said.

    Raises
    ------
    UsageError
        If it is no address of the web, or has a user, a password or characters that no address has.
    """
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port
    except ValueError:  # its message has the address in it
        host = None
    if not host or parts.scheme not in ("http", "https"):
        raise UsageError("the webhook is no http:// or https:// address", hint="pass the whole address")
    if "@" in parts.netloc or not _SENDABLE.fullmatch(address):
        raise UsageError(
            "the webhook's address has a user, a space or a character that is not ASCII",
            hint="write such characters as %20, and a secret into its path or query",
        )

    def post(change: Change) -> None:
        from http.client import HTTPException
        from urllib.error import HTTPError
        from urllib.request import Request

        data = json.dumps(change.as_json).encode()
        request = Request(address, data, {"Content-Type": "application/json"})  # noqa: S310 - http, as above
        why = ""
        try:
            with opener_without_redirects().open(request, timeout=timeout):
                return
        except HTTPError as error:
            with error:
                why = f"answers {error.code}"
        except (OSError, HTTPException, ValueError) as error:  # what it says may quote the address
            reason = getattr(error, "reason", error)
            why = f"cannot be reached: {getattr(reason, 'strerror', None) or type(reason).__name__}"
        raise OSError(f"the webhook at {host} {why}")

    return post


def command(line: str, timeout: float = TIMEOUT) -> Callable[[Change], None]:
    """Return what runs a command, without a shell, with the change as JSON on its standard input.

    Raises
    ------
    UsageError
        If the line is no command.
    """
    try:
        words = shlex.split(line)
    except ValueError as error:
        raise UsageError(f"this is no command: {error}", hint="close the quotation marks") from None
    if not words:
        raise UsageError("the command is empty", hint="name a program")

    def run(change: Change) -> None:
        try:
            done = subprocess.run(  # noqa: S603 - what the user asked for
                words, input=json.dumps(change.as_json).encode(), timeout=timeout, check=False
            )
        except subprocess.TimeoutExpired:
            raise OSError(f"{words[0]} did not end within {timeout:g} s") from None
        except OSError as error:
            raise OSError(f"{words[0]} cannot be run: {error.strerror}") from None
        if done.returncode:
            raise OSError(f"{words[0]} ended with exit code {done.returncode}")

    return run


class Alerts:
    """Tells each change to all who want to know, each on a thread of its own; a failure is said once."""

    def __init__(self, *receivers: Callable[[Change], object]) -> None:
        self._receivers = receivers
        self._failed: set[str] = set()
        self._threads: list[threading.Thread] = []

    def tell(self, change: Change) -> None:
        """Tell a change; returns at once."""
        for receiver in self._receivers:
            thread = threading.Thread(target=self._one, args=(receiver, change), daemon=True)
            thread.start()
            self._threads = [*(each for each in self._threads if each.is_alive()), thread]

    def finish(self, timeout: float) -> None:
        """Wait for what is under way, so long at most."""
        for thread in self._threads:
            thread.join(timeout)

    def _one(self, receiver: Callable[[Change], object], change: Change) -> None:
        try:
            receiver(change)
        except Exception as error:  # a training goes on whatever happens here
            self.warn(str(error) or type(error).__name__)

    def warn(self, problem: str) -> None:
        """Say a problem, if it was not said before."""
        if problem not in self._failed:
            self._failed.add(problem)
            say(problem)
