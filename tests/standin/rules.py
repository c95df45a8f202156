"""Which requests the faults of a stand-in hit, and how often."""

from __future__ import annotations

import re
from collections.abc import Callable
from threading import Lock

from curvewise.errors import UsageError
from tests.standin.messages import Answer, Request, Respond

Fault = Callable[[Request, Respond], Answer]
"""Answers a request in place of the server, which it may ask for what it would say."""


class Rule:
    """A fault, the requests that it hits, and how often it has.

    Parameters
    ----------
    pattern
        ``"METHOD path"`` or ``"path"``, without the base URL; ``*`` stands for a segment, ``**`` for
        anything.
    fault
        What happens.
    times, skip
        How many requests are hit, None for all, and how many are let through before.
    """

    def __init__(self, pattern: str, fault: Fault, times: int | None, skip: int) -> None:
        method, _, path = pattern.rpartition(" ")
        self.fault = fault
        self.hits = 0
        self._left = times
        self._skip = skip
        self._method = method or "*"
        self._path = re.compile(
            re.escape(path).replace(r"\*\*", ".*").replace(r"\*", "[^/]*"),
        )

    def takes(self, request: Request) -> bool:
        """Whether the fault hits this request; counts it."""
        if self._method not in ("*", request.method) or not self._path.fullmatch(request.path):
            return False
        if self._skip > 0:
            self._skip -= 1
            return False
        if self._left == 0:
            return False
        if self._left is not None:
            self._left -= 1
        self.hits += 1
        return True

    def remove(self) -> None:
        """Hit nothing any more."""
        self._left = 0


class Faults:
    """The faults of a server; they may be added and removed while it runs."""

    def __init__(self) -> None:
        self._rules: list[Rule] = []
        self._lock = Lock()

    def add(self, pattern: str, fault: Fault, *, times: int | None = None, skip: int = 0) -> Rule:
        """Let a fault happen.

        Parameters
        ----------
        pattern
            ``"METHOD path"`` or ``"path"``, without the base URL: ``"GET /fine_tuning/jobs/*/events"``,
            ``"/files/**"``. ``*`` stands for a segment, ``**`` for anything.
        fault
            What happens.
        times, skip
            How many requests are hit, None for all, and how many are let through before.

        Returns
        -------
        Rule
            Counts its ``hits`` and can be removed.

        Raises
        ------
        UsageError
            If the path does not begin with a slash or a star.
        """
        if pattern.rpartition(" ")[2][:1] not in ("/", "*"):
            raise UsageError(
                f"the pattern {pattern!r} matches no request",
                hint="expected GET /fine_tuning/jobs, for example",
            )
        rule = Rule(pattern, fault, times, skip)
        with self._lock:
            self._rules.append(rule)
        return rule

    def clear(self) -> None:
        """Remove all faults."""
        with self._lock:
            self._rules.clear()

    def answer(self, request: Request, respond: Respond) -> Answer:
        """Answer a request as the faults that hit it have it; the one that was added last comes first."""
        with self._lock:
            hit = [rule.fault for rule in self._rules if rule.takes(request)]
        for fault in hit:
            respond = _applied(fault, respond)
        return respond(request)


def _applied(fault: Fault, respond: Respond) -> Respond:
    return lambda request: fault(request, respond)
