"""Reward hacking on the page: named, and both curves drawn."""

from __future__ import annotations

from gallery import exhibits
from playwright.sync_api import expect

import curvewise
from curvewise.reports.html import html

from .conftest import Open


def test_a_hacked_run_is_named_and_both_curves_are_drawn(open_page: Open) -> None:
    page = open_page(html([curvewise.analyze(exhibits()["reward_hacking"].make())]))
    figure = page.locator("[data-figure=score]")
    assert "Reward hacking: from step 60 to step 120" in page.locator("body").inner_text()
    assert "Proxy against truth" in figure.inner_text()
    assert figure.locator(".swatch").count() == 2
    expect(figure.locator(".plot .line")).to_have_count(2)
