"""The page of many runs in a browser: sorted, filtered, and told row by row, and quick with many."""

from __future__ import annotations

import re
import time

from playwright.sync_api import expect

from curvewise.fleet.summary import summary
from curvewise.model.fleet import FleetRow
from curvewise.plugin import Style, views

from .conftest import Open, serious_violations

HOSTILE = "</script><img src=x onerror=alert(1)>"


def page(count: int) -> str:
    rows = [
        FleetRow(
            address=f"sweep/{number:06}.csv", kind="sft", metric="full_valid_loss", deploy=True, steps=10,
            diagnosis="overfit" if number % 10 == 3 else "healthy", severity="ok", error=0.01,
            best=1 + ((number * 7919 + 37) % count) / count, content=str(number),
            hyperparameters={"lr": 0.1, "by": HOSTILE, "wd": float(number % 3)},
            summary="All is well.", findings={"overfitting": "problem"},
        )
        for number in range(count)
    ]  # fmt: skip
    return views()["fleet"].formats["html"](summary(rows), Style())


def test_runs_are_sorted_filtered_and_told(open_page: Open) -> None:
    opened = open_page(page(100))
    rows = opened.locator("#rows .run")
    expect(opened.locator("#count")).to_have_text("100 of 100 runs")
    expect(opened.locator("[data-figure=course] .best-so-far")).to_be_attached()
    lines = opened.locator("[data-figure=parallel] .course")
    expect(lines.first).to_have_attribute("d", re.compile(r"(M.*){9}"))
    opened.get_by_role("button", name="best", exact=True).click()
    expect(rows.first).to_contain_text("sweep/000077.csv")
    opened.get_by_role("button", name="best ↑").click()
    expect(rows.first).to_contain_text("1.99")
    opened.get_by_role("searchbox").fill("overfit LR=0.1")
    expect(opened.locator("#count")).to_have_text("10 of 100 runs")
    rows.first.click()
    expect(opened.locator("#one")).to_contain_text("curvewise check sweep/0000")
    expect(opened.locator("#one")).to_contain_text("Findings: overfitting")
    assert serious_violations(opened) == []


def test_many_runs_stay_quick(open_page: Open) -> None:
    opened = open_page(page(20_000))
    assert opened.locator("#rows .run").count() < 80
    begun = time.monotonic()
    opened.get_by_role("button", name="best", exact=True).click()
    opened.get_by_role("searchbox").fill("overfit")
    expect(opened.locator("#count")).to_have_text("2,000 of 20,000 runs")
    assert time.monotonic() - begun < 30, "it takes a fraction of a second where nothing else runs"
