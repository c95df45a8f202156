from __future__ import annotations

from urllib.parse import unquote

from msgspec.structs import replace

from curvewise.model.report import Report
from curvewise.reports.github import github

from .conftest import make_report


def test_levels_and_a_notice_with_the_choice(report: Report) -> None:
    lines = github([report]).splitlines()
    assert [line.split(" ")[0] for line in lines] == ["::error", "::error", "::warning", "::notice"]
    assert lines[1].startswith("::error file=results.csv,title=curvewise%3A overfitting::")
    assert "gpt.ft-1:ckpt-step-200" in lines[3]
    assert "Could not be judged: exploding gradient." in lines[3]


def test_the_runner_reads_back_what_was_meant() -> None:
    summary = "50 % of :: it, rose: 100%25"
    line = github([make_report(summary=summary)]).splitlines()[1]
    assert unquote(line.partition("::")[2].partition("::")[2]).startswith(summary)


def test_a_run_that_is_no_file_names_none(report: Report) -> None:
    for source in ("-", "openai://ftjob-1", "ftjob-1"):
        text = github([replace(report, run=replace(report.run, source=source))])
        assert "file=" not in text
