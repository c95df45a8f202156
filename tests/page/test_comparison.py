from __future__ import annotations

import json
import re

import pytest
from msgspec.structs import replace
from playwright.sync_api import expect

from curvewise import compare
from curvewise.model.codec import encode, encode_reports
from curvewise.model.comparison import Comparison
from curvewise.model.report import Report
from curvewise.plugin import Style
from curvewise.reports.html import html, page

from .conftest import NARROW, WIDE, Open, Theme, serious_violations

NAMES = ("azure-sft-healthy", "azure-sft-overfit", "hf-sft")


@pytest.fixture(scope="session")
def comparison(reports: dict[str, Report]) -> Comparison:
    return compare([reports[name] for name in NAMES])


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_shows_the_outcome_the_table_and_the_curves(
    width: int, theme: Theme, comparison: Comparison, open_page: Open
) -> None:
    opened = open_page(html.renders["comparison"](comparison, Style()), width=width, theme=theme)
    assert opened.evaluate("document.documentElement.scrollWidth") == width
    assert opened.locator("h1").inner_text() == comparison.headline
    table = opened.locator("section[aria-labelledby=runs]")
    assert [name.strip() for name in table.locator("tbody th b").all_inner_texts()] == [
        run.name for run in comparison.runs
    ]
    assert comparison.winner is not None
    assert table.locator("tr.chosen").count() == 1
    loss = opened.locator("[data-figure=full_valid_loss]")
    expect(loss.locator(".plot .line")).to_have_count(len(NAMES))
    expect(loss.locator(".plot .own-best")).to_have_count(len(NAMES))
    each = opened.locator(".runs li").all_inner_texts()
    assert all(run.headline in text for run, text in zip(comparison.runs, each, strict=True))
    settings = opened.locator("section[aria-labelledby=differences]")
    assert settings.locator("thead th").count() == 1 + len(comparison.differences)
    assert all(note.text in opened.locator("main").inner_text() for note in comparison.notes)
    assert width == NARROW or serious_violations(opened) == []


def test_a_hundred_runs_open_with_the_winner_and_are_not_cut(comparison: Comparison, open_page: Open) -> None:
    base = comparison.runs[0]
    model = f"ft:{'long-name-' * 12}:ckpt"
    runs = [replace(base, name=f"run-{i}", source=f"runs/{i}", best_model=f"{model}-{i}") for i in range(100)]
    differences = [replace(each, values=tuple(map(str, range(100)))) for each in comparison.differences]
    many = replace(comparison, runs=tuple(runs), winner=3, tied=(), differences=tuple(differences))
    opened = open_page(html.renders["comparison"](many, Style()))
    assert opened.evaluate("document.documentElement.scrollWidth") == WIDE
    tables = opened.locator(".scroll").evaluate_all(
        "all => all.map(one => one.scrollWidth - one.clientWidth)"
    )
    assert max(tables) <= 0
    assert opened.locator(".main .plot").evaluate("one => one.getBoundingClientRect().bottom") <= 800
    assert opened.locator(".use code").inner_text() == f"{model}-3"
    rows = opened.locator("section[aria-labelledby=runs] tbody tr")
    assert rows.count() <= 20
    expect(rows.filter(has_text="winner")).to_have_count(1)
    opened.locator("section[aria-labelledby=runs]").get_by_role("button", name="Show all 100").click()
    expect(rows).to_have_count(100)


def test_curves_over_each_other_by_epoch(comparison: Comparison, open_page: Open) -> None:
    opened = open_page(html.renders["comparison"](comparison, Style()))
    opened.locator(".segments").get_by_role("button", name="epoch").click()
    plot = opened.locator("[data-figure=full_valid_loss] .plot")
    plot.press("End")
    expect(plot).to_have_attribute("aria-valuetext", re.compile("epoch 6"))


def test_runs_of_a_comparison_can_be_opened_when_their_reports_are_there(
    comparison: Comparison, reports: dict[str, Report], open_page: Open
) -> None:
    own = [next(one for one in reports.values() if one.run.name == run.name) for run in comparison.runs]
    data = {"comparison": json.loads(encode(comparison)), "reports": json.loads(encode_reports(own))}
    opened = open_page(page(json.dumps(data), "both"))
    assert opened.locator("h1").inner_text() == comparison.headline
    opened.locator("section[aria-labelledby=runs]").get_by_role("button", name="hf-sft").click()
    expect(opened.locator("h1")).to_have_text(reports["hf-sft"].diagnosis.summary)
    opened.get_by_label("What to show").select_option(label="Comparison")
    expect(opened.locator("h1")).to_have_text(comparison.headline)
