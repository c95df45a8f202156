"""Tables within text: Markdown, HTML, and columns that spaces align."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

import msgspec

from curvewise.model.column_names import find_place, recognised
from curvewise.parsing.delimited import is_number, without_groups
from curvewise.parsing.printed import NUMBER

BLANKS = frozenset(("", "-", "--", "—", "no log", "n/a", "na", "none", "null"))
"""Spellings of a missing value, in lower case."""
PANDAS_BLANK = "NaN"
"""How pandas writes a missing value; a trainer that measured NaN prints ``nan``."""

_S = r"[^\S\n]*+"
_RULE = re.compile(rf"\n{_S}\|?{_S}:?-{{2,}}+:?{_S}(?:\|{_S}:?-{{2,}}+:?{_S})*\|?{_S}(?=\n|\Z)")
_ROW = re.compile(rf"\n(?={_S}\S)[ \t\r\f\v\xa00-9+.,;:%/—naolgeuiftykNAOLGEUIFTYK-]+(?=\n|\Z)")
"""A row of numbers and blanks; no line that names a step or an epoch is one."""
_GAP = re.compile(r"\s{2,}|\t")
_TIME = re.compile(r"(?:\d+:)?\d+:\d\d")
_HTML = re.compile(r"<(?i:table)[\s>]")
_MARKS = "*`_ "
_PLACE = re.compile(
    r"(?:(?i:epoch|step|iteration)[ _#]*)?(?P<count>\d{1,15})(?: ?/ ?\d{1,15})?"
    r"|(?P<thousands>\d{1,9}(?:\.\d+)?)[kK]"
)
"""A place as people write it: ``2/10``, ``Epoch 2``, ``1.5k``."""
_MARKED = re.compile(rf"[~≈]? ?(?P<number>{NUMBER})(?P<share> ?%)?\**(?: ?(?:[^\x00-\x7f].*|\(.*\)))?")
"""A number with what people note at it: ``~1.2``, ``1.2 ⭐``, ``1.2 (best)``, ``1.2 ± 0.1``."""
_QUOTED = re.compile(r"(?m)^(?:> ?)+")
_NAMED_PLACE = re.compile(r"(?i)(?P<unit>epoch|step|iteration)[ _#]*(?P<number>\d{1,15})")
"""The name of a column of values at one place: ``Epoch 3``."""
_FRAME = str.maketrans(
    dict.fromkeys("│┃║", "|")
    | dict.fromkeys("─━═", "-")
    | dict.fromkeys("┌┬┐├┼┤└┴┘┏┳┓┡╇┩┣╋┫┗┻┛╞╪╡╔╦╗╠╬╣╚╩╝╭╮╰╯╒╤╕╘╧╛", "+")
)
"""The lines of a frame as ASCII writes them."""
_BORDER = re.compile(rf"(?m)^{_S}[+|](?:[-=]{{2,}}\+)+(?:[-=]{{2,}}\|)?{_S}$")
_UNDERLINE = re.compile(r"(?=[-=\s]*?(?:--|==))[-=\s]+")
_Cells = Sequence[Sequence[str]]
Split = Callable[[str], list[str]]
_DELIMITED: Mapping[str, Split] = {
    ";": lambda line: [cell.strip(' "') for cell in line.replace(",", ".").split(";")],
    ",": lambda line: [cell.strip(' "') for cell in line.split(",")],
}
"""How to split a line that is delimited by a sign; between semicolons a comma is a decimal one."""


class TextTable(msgspec.Struct, frozen=True):
    """A table in a text."""

    header: tuple[str, ...]  # names of the columns
    rows: tuple[tuple[str, ...], ...]  # the cells of each row, as many as there are columns

    def numbers(self) -> list[dict[str, float]]:
        """Return the cells that are numbers by the name of their column, row by row."""
        rows = []
        for cells in self.rows:
            pairs = zip(self.header, cells, strict=True)
            numbers = {
                name: number for name, cell in pairs if (number := self._number(name, cell)) is not None
            }
            rows.append(numbers)
        return rows

    @property
    def place(self) -> str | None:
        """The name of the column that holds the steps, or else the epochs."""
        return find_place(self.header)

    @property
    def is_course(self) -> bool:
        """Whether it has numbers over steps or epochs, or nothing but metrics, and not, say, results."""
        if self.place is None and (len(self.rows) < 2 or not all(map(recognised, self.header))):
            return False
        return any(self.numbers())

    def _number(self, name: str, cell: str) -> float | None:
        place = _PLACE.fullmatch(cell.strip(_MARKS)) if name == self.place else None
        if place is None:
            return _number(cell)
        return float(place["count"]) if place["count"] else 1000 * float(place["thousands"])


def read_text_tables(text: str) -> list[TextTable]:
    r"""Return the tables over steps or epochs in a text, in its order.

    Examples
    --------
    >>> text = "| Step | Training Loss |\n|:---:|:---:|\n| 10 | 0.5 |\n| 20 | No log |\n"
    >>> read_text_tables(text)[0].numbers()
    [{'Step': 10.0, 'Training Loss': 0.5}, {'Step': 20.0}]
    """
    text = _unframed(_QUOTED.sub("", text) if "> " in text else text)
    tables = _html(text) if _HTML.search(text) else [*_markdown(text), *_aligned(text)]
    return [table for table in tables if table.is_course]


def stray_rows(text: str, tables: Sequence[TextTable]) -> int:
    """Return how many lines of numbers stand in a text and in none of its tables."""
    rows = [row for row in _ROW.findall(f"\n{text}") if _UNDERLINE.fullmatch(row) is None]
    return max(0, len(rows) - sum(len(table.rows) for table in tables))


def _number(cell: str) -> float | None:
    cell = _plain(cell)
    share = cell.endswith("%")
    cell = without_groups(cell.rstrip("% "))
    if cell.lower() in BLANKS or cell == PANDAS_BLANK or not is_number(cell):
        return None
    return float(cell) / 100 if share else float(cell)


def _plain(cell: str) -> str:
    """Return a cell without what was noted at its number."""
    cell = cell.strip(_MARKS)
    marked = _MARKED.fullmatch(cell)
    return cell if marked is None else marked["number"] + (marked["share"] or "")


def _table(header: Sequence[str], rows: _Cells) -> TextTable | None:
    """Make a table of rows that have as many cells as the header; a column without a name is left out."""
    header, rows = _upright(header, rows)
    names = _in_full(["/".join(map(str.strip, name.strip(_MARKS).split("/"))) for name in header])
    named = [index for index, name in enumerate(names) if name]
    kept = [tuple(row[index] for index in named) for row in rows if len(row) == len(names)]
    columns = tuple(names[index] for index in named)
    return TextTable(columns, tuple(kept)) if kept and len(set(columns)) == len(columns) else None


def _in_full(names: list[str]) -> list[str]:
    """Return what spaCy means: E and # are where training stands; what is no loss is an evaluation."""
    if names[:2] != ["E", "#"]:
        return names
    return ["epoch", "step", *(name if "LOSS" in name else f"eval_{name.lower()}" for name in names[2:])]


def _upright(header: Sequence[str], rows: _Cells) -> tuple[Sequence[str], _Cells]:
    """Return a table with a column for each step or epoch with a row for each."""
    places = [_NAMED_PLACE.fullmatch(name.strip(_MARKS)) for name in header[1:]]
    found = [place for place in places if place]
    if len(found) < 2 or len(found) < len(places):
        return header, rows
    whole = [row for row in rows if len(row) == len(header)]
    columns = list(zip(*whole, strict=True))
    turned = [(place["number"], *cells) for place, cells in zip(found, columns[1:], strict=False)]
    return (found[0]["unit"], *(row[0] for row in whole)), turned


def _numbers_of(lines: re.Pattern[str], text: str) -> list[int]:
    """Return the numbers of the lines that match with the line end before them."""
    found, number, at = [], 0, 0
    for match in lines.finditer(text):
        number += text.count("\n", at, match.start() + 1)
        at = match.start() + 1
        found.append(number)
    return found


def _unframed(text: str) -> str:
    """Return a text whose framed tables, as Rich and PrettyTable print them, are those of Markdown."""
    text = text.translate(_FRAME) if any(sign in text for sign in "│┃║") else text
    if "+-" not in text and "+=" not in text:
        return text
    return _BORDER.sub(lambda border: border[0].replace("+", "|").replace("=", "-"), text)


def _markdown(text: str) -> Iterator[TextTable]:
    rules = _numbers_of(_RULE, text) if "--" in text and "|" in text else []
    lines = text.split("\n") if rules else []
    end = 0
    for number in rules:
        if number < end or "|" not in lines[number - 1]:
            continue
        rows, end = [], number + 1
        while end < len(lines) and "|" in lines[end]:
            rows.append(_cells(lines[end]))
            end += 1
        if (table := _table(_cells(lines[number - 1]), rows)) is not None:
            yield table


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip().removeprefix("|").removesuffix("|"))]


def _aligned(text: str) -> Iterator[TextTable]:
    """Find tables whose columns are delimited, or two spaces or more apart, as pandas prints them."""
    numbers = _numbers_of(_ROW, text)
    lines = text.split("\n") if numbers else []
    end = 0
    for number in numbers:
        if number < end:
            continue
        above = number - 1 - (number > 1 and _UNDERLINE.fullmatch(lines[number - 1]) is not None)
        split, header = _header(lines[above].strip(), lines[number].strip())
        end = number
        rows = []
        while header and end < len(lines):
            cells = [_plain(cell) for cell in split(lines[end].strip())]
            if len(cells) == len(header) + 1 and not _is_cell(cells[-1].rstrip("% ")):
                del cells[-1]  # a remark
            if len(cells) not in (len(header), len(header) + 1) or not _is_row(cells):
                break
            rows.append(cells[-len(header) :])  # pandas prints the number of the row without a name
            end += 1
        if rows and (table := _table(header, rows)) is not None:
            yield table


def _header(above: str, below: str) -> tuple[Split, list[str]]:
    """Return how to split the lines of a table into cells, and its names; none where no row stands below."""
    splits: list[Split] = [_GAP.split, *(each for sign, each in _DELIMITED.items() if sign in above)]
    for split in splits:
        names = split(above)
        if len(names) > 1 and len(names) <= len(split(below)) and not any(map(is_number, names)):
            return split, names
    names = above.split() if above[:1].isalpha() else []
    if find_place(names) and len(names) == len(below.split()) and any(map(recognised, names[1:])):
        return str.split, names  # what was copied from a page has single spaces
    return _GAP.split, []


def _is_row(cells: Sequence[str]) -> bool:
    plain = [without_groups(cell.strip("% ")) for cell in cells]
    return all(map(_is_cell, plain)) and any(map(is_number, plain))


def _is_cell(cell: str) -> bool:
    """Whether a cell is one of a row of numbers."""
    known = is_number(cell) or cell.lower() in BLANKS
    return known or _TIME.fullmatch(cell) is not None or _PLACE.fullmatch(cell) is not None


def _html(text: str) -> list[TextTable]:
    from curvewise.parsing.html_tables import HtmlTables  # the parser is loaded where there is HTML

    parser = HtmlTables()
    try:
        parser.feed(text)
        parser.close()
    except AssertionError:  # how the standard library refuses a declaration that HTML does not have
        return []
    tables = [_table(rows[0], rows[1:]) for rows in parser.tables if len(rows) > 1]
    return [table for table in tables if table is not None]
