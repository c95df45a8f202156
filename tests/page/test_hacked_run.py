"""Reward hacking on the page: named, and both curves drawn."""

from __future__ import annotations

from gallery.proxies import reward_hacking

import curvewise
from curvewise.reports.html import html

from .conftest import Open, drawn


def test_a_hacked_run_is_named_and_both_curves_are_drawn(open_page: Open) -> None:
    page = open_page(html([curvewise.analyze(reward_hacking.make())]))
    drawn(page)
    figure = page.locator("[data-figure=score]")
    assert "Reward hacking: from step 60 to step 120" in page.locator("body").inner_text()
    assert "Proxy against truth" in figure.inner_text()
    assert figure.locator(".swatch").count() == 2
    assert figure.locator(".plot .line").count() == 2
