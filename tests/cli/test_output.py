"""Formats that a result can take, and those that are refused before anything is read."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from curvewise.plugin import reporters, views

from .conftest import Program, result_csv

SCORES = {"a <b>": {"scores": [1] * 55 + [0] * 5}, "base": {"scores": [0] * 30 + [1] * 30}}


@pytest.mark.parametrize("result", views())
def test_every_view_has_text_json_markdown_csv_and_html(result: str) -> None:
    further = {name for name, found in reporters().items() if result in found.renders}
    assert {"text", "json", "markdown", "csv", "html"} <= {*views()[result].formats, *further}


@pytest.mark.parametrize(
    ("command", "output", "said"),
    [
        ("check", "x.pdf", "tells no format; expected one of .csv, "),
        ("check", "x.log", "tells no format"),
        ("compare", "x.junit", "tells no format"),
        ("compare", "x.xml", "a comparison cannot be written as junit"),
        ("report", "x.pdf", "tells no format"),
        ("pick", "x.html", "a choice cannot be written as html"),
        (
            "decide",
            "x.pdf",
            "tells no format; expected one of .csv, .htm, .html, .json, .markdown, .md",
        ),
        ("decide", "x.sarif", "a decision cannot be written as sarif"),
        ("decide", "github:x", "choose text, json, markdown, csv or html"),
        ("candidates", "x.pdf", "tells no format"),
        ("forecast", "x.xml", "a forecast cannot be written as junit"),
        ("deployments", "x.sarif", "deployments cannot be written as sarif"),
    ],
)
def test_a_format_that_a_result_cannot_take_is_refused_before_anything_is_read(
    curvewise: Program, tmp_path: Path, command: str, output: str, said: str
) -> None:
    paths = () if command == "deployments" else ("nothing-is-here",)
    done = curvewise(command, *paths, "-o", output)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert "no such file" not in done.stderr
    assert not (tmp_path / output.rpartition(":")[2]).exists()


class Page(HTMLParser):
    """The tags and the text of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        del attrs
        self.tags.append(tag)


def test_a_decision_is_written_as_the_page_that_is_drawn(curvewise: Program, tmp_path: Path) -> None:
    scores = tmp_path / "scores.json"
    scores.write_text(json.dumps(SCORES))
    done = curvewise("decide", scores, "-o", "x.html")
    assert done.stderr == "wrote x.html\n"
    assert '"standings":[' in (tmp_path / "x.html").read_text()


@pytest.mark.parametrize("command", ["candidates", "forecast"])
def test_a_page_has_a_title_a_table_and_no_script(
    curvewise: Program, results: Path, tmp_path: Path, command: str
) -> None:
    results.write_text(result_csv(full=tuple(0.3 + 0.5**step for step in range(12))))
    done = curvewise(command, results, "-o", "x.html")
    assert done.stderr == "wrote x.html\n"
    made = (tmp_path / "x.html").read_text()
    page = Page(made)
    assert made.startswith("<!DOCTYPE html>")
    assert {"html", "title", "h1", "table"} <= set(page.tags)
    assert not {"script", "b"} & set(page.tags)
    assert not re.search(r"https?://", made)


def test_one_run_is_judged_once_for_all_its_outputs(curvewise: Program, results: Path) -> None:
    curvewise("check", results, "-o", "alone.json")
    curvewise("check", results, "-o", "both.json", "-o", "both.html")
    assert (results.parent / "both.json").read_text() == (results.parent / "alone.json").read_text()
