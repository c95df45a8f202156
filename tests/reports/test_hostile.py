"""Foreign text is shown by every format and obeyed by none; the page is tested in a browser."""

from __future__ import annotations

import csv
import json
import re
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from io import StringIO

import pytest
from markdown_it import MarkdownIt

from curvewise.drawing.pictures import plot
from curvewise.notebook import bundle
from curvewise.plugin import Style, renderers, reporters

from .hostile import ATTACKS, EVERYTHING, hostile_comparison, hostile_report, hostile_run

CONTROL = re.compile(
    r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe]"
)
ATTACK = pytest.mark.parametrize("attack", [*ATTACKS, EVERYTHING], ids=lambda attack: repr(attack[:12]))
ALLOWED_TAGS = {
    "code", "details", "div", "li", "p", "path", "rect", "span", "strong", "summary", "svg", "table",
    "tbody", "td", "text", "th", "thead", "tr", "ul",
}  # fmt: skip
ALLOWED_ATTRIBUTES = {
    "aria-hidden", "aria-label", "d", "fill", "fill-opacity", "font-size", "height", "role", "stroke",
    "stroke-dasharray", "stroke-linecap", "stroke-opacity", "stroke-width", "style", "text-anchor",
    "viewbox", "width", "x", "xmlns", "y",
}  # fmt: skip


class Tags(HTMLParser):
    """Collects tags and attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.values: list[str] = []
        self.comments = 0
        self.prose = ""
        self._in_code = 0
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.values += [value or "" for _, value in attrs]
        self._in_code += tag in ("code", "pre")

    def handle_endtag(self, tag: str) -> None:
        self._in_code -= tag in ("code", "pre")

    def handle_data(self, data: str) -> None:
        self.prose += "" if self._in_code else data

    def handle_comment(self, data: str) -> None:
        del data  # that there is one is enough
        self.comments += 1


@ATTACK
def test_terminal(attack: str) -> None:
    for text in (
        reporters()["text"]([hostile_report(attack)] * 2),
        renderers("comparison")["text"](hostile_comparison(attack), Style()),
    ):
        assert not CONTROL.search(text)
        unbroken = [line for line in text.splitlines() if len(line) > 80]
        assert all(len(line) < 2000 for line in unbroken), "only the name to copy is not broken"


@ATTACK
def test_csv(attack: str) -> None:
    for text in (
        reporters()["csv"]([hostile_report(attack)]),
        renderers("comparison")["csv"](hostile_comparison(attack), Style()),
    ):
        assert not CONTROL.search(text)
        rows = list(csv.reader(StringIO(text)))
        assert len({len(row) for row in rows}) == 1
        for cell in (cell for row in rows for cell in row):
            assert not cell.startswith(("=", "+", "@", "-")) or float(cell) is not None


@ATTACK
def test_markdown(attack: str) -> None:
    for text in (
        reporters()["markdown"]([hostile_report(attack)]),
        renderers("comparison")["markdown"](hostile_comparison(attack), Style()),
        bundle(hostile_run(attack))["text/markdown"],
    ):
        assert not CONTROL.search(text)
        page = Tags(MarkdownIt("gfm-like", {"html": True, "linkify": False}).render(text))
        assert page.tags <= {
            "code", "details", "h3", "li", "p", "pre", "strong", "summary", "table", "tbody", "td", "th",
            "thead", "tr", "ul", "blockquote",
        }  # fmt: skip
        assert page.comments == 0
        assert not re.search(r"@\w|#\d|\bGH-\d|https?://|www\.\w", page.prose)
        assert len(text) < 60_000, "a comment on a pull request holds 65,536 characters"


@ATTACK
def test_tables_of_markdown_keep_their_columns(attack: str) -> None:
    lines = reporters()["markdown"]([hostile_report(attack)]).splitlines()
    for first, line in enumerate(lines):
        if line.startswith("| ---"):
            columns = _cells(line)
            assert _cells(lines[first - 1]) == columns
            for row in lines[first + 1 :]:
                if not row.startswith("|"):
                    break
                assert _cells(row) == columns


def _cells(line: str) -> int:
    return len(re.findall(r"(?<!\\)\|", line)) - 1


@ATTACK
def test_sarif(attack: str) -> None:
    text = reporters()["sarif"]([hostile_report(attack)])
    assert not CONTROL.search(text)
    log = json.loads(text)
    for result in log["runs"][0]["results"]:
        message = result["message"]["text"].replace("\\\\", "")
        assert not re.search(r"(?<!\\)[\[\]]", message), "brackets would be a link"
        uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        assert re.fullmatch(r"[A-Za-z0-9._~/%:-]+", uri)
        assert not uri.startswith("/")


@ATTACK
def test_github(attack: str) -> None:
    report = hostile_report(attack)
    text = reporters()["github"]([report])
    assert not CONTROL.search(text)
    lines = text.splitlines()
    assert len(lines) == 1 + len(report.with_status("crashed", "problem", "warning"))
    for line in lines:
        found = re.fullmatch(r"::(?:error|warning|notice) ((?:file=[^:,]*,)?title=[^:,]*)::(.*)", line)
        assert found
        assert not re.search(r"%(?!25|0A|0D|3A|2C)", line)


@ATTACK
def test_junit(attack: str) -> None:
    text = reporters()["junit"]([hostile_report(attack)])
    assert not CONTROL.search(text)
    root = ET.fromstring(text)  # noqa: S314 - the XML is our own
    assert {element.tag for element in root.iter()} <= {
        "testsuites", "testsuite", "testcase", "properties", "property", "failure", "error", "skipped",
        "system-out",
    }  # fmt: skip


@ATTACK
def test_json(attack: str) -> None:
    text = reporters()["json"]([hostile_report(attack)])
    assert not re.search(r"[\x00-\x09\x0b-\x1f\ud800-\udfff]", text)
    assert json.loads(text)["run"]["kind"] == "sft"


@ATTACK
def test_notebook(attack: str) -> None:
    for value in (hostile_report(attack), hostile_comparison(attack), hostile_run(attack)):
        html = bundle(value)["text/html"]
        assert not CONTROL.search(html)
        found = Tags(html)
        assert found.tags <= ALLOWED_TAGS
        assert found.attributes <= ALLOWED_ATTRIBUTES
        assert found.comments == 0
        assert not any(
            "url(" in value or "javascript" in value for value in found.values if attack[:9] not in value
        )
        assert len(html) < 120_000


def test_pictures() -> None:
    svg = ET.fromstring(plot(hostile_report()))  # noqa: S314 - the XML is our own
    assert not [
        element.tag
        for element in svg.iter()
        if element.tag.rpartition("}")[2] in ("script", "foreignObject", "a")
    ]
