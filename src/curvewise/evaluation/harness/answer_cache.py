"""Answer cache: every answer of a model, so that none is paid for twice."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from curvewise.model.evaluation import Tokens
from curvewise.storage.lines import Lines, read_lines


class CachedAnswer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One answer of a model."""

    key: str  # digest of what was asked: model, sample, attempt, messages, tools and settings
    number: int  # earlier calls with this key in the sample: a question asked twice gets two answers
    contender: str  # whose sample asked
    model: str  # the contender's, or a grader
    output: Any
    tokens: Tokens | None = None  # None when the service does not say


class AnswerCache:
    """The answers of this session and of earlier ones.

    An answer is on the disk before the task sees it. A session that was stopped runs its unfinished samples
    again, and what they ask is answered from here.
    """

    def __init__(self, file: Path) -> None:
        hint = "remove the line: its question is then asked again"
        self._earlier, _ = read_lines(file, CachedAnswer, "answer of a model", hint)
        self._answers = {(answer.key, answer.number): answer for answer in self._earlier}
        self._asked: Counter[str] = Counter()
        self._lines = Lines(file)

    def __iter__(self) -> Iterator[CachedAnswer]:
        """Iterate over the answers of earlier sessions."""
        return iter(self._earlier)

    def look_up(self, key: str) -> tuple[int, CachedAnswer | None]:
        """Return the number of a question, and its answer if there is one."""
        number = self._asked[key]
        self._asked[key] += 1
        return number, self._answers.get((key, number))

    def add(self, answer: CachedAnswer) -> None:
        """Append an answer, and sync it to the disk."""
        self._lines.write([msgspec.json.encode(answer)])

    def close(self) -> None:
        """Close the file."""
        self._lines.close()


def digest(*parts: Any) -> str:
    """Return a digest of JSON values that does not depend on the order of keys.

    >>> digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1})
    True
    """
    return hashlib.sha256(msgspec.json.encode(parts, order="deterministic")).hexdigest()[:32]
