"""Growing documents: files that are being written, of which only what is new is parsed."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from curvewise.parsing.console import ConsoleLog, ConsoleReader
from curvewise.parsing.document import Document
from curvewise.parsing.event_file import is_event_file
from curvewise.parsing.json_values import read_more_lines
from curvewise.parsing.leveldb_log import RecordLog
from curvewise.parsing.wandb_records import WandbRun

_STALE = ("console", "json", "rows", "table", "wandb")
_LEVELDB = b":W&B"


class GrowingDocument(Document):
    """A file that is being written: a text is read up to its last whole line.

    The records of Weights & Biases, the lines of a console log and those of JSON Lines are parsed once.
    Tables and event files are parsed anew from memory, by numpy.
    """

    def __init__(self, name: str, content: bytes, mapping: Mapping[str, str] | None = None) -> None:
        self.is_binary = is_event_file(content) or content.startswith(_LEVELDB) or b"\0" in content[:1024]
        end = len(content) if self.is_binary else content.rfind(b"\n") + 1
        super().__init__(name, content[:end], mapping)
        if self.is_json and not self.is_json_lines:  # one value, which has no lines of its own
            super().__init__(name, content, mapping)
            end = len(content)
        self._rest = content[end:]
        self._reader, self._read = ConsoleReader(), 0
        self._rows: list[dict[str, Any]] = []
        self._parsed = 0
        self._log: tuple[RecordLog, WandbRun] | None = None

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
            self.content += added[:end]
            self.data, self._rest = self.content, added[end:]
        for name in _STALE:
            self.__dict__.pop(name, None)
        return True

    @cached_property
    def rows(self) -> list[dict[str, Any]] | None:
        """The objects of a JSON Lines file, as of a `Document`."""
        if not self._rows:
            rows: list[dict[str, Any]] | None = super().rows
            self._rows = rows if self.is_json_lines and rows else []
            self._parsed = len(self.data)
            return rows
        self._rows += read_more_lines(self.data[self._parsed :])
        self._parsed = len(self.data)
        return self._rows

    @cached_property
    def console(self) -> ConsoleLog:
        """The rows of metrics among the lines of a console log."""
        self._reader.read(self.data[self._read :])
        self._read = len(self.data)
        return self._reader.finish()

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
