"""What a reader sees before scrolling: the verdict, what to use, what to do, and the chart that shows it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from msgspec.structs import replace
from playwright.sync_api import Locator, expect

from curvewise.model.report import Report
from curvewise.reports.html import html

from .conftest import EXAMPLES, HEIGHTS, NARROW, WIDE, Open


def bottom(shown: Locator) -> Any:
    return shown.evaluate("one => one.getBoundingClientRect().bottom + scrollY")


@pytest.mark.parametrize("width", [WIDE, NARROW])
@pytest.mark.parametrize("name", EXAMPLES)
def test_verdict_and_main_chart_lie_within_the_first_screen(
    name: str, width: int, reports: dict[str, Report], open_page: Open
) -> None:
    page = open_page(html([reports[name]]), width=width)
    main = page.locator(".main .plot")
    assert main.locator("svg").evaluate("one => one.clientHeight") >= 200
    for shown in (page.locator("h1"), page.locator(".use"), main, page.locator(".steps li").first):
        assert bottom(shown) <= HEIGHTS[width]
    if width == WIDE:
        assert all(bottom(line) <= HEIGHTS[width] for line in page.locator(".lines").all())


def test_the_four_lines_are_those_of_the_diagnosis(reports: dict[str, Report], open_page: Open) -> None:
    report = reports["azure-rft-hacked"]
    page = open_page(html([report]))
    said = page.locator(".screen").inner_text()
    diagnosis = report.diagnosis
    assert page.locator("h1").inner_text() == diagnosis.summary
    assert f"certainty {diagnosis.certainty}" in said
    assert all(step in said for step in diagnosis.next)
    assert diagnosis.unknown in said
    assert diagnosis.use is not None
    assert f"step {diagnosis.use.step}" in said
    for name in {diagnosis.use.model, *(pick.model for pick in report.selection.candidates)} - {None}:
        copied = page.locator(".screen .copy").count()
        assert copied >= len({pick.step for pick in report.selection.candidates}), name


def test_the_onset_is_drawn_on_the_curve_and_the_harm_is_hatched(
    reports: dict[str, Report], open_page: Open
) -> None:
    report = reports["azure-sft-overfit"]
    assert report.diagnosis.since is not None
    page = open_page(html([report]))
    plot = page.locator(".main .plot")
    expect(plot.locator(".onset")).to_have_text(f"overfit from step {report.diagnosis.since.step}")
    expect(plot.locator(".choice")).to_have_text("★ step 90")
    expect(plot.locator(".harm path")).to_have_attribute("fill", "url(#hatch-harm)")


def test_a_healthy_run_has_no_harm(reports: dict[str, Report], open_page: Open) -> None:
    page = open_page(html([reports["azure-sft-healthy"]]))
    expect(page.locator(".main .choice")).to_have_count(1)
    expect(page.locator(".harm *, .onset")).to_have_count(0)


def test_what_has_another_cause_stands_with_its_own_findings(
    reports: dict[str, Report], open_page: Open
) -> None:
    report = reports["azure-sft-overfit"]
    second = replace(report.diagnosis, name="unstable", summary="Also shaky.", findings=("overfitting",))
    first = replace(report.diagnosis, findings=("generalization_gap", "rising_validation_loss"))
    page = open_page(html([replace(report, diagnosis=first, also=(second,))]))
    rows = page.locator(".findings > .row, .findings > .also").all()
    order = [row.get_attribute("id") or row.locator(".badge").inner_text() for row in rows]
    assert order[-2:] == ["Also: unstable", "finding-overfitting"]


def test_a_report_of_the_first_schema_is_told_by_its_headline(
    reports: dict[str, Report], open_page: Open
) -> None:
    report = replace(reports["azure-sft-overfit"], schema_version=1, headline="2 problems. Deploy step 90.")
    made = html([report])
    assert json.loads(made.partition('id="data">')[2].partition("</script>")[0])["schema_version"] == 1
    page = open_page(made)
    expect(page.locator("h1")).to_have_text("2 problems. Deploy step 90.")
    expect(page.locator(".use")).to_contain_text("step 90")
    expect(page.locator(".main .plot .line")).to_have_count(3)
