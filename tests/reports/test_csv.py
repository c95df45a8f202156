from __future__ import annotations

import csv as reader
from io import StringIO

from curvewise.model.report import Report
from curvewise.reports.csv import csv

from .conftest import make_report


def test_one_row_a_checkpoint_with_its_choice(report: Report) -> None:
    rows = list(reader.DictReader(StringIO(csv([report]))))
    assert [(row["step"], row["existence"], row["choice"]) for row in rows] == [
        ("100", "gone", "mid"),
        ("200", "exists", "best"),
        ("300", "gone", ""),
    ]
    assert rows[0]["ratio"] == "n/a"
    assert float(rows[1]["full_valid_loss"]) == 0.164


def test_a_spreadsheet_takes_no_foreign_text_for_a_formula() -> None:
    rows = list(reader.DictReader(StringIO(csv([make_report(name="=1+1", model="@SUM(A1)")]))))
    assert rows[1]["run"] == "'=1+1"
    assert rows[1]["model"] == "'@SUM(A1)"
