from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from curvewise.model.report import Report
from curvewise.reports.html import html

from .conftest import EXAMPLES, NARROW, WIDE, Open, Theme, serious_violations


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [WIDE, NARROW])
@pytest.mark.parametrize("name", EXAMPLES)
def test_opens_from_disk_without_sideways_scrolling(
    name: str, width: int, theme: Theme, reports: dict[str, Report], open_page: Open, pictures: Path | None
) -> None:
    page = open_page(html([reports[name]]), width=width, theme=theme)
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.locator("h1").inner_text() == reports[name].diagnosis.summary
    assert page.locator("figure.chart").count() >= len(reports[name].figures)
    if pictures:
        page.screenshot(path=pictures / f"{name}-{width}-{theme}.png", full_page=True)


@pytest.mark.parametrize(
    ("name", "theme", "width"),
    [
        ("azure-sft-overfit", "light", WIDE),
        ("azure-sft-overfit", "dark", NARROW),
        ("azure-rft-hacked", "dark", WIDE),
    ],
)
def test_axe_finds_nothing_serious(
    name: str, theme: Theme, width: int, reports: dict[str, Report], open_page: Open
) -> None:
    page = open_page(html([reports[name]]), theme=theme, width=width)
    page.evaluate("document.querySelectorAll('details').forEach(details => details.open = true)")
    assert serious_violations(page) == []


def test_every_part_of_the_report_is_there(reports: dict[str, Report], open_page: Open) -> None:
    report = reports["azure-sft-overfit"]
    page = open_page(html([report]))
    text = page.locator("main").inner_text()
    assert report.selection.best is not None
    assert report.selection.best.model
    assert report.selection.best.model in text
    assert report.diagnosis.use is not None
    assert report.diagnosis.use.why in text
    assert all(note.text in text for note in report.notes)
    for finding in report.findings:
        shown = page.locator(f"#finding-{finding.check}").text_content() or ""
        assert (finding.reason or finding.summary).replace("`", "") in shown
        assert finding.advice.replace("`", "") in shown
        assert all(evidence.label in shown for evidence in finding.evidence)
        if finding.status != "not_applicable":
            assert report.about[finding.check].title in shown
    assert page.locator("section[aria-labelledby=checkpoints] tbody tr").count() == len(
        report.selection.table
    )
    thresholds = page.locator(".profile tbody tr").count()
    assert thresholds == sum(len(values) for values in report.profile.values())
    assert f"curvewise {report.version}, schema {report.schema_version}" in text


def test_the_four_bands_have_colours_and_names(overfit: str, open_page: Open) -> None:
    page = open_page(overfit)
    page.locator("[data-figure=ratio] .resize").click()
    expect(page.locator("[data-figure=ratio] .band-names text")).to_have_count(4)
    bands = page.locator("[data-figure=ratio] .bands")
    colours = bands.locator(".band").evaluate_all("bands => bands.map(band => getComputedStyle(band).fill)")
    assert len(set(colours)) == 4


def test_lines_differ_in_more_than_colour(overfit: str, open_page: Open) -> None:
    page = open_page(overfit)
    looks = page.locator("[data-figure=loss] .swatch").evaluate_all(
        "swatches => swatches.map("
        "one => [getComputedStyle(one).color, one.querySelector('.markers').getAttribute('d')])"
    )
    valid, train = looks[0], looks[2]
    assert train[0] != valid[0]
    assert train[1] != valid[1]
    page.locator("[data-figure=ratio] .resize").click()
    ratio = page.locator("[data-figure=ratio] .swatch .course").evaluate_all(
        "lines => lines.map(line => getComputedStyle(line).strokeDasharray)"
    )
    assert ratio[0] == "none"
    assert ratio[1] != "none"


def test_reward_against_tokens_shows_the_front(reports: dict[str, Report], open_page: Open) -> None:
    report = reports["azure-rft-healthy"]
    page = open_page(html([report]))
    shown = page.locator("[data-figure=trade-off]")
    expect(shown.locator(".mark")).to_have_count(len(report.selection.table))
    assert all(f"step {step}" in shown.inner_text() for step in report.selection.pareto)
    assert (shown.locator(".front").get_attribute("d") or "").count("L") == len(report.selection.pareto) - 1


def test_prints_in_light_colours_without_controls(overfit: str, open_page: Open) -> None:
    page = open_page(overfit, theme="dark")
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    expect(page.locator("html")).to_have_css("background-color", "rgb(255, 255, 255)")
    expect(page.locator("h1")).to_have_css("color", "rgb(29, 31, 35)")
    expect(page.locator(".toolbar")).to_be_hidden()
    expect(page.locator(".copy").first).to_be_hidden()
    expect(page.locator("#finding-divergence")).to_be_visible()
    assert page.pdf().startswith(b"%PDF")
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    expect(page.locator("#finding-divergence")).to_be_hidden()
