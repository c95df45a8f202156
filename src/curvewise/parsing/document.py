"""Document: the content of one file, decoded once and looked at by every format."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from curvewise.errors import InputError
from curvewise.limits import LINE_BYTES
from curvewise.model.column_names import holds_metrics
from curvewise.model.run import Note
from curvewise.parsing.decoding import decode
from curvewise.parsing.delimited import Header
from curvewise.parsing.json_values import (
    holds_halves,
    is_json_lines,
    looks_like_json,
    read_json,
    read_json_lines,
)
from curvewise.parsing.table import Table, read_header, read_table
from curvewise.text import abridged

_LIST = re.compile(rb"\[\s{0,80}[-+.\w()]{1,80}[,\s]")
_BEFORE_LIST = re.compile(rb"[:=]\s{0,8}(?:[A-Za-z_][\w.]{0,20}\(\s{0,8})?\Z")
"""Where a list of numbers may begin, and what then stands between it and its name."""
_LONGEST_BEFORE = 40

if TYPE_CHECKING:  # the patterns of these take longer to compile than a table to read
    from curvewise.parsing.console import ConsoleLog
    from curvewise.parsing.leveldb_log import RecordLog
    from curvewise.parsing.text_tables import TextTable
    from curvewise.parsing.wandb_records import WandbRun


class Document:
    """One file, or standard input.

    Parse results are cached, so that recognising a format and reading it parse only once.

    Parameters
    ----------
    name
        As the user named it; used in messages.
    content
        The bytes of the file.
    mapping
        Column of this file for a canonical metric name, as the user mapped them.

    Attributes
    ----------
    data
        Its text in UTF-8: base64 bodies, byte order marks and UTF-16 are undone (see `decoding.decode`).
        Empty when the file is no text.
    refusal
        Why it is no text, to be raised when no format reads such a file; None for a text.
    """

    def __init__(self, name: str, content: bytes, mapping: Mapping[str, str] | None = None) -> None:
        self.name = name
        self.content = content
        self.mapping = dict(mapping or {})
        self.data = b""
        self.repairs: tuple[Note, ...] = ()
        self.refusal: InputError | None = None
        try:
            self.data, self.repairs = decode(content)
        except InputError as error:
            self.refusal = error
        if self.is_json and holds_halves(self.data):
            text = "Some characters are cut in half; each half was replaced by \ufffd."
            self.repairs += (Note("cut_characters", text),)

    @cached_property
    def is_json(self) -> bool:
        """Whether the first character opens a JSON object or array."""
        return looks_like_json(self.data)

    @cached_property
    def is_json_lines(self) -> bool:
        """Whether it holds several lines, and the first one is a JSON object of its own."""
        return self.is_json and is_json_lines(self.data)

    @cached_property
    def json(self) -> Any:
        """The JSON value, with bare NaN and Infinity accepted; None when this is no single JSON document.

        Raises
        ------
        MalformedError
            If it begins as JSON and breaks its rules: where, and what was expected.
        """
        return read_json(self.data) if self.is_json and not self.is_json_lines else None

    @cached_property
    def rows(self) -> Sequence[dict[str, Any]] | None:
        """The objects of a JSON Lines file, one a line; None when this is something else.

        A document that is one object on one line has both a `json` value and a row.

        Raises
        ------
        MalformedError
            If a line in the middle cannot be parsed. A cut last line is left out, and `repairs` says so.
        """
        lines = read_json_lines(self) if self.is_json_lines else None
        if lines is not None:
            self.repairs += lines.notes
            return lines.rows
        is_row = isinstance(self.json, dict) and b"\n" not in self.data.strip()
        return [self.json] if is_row else None

    @cached_property
    def header(self) -> tuple[str, ...]:
        """The column names of a CSV or TSV file; empty when this is something else."""
        return () if self._header is None else self._header.names

    @cached_property
    def _header(self) -> Header | None:
        return None if self.is_json else read_header(self.data)

    @cached_property
    def table(self) -> Table:
        """The columns of a CSV or TSV file.

        Raises
        ------
        MalformedError
            For a ragged row, or text in a number column: line, column, expected.
        """
        return read_table(self.data, self._header)

    @cached_property
    def text_tables(self) -> list[TextTable]:
        """The tables of metrics within a text: Markdown, HTML, delimited, or aligned by spaces."""
        named = set(self.mapping.values())
        return [table for table in self._courses if named & {*table.header} or holds_metrics(table.header)]

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns of a table, be it the last one in a text; empty when there is none."""
        return self.header or next((table.header for table in reversed(self._courses)), ())

    @cached_property
    def _courses(self) -> list[TextTable]:
        if self.is_json or (self.header and (self.mapping or holds_metrics(self.header))):
            return []
        from curvewise.parsing.plain_text import in_english
        from curvewise.parsing.text_tables import read_text_tables

        text = self.prose.decode("utf-8", "replace")
        return read_text_tables(text if text.isascii() else in_english(text))

    @cached_property
    def wandb(self) -> tuple[RecordLog, WandbRun]:
        """The log of Weights & Biases that the content is, and what its records say."""
        from curvewise.parsing.leveldb_log import HEADER, RecordLog
        from curvewise.parsing.wandb_records import WandbRun

        log = RecordLog(self.content, HEADER)
        return log, WandbRun(log)

    @cached_property
    def console(self) -> ConsoleLog:
        """The rows of metrics among the lines of a console log; there may be none."""
        from curvewise.parsing.console import read_console

        return read_console(self.prose)

    @cached_property
    def printed_lists(self) -> dict[str, list[float | None]]:
        """The lists of numbers in a text, by name, unless its other lines hold as many rows of metrics."""
        lists = () if self.is_json else _LIST.finditer(self.data)
        starts = [match.start() for match in lists]
        written = [at for at in starts if _BEFORE_LIST.search(self.data, max(at - _LONGEST_BEFORE, 0), at)]
        if not written:
            return {}
        from curvewise.parsing.printed_lists import read_printed_lists

        numbers = read_printed_lists(self.prose.decode("utf-8", "replace"))
        longest = max(map(len, numbers.values()), default=0)
        return numbers if longest > self.console.table.count - len(written) else {}

    @cached_property
    def prose(self) -> bytes:
        """The lines that a program may have printed for people, be they wrapped in JSON: none is endless."""
        data = self.data
        if self.is_json:
            from curvewise.parsing.wrapped_lines import printed_lines

            data = printed_lines(data)
        longest, at = LINE_BYTES.value, 0
        while len(data) - at > longest:
            at = data.rfind(b"\n", at, at + longest + 1) + 1
            if not at:
                return self._without_long_lines(data.split(b"\n"), longest)
        return data

    def _without_long_lines(self, lines: list[bytes], longest: int) -> bytes:
        left_out = [f"{number:,}" for number, line in enumerate(lines, 1) if len(line) > longest]
        which = f"line{'s' if len(left_out) > 1 else ''} {abridged(left_out)} of {self.name}"
        text = f"Left out, as longer than {LINE_BYTES.said(longest)}: {which}."
        self.repairs += (Note("long_lines", text),)
        return b"\n".join(line for line in lines if len(line) <= longest)


class JsonDocument(Document):
    """A document that nobody wrote to a file: a JSON value, as a service sent it or a program holds it.

    A list of objects is a JSON Lines file, any other value one of several lines.

    Parameters
    ----------
    name
        What to call it in messages.
    value
        The JSON value.
    mapping
        As for a document.

    Examples
    --------
    >>> JsonDocument("events.json", {"data": []}).json
    {'data': []}
    >>> JsonDocument("log", [{"loss": 0.5}]).rows
    [{'loss': 0.5}]
    """

    def __init__(self, name: str, value: Any, mapping: Mapping[str, str] | None = None) -> None:
        super().__init__(name, b"{}", mapping)
        self.is_json_lines = (
            isinstance(value, list) and bool(value) and all(isinstance(row, dict) for row in value)
        )
        self.rows = value if self.is_json_lines else None
        self.json = None if self.is_json_lines else value
