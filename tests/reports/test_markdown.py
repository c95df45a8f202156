from __future__ import annotations

from markdown_it import MarkdownIt
from msgspec.structs import replace

from curvewise.model.report import Report
from curvewise.plugin import Style
from curvewise.reports.markdown import markdown

from .conftest import make_report


def test_the_headline_and_the_choice_come_first(report: Report) -> None:
    lines = markdown([report]).splitlines()
    assert lines[0] == "### results.csv"
    assert lines[2] == f"**{report.diagnosis.summary}** (problem, certainty moderate)"
    assert "gpt.ft-1:ckpt-step-200" in lines[:16]


def test_details_are_folded(report: Report) -> None:
    shown, _, folded = markdown([report]).partition("<details>")
    assert "overfitting" in shown
    assert "non_finite_values" in folded
    assert "rise since the best 0.146" in folded
    assert "base64" in folded


def test_the_selection_alone(report: Report) -> None:
    text = markdown([report], Style(part="selection"))
    assert "| 200 |" in text
    assert "overfitting" not in text


def test_what_stands_between_backticks_is_code(report: Report) -> None:
    finding = replace(report.findings[2], advice="Raise `batch_size`, or <b>`</b>.")
    text = markdown([replace(report, findings=(finding,))])
    assert "Raise `batch_size`, or &lt;b&gt;\\`&lt;/b&gt;." in text


def test_several_reports_follow_each_other(report: Report) -> None:
    html = MarkdownIt("gfm-like", {"linkify": False, "html": True}).render(
        markdown([report, make_report(name="other.csv")])
    )
    assert html.count("<h3>") == 2
    assert html.count("<details>") == html.count("</details>") == 2
    assert html.count("<table>") == 4


def test_a_long_checkpoint_table_is_cut_and_says_so(report: Report) -> None:
    row = report.selection.table[0]
    table = tuple(replace(row, step=step) for step in range(1, 1001))
    text = markdown([replace(report, selection=replace(report.selection, table=table))])
    assert "more rows" in text
    assert len(text) < 8_000
