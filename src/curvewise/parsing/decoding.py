"""The bytes of a file as UTF-8 text, or a plain reason why that cannot be."""

from __future__ import annotations

import binascii
import codecs
import re
from contextlib import suppress
from pathlib import Path

from curvewise.errors import InputError
from curvewise.limits import JSON_BYTES, LINE_BYTES
from curvewise.model.run import Note
from curvewise.parsing.columnar import SIGNATURES, as_csv
from curvewise.parsing.compressed import unpacked
from curvewise.parsing.delimited import too_long
from curvewise.parsing.evaluations import as_csv as as_lines
from curvewise.parsing.evaluations import is_of_evaluations
from curvewise.parsing.json_values import looks_like_json
from curvewise.storage.files import read_file, status

HEAD = 4096
"""Bytes that are looked at to tell what a file is."""

LARGE = 2**26
"""Bytes from which a file is worth a look at its beginning, before it is read."""

_ZIP = b"PK\x03\x04"
_UNPACK = "unpack it first; a single file can be piped in: `{command} | curvewise check -`"
_PICTURE = "curvewise reads the numbers, not a drawing of them: export the metrics as CSV or JSON"
_WEIGHTS = (
    "the metrics are beside it: in trainer_state.json, metrics.csv or another log of the training, or in the "
    "folder of a tracker such as runs/, wandb/ or mlruns/"
)
_PICKLE = "reading it could run any program; write the metrics as CSV or JSON from the program that made it"
_SHEET = "save the sheet as CSV and give that file"

_ZIPPED = (
    (b"data.pkl", "a PyTorch checkpoint", _WEIGHTS),
    (b"model.weights.h5", "a Keras model", _WEIGHTS),
    (b"[Content_Types].xml", "an Excel workbook, or another document of an office", _SHEET),
    (b".npy", "NumPy arrays in an archive", "write them as CSV with a header that names the columns"),
)
"""What stands in the list of a zip archive, and what such an archive is."""

_SIGNATURES: tuple[tuple[bytes, str, str], ...] = (
    (b"\x28\xb5\x2f\xfd", "zstd-compressed", _UNPACK.format(command="zstd -dc FILE")),
    (
        _ZIP,
        "a zip archive, or a spreadsheet or model in one",
        _UNPACK.format(command="unzip -p FILE"),
    ),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", "unpack it and give the file or folder inside"),
    (b"Rar!", "a RAR archive", "unpack it and give the file or folder inside"),
    (b"\xd0\xcf\x11\xe0", "an Excel workbook", _SHEET),
    (
        b"SQLite format 3\x00",
        "an SQLite database of no known kind",
        "those of MLflow, Trackio and Unsloth Studio are read; of another, give its table of metrics as CSV: "
        "`sqlite3 -csv -header FILE 'SELECT * FROM TABLE' > metrics.csv`",
    ),
    (b"\x89HDF", "an HDF5 file", _WEIGHTS),
    (b"GGUF", "a GGUF model", _WEIGHTS),
    (b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19", "a PyTorch checkpoint", _WEIGHTS),
    (b"\x93NUMPY", "a NumPy array", "write it as CSV with a header that names the columns"),
    (b"\x80\x02", "a Python pickle", _PICKLE),
    (b"\x80\x03", "a Python pickle", _PICKLE),
    (b"\x80\x04", "a Python pickle", _PICKLE),
    (b"\x80\x05", "a Python pickle", _PICKLE),
    (b"%PDF", "a PDF document", _PICTURE),
    (b"\x89PNG", "a PNG picture", _PICTURE),
    (b"\xff\xd8\xff", "a JPEG picture", _PICTURE),
    (b"GIF8", "a GIF picture", _PICTURE),
    (b"version https://git-lfs", "a Git LFS pointer, not the file itself", "run `git lfs pull` first"),
    (b"<!DOCTYPE", "an HTML page", "download the raw file; an HTML page is often a log-in or error page"),
    (b"<!doctype", "an HTML page", "download the raw file; an HTML page is often a log-in or error page"),
    (b"<html", "an HTML page", "download the raw file; an HTML page is often a log-in or error page"),
    (b"<?xml", "an XML document", "read it: it is often the error answer of a storage service"),
)

_BEGINNINGS = tuple(begins for begins, _, _ in _SIGNATURES)

_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

_HOLE = re.compile(rb"\0{4,}")
"""UTF-32 has up to three."""
_ALONE = re.compile(rb"(?<!\0)\0{1,3}(?!\0)")
"""Zero bytes that are no hole, as a binary file has them."""
_CONTROL = re.compile(rb"[\x00-\x07\x0e-\x1a\x1c-\x1f]")
"""What no text holds."""
MOST_BROKEN = 0.05
"""Share of its bytes up to which a text may be broken."""

_BASE64 = re.compile(rb"\s*[A-Za-z0-9+/][A-Za-z0-9+/\s]*(?:=\s*){0,2}")

_CONFLICT = re.compile(rb"^(?:<{7} [^\n]*|={7}|>{7} [^\n]*)\r?(?:\n|\Z)", re.MULTILINE)


def decode(data: bytes) -> tuple[bytes, tuple[Note, ...]]:
    r"""Bring the bytes of a file to UTF-8 text.

    A byte order mark is dropped, UTF-16 and UTF-32 with such a mark are converted, a bare carriage
    return that ends every line becomes a line feed, and a base64 body is decoded: OpenAI hands out
    result files that way. What gzip, bzip2 or xz compressed is unpacked. Windows line ends stay.

    Examples
    --------
    >>> decode(b"c3RlcCx0cmFpbl9sb3NzCjEsMC41Cg==")[0]
    b'step,train_loss\n1,0.5\n'
    """
    if not data or data.isspace():
        raise InputError("the file is empty", hint="check that the download or the export has finished")
    for signature, kind in SIGNATURES.items():
        if data.startswith(signature):
            return as_csv(data, kind)
    if (held := unpacked(data)) is not None:
        text, notes = decode(held)
        return text, (Note("compressed", "The file is compressed; it was unpacked."), *notes)
    if is_of_evaluations(data):
        return as_lines(data), ()
    if len(data) > 2 * LINE_BYTES.value:
        _refuse_beginning(data[: 2 * LINE_BYTES.value], len(data))
    _refuse_signatures(data)
    data, emptied = _without_hole(data)
    data, notes = _utf8(data)
    notes += emptied
    if b"\r" in data[:HEAD] and b"\n" not in data:
        data = data.replace(b"\r", b"\n")
    if b">" in data and b"\n>>>>>>> " in data:  # a byte alone is looked for five times as fast
        data, conflicts = _without_conflicts(data)
        notes = (*notes, *conflicts)
    body = _base64_body(data)
    if body is None:
        return data, notes
    text, further = decode(body)
    return text, (*notes, Note("base64", "The file is base64; it was decoded."), *further)


def _without_hole(data: bytes) -> tuple[bytes, tuple[Note, ...]]:
    """Leave out the zero bytes of a log that was emptied while in use, or of which a write was cut."""
    if b"\0" not in data or b"\0" * 4 not in data or _ALONE.search(data):  # one is looked for in no time
        return data, ()
    text = _HOLE.sub(b"", data)
    count = len(data) - len(text)
    told = f"The file holds {count:,} zero bytes: it was emptied while in use, or a write was cut."
    return (text, (Note("emptied", told),)) if text else (data, ())


def _without_conflicts(data: bytes) -> tuple[bytes, tuple[Note, ...]]:
    """Leave out the marks of merges that were never resolved, and keep both sides."""
    text, count = _CONFLICT.subn(b"", data)
    told = "Git left a conflict in the file: both sides are read; of a step in both the later row counts."
    return text, ((Note("merge_conflict", told),) if count else ())


def read_metrics(path: str) -> bytes:
    """Read a file; a large one whose beginning cannot be that of metrics is refused unread."""
    size = status(path).st_size
    if size > LARGE and Path(path).is_file():
        try:
            with suppress(OSError), Path(path).open("rb") as file:  # reading it says what is wrong
                _refuse_beginning(file.read(2 * LINE_BYTES.value), size)
        except InputError as error:
            raise error.at(file=path) from None
    return read_file(path)


def _refuse_beginning(head: bytes, size: int) -> None:
    """Refuse by the first bytes: nothing but zeros, JSON above its limit, or a line that does not end."""
    if not head.strip(b"\0"):
        raise _binary(head)
    if looks_like_json(head):
        JSON_BYTES.require(size, "the JSON has", "log less often, or export the metrics as CSV")
    elif b"\0" in head or _base64_body(head[:HEAD]) is not None:
        return
    elif max(map(len, head.splitlines())) > LINE_BYTES.value:
        raise too_long()


def _refuse_signatures(data: bytes) -> None:
    head = data[:HEAD].lstrip()
    if head.startswith(_ZIP):
        listed = data[:HEAD] + data[-HEAD:]  # a zip archive lists its files at its end
        for name, what, hint in _ZIPPED:
            if name in listed:
                raise InputError(f"the file is {what}", hint=hint)
    if head.startswith(_BEGINNINGS):
        what, hint = next((what, hint) for begins, what, hint in _SIGNATURES if head.startswith(begins))
        raise InputError(f"the file is {what}", hint=hint)
    if data[8:10] == b'{"' and int.from_bytes(data[:8], "little") <= len(data) - 8:
        raise InputError("the file is model weights (safetensors)", hint=_WEIGHTS)


def _utf8(data: bytes) -> tuple[bytes, tuple[Note, ...]]:
    if data.startswith(codecs.BOM_UTF8):
        data = data[len(codecs.BOM_UTF8) :]
        if not data or data.isspace():
            raise InputError("the file is empty", hint="check that the download or the export has finished")
    for mark, encoding in (*_BYTE_ORDER_MARKS, *_without_mark(data)):
        if data.startswith(mark):
            try:
                text = data.decode(encoding)
            except UnicodeDecodeError as error:
                raise _not_text(error, encoding.upper()) from error
            if not text or text.isspace():
                raise InputError(
                    "the file is empty", hint="check that the download or the export has finished"
                )
            note = Note("utf16", f"The file is {encoding.upper()}; it was converted to UTF-8.")
            return text.encode("utf-8", "replace"), (note,)
    if b"\0" in data[:HEAD] or b"\0" in data:
        raise _binary(data)
    return (data, ()) if data.isascii() else _mended(data)


def _mended(data: bytes) -> tuple[bytes, tuple[Note, ...]]:
    """Replace the few bytes that are no UTF-8: a name in another encoding, or a character that was cut."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        text = data.decode("utf-8", "replace")
        broken = text.count("\ufffd")
        if broken > MOST_BROKEN * len(text) or _CONTROL.search(data):
            raise _not_text(error, "UTF-8") from error
        return text.encode(), (
            Note("broken_text", f"{broken:,} characters are no UTF-8; they were replaced."),
        )
    return data, ()


def _without_mark(data: bytes) -> tuple[tuple[bytes, str], ...]:
    """Return the encoding of a text in UTF-16 without a mark: every other byte of its beginning is zero."""
    for first, encoding in ((1, "utf-16-le"), (0, "utf-16-be")) if b"\0" in data[:HEAD] else ():
        halves = data[first:HEAD:2], data[1 - first : HEAD : 2]
        if len(data) > 8 and not any(halves[0]) and b"\0" not in halves[1]:
            return ((b"", encoding),)
    return ()


def _binary(data: bytes) -> InputError:
    return InputError(
        f"the file is binary: byte {data.index(0)} is zero",
        hint="give a metrics file in CSV, JSON or JSON Lines; `curvewise formats` lists them",
    )


def _not_text(error: UnicodeDecodeError, encoding: str) -> InputError:
    return InputError(
        f"the file is not {encoding} text: byte {error.start} is 0x{error.object[error.start]:02x}",
        hint="save it as UTF-8, for example with `iconv -f WINDOWS-1252 -t UTF-8 FILE`",
        line=error.object.count(b"\n", 0, error.start) + 1,
    )


def from_base64(data: bytes) -> bytes | None:
    r"""Return what Base64 holds, up to its last whole group of four symbols; None when the data is none.

    Examples
    --------
    >>> from_base64(b"c3RlcCxs b3NzCjEs"), from_base64(b"c3RlcCxsb3NzCjE"), from_base64(b"step,loss")
    (b'step,loss\n1,', b'step,loss', None)
    """
    if not _BASE64.fullmatch(data):
        return None
    symbols = b"".join(data.split())
    return binascii.a2b_base64(symbols[: len(symbols) // 4 * 4])


def _base64_body(data: bytes) -> bytes | None:
    """Return what a base64 body holds, or None when the text is not base64 of a table or of JSON."""
    start = from_base64(data[:HEAD])
    if start is None:
        return None
    first_line = start.removeprefix(codecs.BOM_UTF8).split(b"\n")[0]
    telling = first_line[:1] in (b"{", b"[") or first_line.startswith(b"step") or b"," in first_line
    if not (telling and _printable(first_line)):
        return None
    try:
        return binascii.a2b_base64(b"".join(data.split()), strict_mode=True)
    except binascii.Error as error:
        raise InputError(
            f"the file begins as base64 and then breaks off: {str(error).lower()}",
            hint="download it again: it is probably cut",
        ) from error


def _printable(line: bytes) -> bool:
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start < len(line) - 3:  # else the head ends in the middle of a character
            return False
        text = line[: error.start].decode("utf-8")
    return len(text) >= 4 and text.replace("\t", " ").rstrip("\r").isprintable()
