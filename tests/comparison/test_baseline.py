from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

import curvewise as cw
from curvewise.comparison.baseline import Baseline
from curvewise.model.report import Report

STEPS = [100, 200, 300, 400, 500, 600]
FALLING = [1.5, 1.2, 1.0, 0.9, 0.85, 0.83]
RISING = [1.5, 1.0, 0.9, 1.2, 1.6, 2.0]


def judged(validation: list[float], source: str = "outputs/a", **facts: object) -> Report:
    metrics = {"full_valid_loss": (STEPS, validation), "train_loss": (STEPS, FALLING)}
    run = replace(cw.Run.from_series(metrics), source=source, **facts)
    return cw.analyze(run)


@pytest.mark.parametrize(
    ("before", "now", "new"),
    [
        (judged(FALLING), judged(FALLING), False),
        (judged(FALLING), judged(RISING), True),
        (judged(RISING), judged(RISING), False),
        (judged(RISING), judged(FALLING), False),
        (judged(RISING), judged(RISING, source="./outputs//a"), False),
        (judged(RISING), judged(RISING, source="outputs/b"), True),
        (judged(RISING, id="job-1"), judged(RISING, source="moved", id="job-1"), False),
    ],
)
def test_what_was_there_before_is_not_new(before: Report, now: Report, new: bool) -> None:
    news = Baseline([judged(FALLING, source="another"), before]).news(now)
    assert ("overfit" in [each.name for each in news.diagnoses]) is new
    assert ("overfitting" in [each.check for each in news.findings]) is new


def test_a_finding_that_became_worse_is_new() -> None:
    slightly = judged([1.5, 1.0, 0.9, 0.95, 1.0, 1.05])
    before = {finding.check: finding.status for finding in slightly.findings}
    news = Baseline([slightly]).news(judged(RISING))
    assert news.findings
    assert all(before.get(each.check) != each.status for each in news.findings)


def test_a_baseline_that_is_no_report_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "last.json").write_text("[1]")
    with pytest.raises(cw.InputError) as caught:
        Baseline.read(str(tmp_path / "last.json"))
    assert "last.json" in str(caught.value) and caught.value.hint
