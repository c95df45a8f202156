"""Delimited text: the header and the rows of a CSV, TSV or semicolon-separated file, with their lines."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from contextlib import suppress
from io import StringIO
from itertools import islice

import msgspec

from curvewise.errors import InputError, MalformedError
from curvewise.limits import COLUMNS, LINE_BYTES

DELIMITERS = ",\t;"
LEAST = 3
"""Columns and rows from which on a text is no coincidence but a table."""
_PROSE = re.compile(r"[^\W\d_]{2}|```")
_WORD = re.compile(r"[^\s:;!?{}<>=]+")


class Header(msgspec.Struct, frozen=True):
    """The first line that is not empty."""

    names: tuple[str, ...]  # column names without surrounding space; "" where a column has none
    delimiter: str  # of the delimiters, the one that splits this line into the most cells
    line: int  # its line in the file, from 1
    end: int  # where the next line begins, in bytes


def find_header(data: bytes) -> Header | None:
    """Return the header of a table; None when the text is not plausibly a table.

    A header names its columns, so no name is a number. Either there are several, each one word, or the row
    below has as many cells and at least one number: that is what tells a table from prose.
    """
    start, number = 0, 0
    for line in _lines(data, start):
        start += len(line.encode())
        number += 1
        if line.strip():
            break
    else:
        return None
    try:
        names, delimiter = _split_header(line)
    except csv.Error:
        return None
    if any(map(is_number, names)) or not any(names) or len(line) >= LINE_BYTES.value:
        return None
    COLUMNS.require(len(names), "the table has", "leave out what is no metric")
    header = Header(names, delimiter, number, start)
    if len(names) > 1 and all(_WORD.fullmatch(name) for name in names if name):
        return header
    below = next((cells for _, cells in _cells(data, header)), [])
    return header if len(below) == len(names) and any(map(is_number, below)) else None


def rows(data: bytes, header: Header) -> Iterator[tuple[int, list[str]]]:
    """Yield the line and the cells of every row that is not empty."""
    expected = len(header.names)
    for line, cells in _cells(data, header):
        if len(cells) != expected:
            raise _ragged(data, line, len(cells), expected)
        yield line, cells


def row_blocks(data: bytes, header: Header, size: int) -> Iterator[list[list[str]]]:
    """Yield the cells of so many rows at a time, as `rows` yields one; where all are plain, at once."""
    reader = csv.reader(_lines(data, header.end, header.line), delimiter=header.delimiter)
    expected, done = len(header.names), 0
    if expected > 1 and b'"' not in data:
        with suppress(csv.Error):
            while {expected}.issuperset(map(len, block := list(islice(reader, size)))):
                if not block:
                    return
                yield block
                done += len(block)
    left = (cells for _, cells in islice(rows(data, header), done, None))
    while block := list(islice(left, size)):
        yield block


def is_table(data: bytes) -> bool:
    r"""Whether a text is a table, of whatever: three columns or more, and three rows with as many cells.

    Examples
    --------
    >>> is_table(b"file,owner,notes\n" + 3 * b"a,b,loss 0.1\n")
    True
    >>> is_table(b"step, epoch, and so on\nstep 1, loss 0.5\n"), is_table(b"epoch, step, lr\n1, 2\r3, 4\n")
    (False, False)
    """
    try:
        header = find_header(data)
        if header is None or len(header.names) < LEAST:
            return False
        return len([*islice(rows(data, header), LEAST)]) == LEAST
    except MalformedError:
        return False


def ends_in_prose(data: bytes, header: Header) -> bool:
    r"""Whether the last line is no row, not even a cut one: words without a number, in other cells.

    Examples
    --------
    >>> data = b"step,loss\n1,0.5\n"
    >>> ends_in_prose(data + b"Is it ok?\n", find_header(data)), ends_in_prose(data + b"2", find_header(data))
    (True, False)
    """
    end = len(data)
    while data[end - 1 : end].isspace():
        end -= 1
    start = max(data.rfind(b"\n", header.end, end) + 1, header.end)
    if start >= end or end - start > LINE_BYTES.value:
        return False
    line = data[start:end].decode("utf-8", "replace")
    try:
        cells = next(csv.reader([line], delimiter=header.delimiter))
    except csv.Error:
        return False
    others = len(cells) != len(header.names) and not any(map(is_number, cells))
    return others and _PROSE.search(line) is not None


_GROUPED = re.compile(r"[+-]?[1-9]\d{0,2}(?:,\d{3})+(?:\.\d*)?")
_GROUPED_CELLS = re.compile(rb'"([+-]?[1-9]\d{0,2}(?:,\d{3})+(?:\.\d*)?)"')
_GROUPED_SURELY = re.compile(rb",\d{3}(?:\.\d|,\d{3}(?!\d))")
_GROUPED_ANYWHERE = re.compile(rb"(?<![\w,.])([+-]?[1-9]\d{0,2}(?:,\d{3})+(?:\.\d*)?)(?![\w,])")


def without_groups(cell: str) -> str:
    """Return a number without the commas between its thousands, and any other cell as it is.

    >>> [without_groups(cell) for cell in ("1,234.5", "-12,345,678", "0,125", "1,5")]
    ['1234.5', '-12345678', '0,125', '1,5']
    """
    return cell.replace(",", "") if "," in cell and _GROUPED.fullmatch(cell) else cell


def ungrouped(data: bytes, header: Header) -> bytes:
    r"""Return a table whose numbers have no commas between thousands.

    Between commas only quotes can hold them; elsewhere they are some where a number shows it, as a decimal
    comma looks the same: ``1,234`` does not, and ``1,234.5`` and ``1,234,567`` do.

    >>> table = b'step,loss\n"1,000","2,345.5"\n'
    >>> ungrouped(table, find_header(table))
    b'step,loss\n1000,2345.5\n'
    """
    if header.delimiter == ",":
        cells = _GROUPED_CELLS
    else:
        cells = _GROUPED_ANYWHERE
        if not _GROUPED_SURELY.search(data, header.end):
            return data
    body = cells.sub(lambda match: match[1].replace(b",", b""), data[header.end :])
    return data[: header.end] + body


def is_number(cell: str) -> bool:
    """Whether a cell is a number as tables write it: ``1``, ``-0.5``, ``6e-05``, ``NaN``, ``inf``.

    Digit groups (``1_000``) and the digits of other scripts, which Python's own `float` takes, are none.
    """
    if "_" in cell or not cell.isascii():
        return False
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _split_header(line: str) -> tuple[tuple[str, ...], str]:
    used = [delimiter for delimiter in DELIMITERS if delimiter in line] or DELIMITERS
    splits = ((next(csv.reader([line], delimiter=delimiter)), delimiter) for delimiter in used)
    cells, delimiter = max(splits, key=lambda split: len(split[0]))
    return tuple(cell.strip() for cell in cells), delimiter


def _cells(data: bytes, header: Header) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(_lines(data, header.end, header.line), delimiter=header.delimiter)
    line, following = 0, header.line + 1
    cells: list[str] = []
    try:
        for cells in reader:
            line, following = following, header.line + reader.line_num + 1
            if len(cells) > 1 or (cells and cells[0].strip()):
                yield line, cells
    except csv.Error as error:
        raise _unsplittable(str(error), following) from error
    if cells and "\n" in cells[-1] and not has_closed_quotes(data):
        raise _unsplittable("a quote is opened and not closed", line)


def has_closed_quotes(data: bytes) -> bool:
    """Whether every quote that is opened is closed, as far as their number tells."""
    return b'"' not in data or data.count(b'"') % 2 == 0  # to look for one takes a fifth of the time


def _unsplittable(why: str, line: int) -> MalformedError:
    return MalformedError(
        f"the row cannot be split into cells: {why}",
        hint="look for a quote too much or too few",
        line=line,
    )


def _lines(data: bytes, start: int, number: int = 0) -> Iterator[str]:
    longest = LINE_BYTES.value
    if len(data) - start <= longest:
        yield from StringIO(data[start:].decode("utf-8", "replace"), newline="\n")
        return
    while start < len(data):
        number += 1
        end = data.find(b"\n", start, start + longest) + 1 or len(data)
        if end - start > longest:
            raise too_long().at(line=number)
        yield data[start:end].decode("utf-8", "replace")
        start = end


def too_long() -> InputError:
    """Return the error for a line that is no row of metrics."""
    hint = "check that this is the metrics file"
    return LINE_BYTES.exceeded("the line is longer than a row of metrics", hint, kind=MalformedError)


def _ragged(data: bytes, line: int, count: int, expected: int) -> MalformedError:
    cut = count < expected and not data.endswith(b"\n") and line == data.count(b"\n") + 1
    return MalformedError(
        f"the row has {count} cell{'s' if count != 1 else ''}; expected {expected}, as in the header"
        + (", so the file is cut in its last row" if cut else ""),
        hint="download the file again, or delete its last line"
        if cut
        else "give every row one cell for each column; a text that holds the delimiter needs quotes",
        line=line,
    )
