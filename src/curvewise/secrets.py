"""Secrets: kept out of sight, and taken out of everything that a service sends."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable
from typing import Any

REDACTED = "[redacted]"

SHORTEST = 8
"""Characters of a secret that is looked for. Shorter ones, such as the ``none`` that some local servers are
given as a key, are words that data holds anyway."""

_MASK = re.compile(r"[*•]{3,}|\.{3,}|…+")
_LEAST_HEAD, _LEAST_TAIL = 3, 4

_SHAPES = (
    (("bearer",), re.compile(r"(?i)\b(bearer\s{1,9})(?=[\w.~+/=-]*\d)[\w.~+/=-]{8,}"), rf"\1{REDACTED}"),
    (("eyj",), re.compile(r"\beyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?"), REDACTED),  # a JSON Web Token
    (
        ("sk-",),
        re.compile(r"(?<![^\W_])sk-(?:(?:proj|svcacct|admin|None)-[\w-]{20,}|[^\W_]{20,})"),
        REDACTED,
    ),
    (("sk-",), re.compile(r"(?<![^\W_])sk-[\w-]{0,40}\*{3,}[\w*-]*"), REDACTED),  # the masked echo of a key
    (("://",), re.compile(r"(://)[^/?#\s\"'<>@]{1,500}@"), rf"\1{REDACTED}@"),
    (
        ("?", "&", ";"),
        re.compile(
            r"(?i)([?&;](?:[\w-]{0,40}(?:api[-_]?key|token|secret|password|signature|credential)"
            r"|subscription-key|key|sig|code)=)[^&;\s\"'<>#]+"
        ),
        rf"\1{REDACTED}",
    ),
)
"""What a secret looks like, whoever it belongs to; before it, in lower case, parts of which a text that holds
one has at least one, and which are found fast: most texts have none."""


class Secret:
    """A text that no representation shows.

    Examples
    --------
    >>> Secret("sk-do-not-show")
    <Secret>
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the text, for the one place that sends it."""
        return self._value

    def __repr__(self) -> str:
        return "<Secret>"


class Redaction:
    """Replaces secrets by ``[redacted]`` in texts, bytes and JSON values.

    Known secrets go wherever they stand: as they are, in either case, escaped for a URL or for JSON, or
    masked in the middle (``sk-ab***yz``). From texts and JSON values goes also what has the shape of a
    secret: Bearer tokens, JSON Web Tokens, OpenAI keys, user and password in a URL, a key or signature
    in its query. Safe to use from several threads, also while a secret is added.

    Examples
    --------
    >>> redaction = Redaction([Secret("sk-live-canary42")])
    >>> redaction.text("Incorrect key: sk-li***42. Sent: SK-LIVE-CANARY42")
    'Incorrect key: [redacted]. Sent: [redacted]'
    >>> redaction.text("see https://store.example/f.csv?sv=1&sig=a%2Bb")
    'see https://store.example/f.csv?sv=1&sig=[redacted]'
    """

    def __init__(self, secrets: Iterable[Secret] = ()) -> None:
        self._lock = threading.Lock()
        self._known: tuple[str, ...] = ()
        self._forms: tuple[str, ...] = ()
        self._text: re.Pattern[str] | None = None
        self._data: re.Pattern[bytes] | None = None
        for secret in secrets:
            self.add(secret)

    def add(self, secret: Secret) -> None:
        """Look for one secret more; one of fewer than `SHORTEST` characters is not looked for."""
        value = secret.reveal()
        if len(value) < SHORTEST or value in self._known:
            return
        with self._lock:
            self._known = (*self._known, value)
            forms = sorted({form for known in self._known for form in _forms(known)}, key=len, reverse=True)
            self._forms = tuple(form.lower() for form in forms)
            pattern = "|".join(map(re.escape, forms))
            self._text = re.compile(pattern, re.IGNORECASE)
            self._data = re.compile(pattern.encode(), re.IGNORECASE)

    def text(self, text: str) -> str:
        """Return a text without secrets."""
        lowered = text.lower() if text.isascii() else None  # beyond ASCII, more letters match in either case
        if self._text is not None and (lowered is None or any(form in lowered for form in self._forms)):
            text = self._text.sub(REDACTED, text)
        for signs, shape, replacement in _SHAPES:
            if lowered is None or any(sign in lowered for sign in signs):
                text = shape.sub(replacement, text)
        if lowered is None or "***" in lowered or "..." in lowered:
            text = self._without_masked(text)
        return text

    def data(self, data: bytes) -> bytes:
        """Return bytes without the known secrets; all else stays as it is."""
        return data if self._data is None else self._data.sub(REDACTED.encode(), data)

    def value(self, value: Any) -> Any:
        """Return a JSON value without secrets in its texts, keys included."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list):
            return [self.value(item) for item in value]
        if isinstance(value, dict):
            return {self.text(key): self.value(item) for key, item in value.items()}
        return value

    def touches(self, json: str) -> bool:
        """Whether `value` may change what this JSON says; an escape could hide a secret from the eye."""
        return "\\" in json or self.text(json) != json

    def _without_masked(self, text: str) -> str:
        """Take out what a masked echo shows of the known secrets: their first and last characters."""
        parts: list[str] = []
        done = 0
        for mask in _MASK.finditer(text):
            for known in self._known:
                head = _shown_head(text[max(done, mask.start() - len(known)) : mask.start()], known)
                tail = _shown_tail(text[mask.end() : mask.end() + len(known)], known)
                if head >= _LEAST_HEAD or tail >= _LEAST_TAIL:
                    parts += [text[done : mask.start() - head], REDACTED]
                    done = mask.end() + tail
                    break
        return "".join((*parts, text[done:])) if parts else text

    def __repr__(self) -> str:
        return "<Redaction>"


def _forms(secret: str) -> set[str]:
    """Return the ways in which a secret may be written."""
    import json
    from urllib.parse import quote

    escaped = json.dumps(secret)[1:-1]
    return {secret, escaped, escaped.replace("/", "\\/"), quote(secret, safe="")}


def _shown_head(before: str, secret: str) -> int:
    """Count the first characters of a secret with which a text ends."""
    return next((size for size in range(len(before), 0, -1) if before.endswith(secret[:size])), 0)


def _shown_tail(after: str, secret: str) -> int:
    """Count the last characters of a secret with which a text begins."""
    return next((size for size in range(len(after), 0, -1) if after.startswith(secret[-size:])), 0)
