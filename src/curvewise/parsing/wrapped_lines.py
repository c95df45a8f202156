"""Printed lines that Docker, a cluster or a cloud wrapped in JSON: one object a line of the log."""

from __future__ import annotations

import re

import msgspec

_MESSAGE = re.compile(
    rb'"(?:log|line|msg|@?message|MESSAGE|textPayload|_raw)"\s*:\s*("(?:[^"\\]|\\.)*+")', re.DOTALL
)
_TIME = re.compile(rb'"@?time(?:stamp)?"\s*:\s*"?([\d:.TZ+-]+)')
"""What loggers and exports call the line, and when it was printed."""


def printed_lines(data: bytes) -> bytes:
    r"""Return the lines within JSON; an export that gives the newest first is turned round.

    Examples
    --------
    >>> printed_lines(b'{"log": "step 1\\n", "stream": "stdout"}\n{"log": "step 2\\n"}')
    b'step 1\nstep 2'
    """
    lines = [_text(match[1]) for match in _MESSAGE.finditer(data)]
    first, last = _TIME.search(data), _TIME.search(data, max(data.rfind(b'"timestamp"'), 0))
    if first is not None and last is not None and first[1] > last[1]:
        lines.reverse()
    return b"\n".join(lines)


def _text(literal: bytes) -> bytes:
    try:
        text: str = msgspec.json.decode(literal, type=str)
    except msgspec.DecodeError:
        return b""
    return text.encode().rstrip(b"\r\n")
