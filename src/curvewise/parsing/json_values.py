"""JSON as training tools write it: one document or JSON Lines, with bare NaN and Infinity."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Protocol

import msgspec

from curvewise.errors import MalformedError
from curvewise.limits import COLUMNS, JSON_BYTES
from curvewise.model.run import Note
from curvewise.parsing.large_rows import large_array, large_lines

_WORD = rb"(?!(?:NaN|null|true|false|Infinity)\b)[A-Za-z_][\w.-]*"
_LEVEL_OR_TIME = (
    _WORD + rb"[\]|:,= ]|\s*\d{1,15}[-/:]\d|[^\[\]{}\"\n]{1,100}\][ \t]*[^\s\]]"
)  # [INFO], [rank0]:, [2026-11-29 10:48:33], [ 9/10 00:12], [5] train-rmse, [1,0]<stdout>:, [pod/a/b] step
_OPENING = re.compile(rb"\s*(?:\[(?!\s*\{\s*'|" + _LEVEL_OR_TIME + rb")|\{(?!\s*'))")
_SOMETHING = re.compile(rb"\S")
_APART = re.compile(r"[\s,]*")
_HALF = re.compile(rb"\\u[dD][89a-fA-F]")
_ESCAPE = re.compile(r"\\(?:u([dD][89abAB]..)\\u([dD][c-fC-F]..)|u([dD][89a-fA-F]..)|.)")
_NESTED = "the JSON is nested too deeply to be a metrics file"
_INCOMPLETE = "copy or download the file again, or wait until the program that writes it has finished"
_REPAIR = "repair this place, or write the file again with a JSON library"


class HasData(Protocol):
    """Anything with the bytes of a file."""

    @property
    def data(self) -> bytes:
        """The bytes."""


class JsonLines(msgspec.Struct, frozen=True):
    """The objects of a JSON Lines file."""

    rows: Sequence[dict[str, Any]]  # one object a line, in the order of the file; blank lines are skipped
    notes: tuple[Note, ...] = ()  # ``cut_last_line`` when the last line is incomplete and was dropped


def looks_like_json(data: bytes) -> bool:
    """Whether a JSON object or array begins, and no Python dictionary, and no line of a log.

    Examples
    --------
    >>> [looks_like_json(text) for text in (b' {"step": 1}', b"step,loss", b"{'loss': 0.5}", b"[INFO] Go")]
    [True, False, False, False]
    """
    return _OPENING.match(data) is not None


def is_json_lines(data: bytes) -> bool:
    r"""Whether the content has several lines, and the first one is a JSON object of its own.

    Examples
    --------
    >>> is_json_lines(b'{"step": 1}\n{"step": 2}\n'), is_json_lines(b'{\n"step": 1\n}')
    (True, False)
    """
    end = data.find(b"\n", len(data) - len(data.lstrip()))
    if end < 0 or not _SOMETHING.search(data, end):
        return False
    first = data[:end].strip()
    if not (first.startswith(b"{") and first.endswith(b"}")):
        return False
    try:
        return isinstance(_decode(first), dict)
    except (ValueError, RecursionError):
        return False


def read_json(data: bytes) -> Any:
    r"""Parse one JSON document.

    Bare ``NaN``, ``Infinity`` and ``-Infinity``, which Python writes, are floats. Of a key that is
    given twice, the last value counts.

    Examples
    --------
    >>> read_json(b'{"step": 3, "loss": NaN}')
    {'step': 3, 'loss': nan}
    """
    _require_size(data)
    if (rows := large_array(data)) is not None:
        return rows
    try:
        return _decode(data)
    except RecursionError:
        raise MalformedError(_NESTED, hint="pass the metrics file that the trainer wrote") from None
    except ValueError as error:
        objects = _one_after_another(error)
        if objects is not None:
            return objects
        raise _malformed(error, data, 1) from None


def _one_after_another(error: ValueError) -> list[dict[str, Any]] | None:
    """Return the objects of a text that holds several, with or without commas, each over some lines."""
    import json

    if not isinstance(error, json.JSONDecodeError) or error.msg != "Extra data":
        return None
    text, decoder, objects, at = error.doc, json.JSONDecoder(), [], 0
    while (apart := _APART.match(text, at)) and apart.end() < len(text):
        try:
            value, at = decoder.raw_decode(text, apart.end())
        except (ValueError, RecursionError):
            return None
        if not isinstance(value, dict):
            return None
        objects.append(value)
    return objects


def read_json_lines(document: HasData) -> JsonLines | None:
    """Parse one JSON object a line; None when the content is something else."""
    data = document.data
    if not is_json_lines(data):
        return None
    _require_size(data)
    if (large := large_lines(data)) is not None:
        _require_narrow(large.widest)
        return JsonLines(large)
    try:
        rows = msgspec.json.Decoder(dict[str, Any]).decode_lines(data)
    except (ValueError, RecursionError):
        lines = _line_by_line(data)  # slower, accepts NaN, and knows the line of an error
    else:
        lines = JsonLines(rows)
    _require_narrow(max(map(len, lines.rows), default=0))
    return lines


def _require_narrow(keys: int) -> None:
    COLUMNS.require(keys, "a row of the log has", "leave out what is no metric")


def read_more_lines(data: bytes) -> Sequence[dict[str, Any]]:
    """Parse whole lines that were added to such a file."""
    try:
        return msgspec.json.Decoder(dict[str, Any]).decode_lines(data)
    except (ValueError, RecursionError):
        return _line_by_line(data).rows


def _line_by_line(data: bytes) -> JsonLines:
    rows: list[dict[str, Any]] = []
    last = len(data.rstrip().split(b"\n"))
    for number, line in enumerate(data.split(b"\n"), start=1):
        if not line.strip():
            continue
        try:
            value = _decode(line)
        except RecursionError:
            raise MalformedError(_NESTED, hint="remove this line", line=number) from None
        except ValueError as error:
            if number == last and _is_cut(error):
                text = f"Line {number}, the last one, is cut short and was left out."
                return JsonLines(rows, (Note("cut_last_line", text),))
            malformed = _malformed(error, line, number)
            malformed.hint = f"repair or delete line {number}"
            raise malformed from None
        if not isinstance(value, dict):
            raise MalformedError(
                f"expected a JSON object on each line, and found {_described(value)}",
                hint="remove this line, or pass the file that holds one object a line",
                line=number,
            )
        rows.append(value)
    return JsonLines(rows)


def _decode(data: bytes) -> Any:
    try:
        return msgspec.json.decode(data)
    except ValueError:
        import json  # a third of the speed; accepts NaN, and says where and what is wrong

        return json.loads(_whole_characters(data.decode("utf-8")))


def holds_halves(data: bytes) -> bool:
    r"""Whether JSON text may hold half of a character, such as ``"\ud83d"``, which a cut text ends in."""
    if b"\\" not in data or not _HALF.search(data):  # a byte alone is looked for five times as fast
        return False
    text = data.decode("utf-8", "replace")
    return _whole_characters(text) != text


def _whole_characters(text: str) -> str:
    r"""Replace each half of a character, which no UTF-8 can hold, by the mark for what cannot be read.

    >>> _whole_characters(r'"\ud83d\ude00 \ud83d \\ud83d"')
    '"\\ud83d\\ude00 \\ufffd \\\\ud83d"'
    """
    return _ESCAPE.sub(lambda match: r"\ufffd" if match[3] else match[0], text) if r"\u" in text else text


def _malformed(error: ValueError, data: bytes, first_line: int) -> MalformedError:
    """State what is wrong with a text that begins on a given line of the file."""
    import json

    if isinstance(error, UnicodeDecodeError):
        return MalformedError(
            f"the byte 0x{data[error.start]:02X} is not UTF-8, as JSON must be",
            hint="save the file as UTF-8",
            line=first_line + data.count(b"\n", 0, error.start),
        )
    if not isinstance(error, json.JSONDecodeError):  # a whole number of thousands of digits
        return MalformedError(
            "a number cannot be read: it has thousands of digits", hint=_REPAIR, line=first_line
        )
    line = first_line + error.lineno - 1
    if _is_cut(error):
        return MalformedError(
            f"the JSON is cut short: it breaks off in column {error.colno}", hint=_INCOMPLETE, line=line
        )
    if error.msg == "Extra data":
        return MalformedError(
            f"the JSON document ends before column {error.colno}, and more follows",
            hint="pass one document a file, or one object a line (JSON Lines)",
            line=line,
        )
    said = error.msg[:1].lower() + error.msg[1:].removesuffix(" at")
    return MalformedError(f"this is not JSON in column {error.colno}: {said}", hint=_REPAIR, line=line)


def _is_cut(error: ValueError) -> bool:
    """Whether a text breaks off, so that its end alone is missing."""
    import json

    if not isinstance(error, json.JSONDecodeError):
        return False
    rest = error.doc[error.pos :].rstrip()
    if error.msg.startswith("Unterminated string"):
        return "\n" not in rest
    return any(word.startswith(rest) for word in ("true", "false", "null", "NaN", "Infinity", "-Infinity"))


def _described(value: object) -> str:
    names = {list: "an array", str: "a string", bool: "a boolean", type(None): "null"}
    return names.get(type(value), "a number")


def _require_size(data: bytes) -> None:
    JSON_BYTES.require(len(data), "the JSON has", "log less often, or export the metrics as CSV")
