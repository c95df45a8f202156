"""Growing documents: files that are being written, of which only what is new is parsed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from curvewise.parsing.console import ConsoleLog, ConsoleReader
from curvewise.parsing.document import Document
from curvewise.parsing.event_file import is_event_file
from curvewise.parsing.json_values import looks_like_json, read_more_lines
from curvewise.parsing.leveldb_log import RecordLog
from curvewise.parsing.wandb_records import WandbRun
from curvewise.parsing.wrapped_lines import printed_lines

_STALE = ("console", "json", "rows", "table", "wandb")
_LEVELDB = b":W&B"


class GrowingDocument(Document):
    """A file that is being written: a text is read up to its last whole line.

    The records of Weights & Biases, the lines of a console log and those of JSON Lines are parsed once.
    Tables and event files are parsed anew from memory, by numpy.
    """

    def __init__(self, name: str, content: bytes, mapping: Mapping[str, str] | None = None) -> None:
        self.is_binary = is_event_file(content) or content.startswith(_LEVELDB) or b"\0" in content[:1024]
        end = content.rfind(b"\n") + 1
        if self.is_binary or (not end and looks_like_json(content)):  # one value may have no line end at all
            end = len(content)
        super().__init__(name, content[:end], mapping)
        if self.is_json and not self.is_json_lines:  # one value, which has no lines of its own
            super().__init__(name, content, mapping)
            end = len(content)
        self._rest = content[end:]
        self._more: list[bytes] = []  # whole lines that were added, where lines are parsed one by one
        self._reader: ConsoleReader | None = None
        self._rows: list[dict[str, Any]] | None = None
        self._parsed = 0  # of what was added
        self._log: tuple[RecordLog, WandbRun] | None = None

    @property
    def _is_lines(self) -> bool:
        """Whether it is parsed line by line: JSON Lines, or a console log."""
        return not self.is_binary and (self.is_json_lines or not (self.is_json or self.header))

    def grow(self, more: bytes) -> bool:
        """Take what was added; False when the whole file has to be read again."""
        if self.is_binary:
            self.content += more
        else:
            added = self._rest + more
            end = added.rfind(b"\n") + 1
            if self.data != self.content or (self.is_json and not self.is_json_lines) or not self.data:
                return False
            try:
                added[:end].decode()
            except UnicodeDecodeError:
                return False
            self._rest = added[end:]
            if self._is_lines:
                self._more.append(added[:end])
            else:
                self.data = self.content = self.content + added[:end]
        for name in _STALE:
            self.__dict__.pop(name, None)
        return True

    def _added(self) -> bytes:
        """Return the lines that were added since the last look."""
        new = b"".join(self._more[self._parsed :])
        self._parsed = len(self._more)
        return new

    @cached_property
    def rows(self) -> Sequence[dict[str, Any]] | None:
        """The objects of a JSON Lines file, as of a `Document`."""
        if not self.is_json_lines:
            return super().rows
        if self._rows is None:
            rows = super().rows
            self._rows = None if rows is None else list(rows)
        if self._rows is not None and (new := self._added()):
            self._rows += read_more_lines(new)
        return self._rows

    @cached_property
    def console(self) -> ConsoleLog:
        """The rows of metrics among the lines of a console log."""
        if self.is_json:
            self.prose = printed_lines(b"".join([self.data, *self._more]))
            return super().console
        if self._reader is None:
            self._reader = ConsoleReader()
            self._reader.read(self.data)
        self._reader.read(self._added())
        log = self._reader.finish()
        if log.begins and self._more:  # it is split at these lines
            self.data = self.content = b"".join([self.data, *self._more])
            self._more, self._parsed = [], 0
        return log

    @cached_property
    def wandb(self) -> tuple[RecordLog, WandbRun]:
        """The log of Weights & Biases that the content is, and what its records say."""
        if self._log is None:
            self._log = super().wandb
        else:
            log, run = self._log
            log.goes_on(self.content)
            run.take(log)
        return self._log
