from __future__ import annotations

from msgspec.structs import replace

from curvewise.drawing.markdown import MOST_BYTES
from curvewise.model.diagnosis import Use
from curvewise.model.report import Report
from curvewise.reports.brief import brief

from .conftest import make_report


def test_a_report_is_its_diagnosis_in_a_few_lines(report: Report) -> None:
    lines = brief([report]).splitlines()
    assert lines[0] == "Overfit: full validation loss rose by 15 %. (overfit, problem, certainty moderate)"
    assert lines[1].startswith("- Use: step 200 (epoch 2); saved for certain; Lowest")
    assert lines[2] == "- Model: `gpt.ft-1:ckpt-step-200`"
    assert "- Problem: overfitting" in lines
    assert lines[-1] == "- 1 check passed, 2 could not judge"


def test_several_reports_are_a_table_with_a_line_each(report: Report) -> None:
    lines = brief([report, make_report(name="other.csv")]).splitlines()
    assert len(lines) == 4
    assert lines[2].startswith("| results.csv | problem | overfit | step 200 |")
    assert lines[3].startswith("| other.csv |")


def test_it_takes_no_more_than_two_kilobytes_whatever_the_run_says(report: Report) -> None:
    hostile = "\U0001f600|`*" * 500
    use = Use(step=1, model=hostile, why=hostile)
    long = replace(report.diagnosis, summary=hostile, use=use, next=(hostile,) * 3, unknown=hostile)
    text = brief([replace(report, diagnosis=long, also=(long,) * 9)])
    assert len(text.encode()) <= MOST_BYTES
    assert text.endswith("\n")
