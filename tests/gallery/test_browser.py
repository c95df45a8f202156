from __future__ import annotations

from pathlib import Path

import pytest
from gallery import exhibits

import curvewise as cw
from curvewise.reports.html import html
from tests.page.conftest import NARROW, WIDE, Open, serious_violations

GROUPS = sorted({shown.group for shown in exhibits().values()})
ONE_OF_A_KIND = ("overfitting", "likelihood_displacement", "reward_gap", "entropy_collapse")


@pytest.mark.parametrize("group", GROUPS)
def test_the_report_of_every_exhibit_opens_from_disk(group: str, open_page: Open, tmp_path: Path) -> None:
    """No error and no request, as `open_page` holds; the finding is there, and nothing scrolls sideways."""
    page = open_page("<!doctype html><title>first</title>", width=NARROW)
    widths = (NARROW, WIDE)
    for shown in (one for one in exhibits().values() if one.group == group):
        report = cw.analyze(shown.make())
        (tmp_path / "report.html").write_text(html([report]), encoding="utf-8")
        page.reload()
        first, second = widths
        assert page.evaluate("document.documentElement.scrollWidth") == first, shown.name
        page.set_viewport_size({"width": second, "height": 844})
        assert page.evaluate("document.documentElement.scrollWidth") == second, shown.name
        widths = second, first  # the next one opens at this width
        assert page.locator("h1").inner_text() == report.diagnosis.summary
        row = page.locator(f"#finding-{shown.check}").get_attribute("class") or ""
        assert shown.status in row.split(), shown.name


@pytest.mark.parametrize("name", ONE_OF_A_KIND)
def test_axe_finds_nothing_serious(name: str, open_page: Open) -> None:
    page = open_page(html([cw.analyze(exhibits()[name].make())]), width=NARROW)
    assert serious_violations(page) == []
