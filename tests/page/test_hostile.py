"""Names, metrics and messages are foreign text: whatever they hold, the page only shows it."""

from __future__ import annotations

import json
import re

import msgspec
import numpy as np
import pytest
from playwright.sync_api import expect

import curvewise
from curvewise.model.finding import Evidence, Finding
from curvewise.model.report import Report
from curvewise.model.run import Checkpoint, Note, Run
from curvewise.reports.html import html, page

from .conftest import NARROW, WIDE, Open

NASTY = (
    "</script><script>window.owned=1;alert(1)</script><!--<script>",
    "\"'><img src=x onerror=alert(1)><svg/onload=alert(1)>",
    "\x1b[2J\x1b[31mred\x07\x00",
    "\u202egnp.exe\u202c\u200b\ufeff\u2028\u2029",
    '=HYPERLINK("http://x",1)',
    "javascript:alert(1) {{7*7}} ${7*7} &amp; &lt;b&gt;",
    "\ud800 lone",
    "W" * 10_000,
)


def hostile(nasty: str) -> Report:
    steps = np.arange(1, 41)
    run = Run.from_series(
        {
            "train_loss": (steps, 2 / steps),
            "full_valid_loss": (steps[9::10], np.array([1.0, 0.8, 0.9, 1.4])),
            f"valid_grader_reward/{nasty}": (steps, steps / 40),
            f"train_grader_reward/{nasty}": (steps, steps / 50),
        }
    )
    run = msgspec.structs.replace(
        run,
        name=nasty,
        source=nasty,
        status=nasty,
        base_model=nasty,
        hyperparameters={nasty: nasty},
        checkpoints=(Checkpoint(step=20, model=nasty), Checkpoint(step=40, model=nasty)),
        notes=(Note("nasty", nasty),),
    )
    report = curvewise.analyze(run, points=html.points)
    evidence = Evidence(label=nasty, value=1.0, metric=nasty, first_step=1, last_step=40)
    finding = Finding.problem(nasty, evidence, advice=nasty).of("overfitting")
    others = tuple(one for one in report.findings if one.check != "overfitting")
    return msgspec.structs.replace(report, findings=(finding, *others), headline=nasty)


@pytest.mark.parametrize("width", [WIDE, NARROW])
@pytest.mark.parametrize("nasty", NASTY, ids=range(len(NASTY)))
def test_foreign_text_does_nothing(nasty: str, width: int, open_page: Open) -> None:
    opened = open_page(html([hostile(nasty)]), width=width)
    assert opened.evaluate("window.owned") is None
    assert opened.locator("img, script:not(#data):not([src]) ~ script, iframe, object").count() == 0
    assert opened.evaluate("document.documentElement.scrollWidth") == width
    assert opened.locator("figure.chart").count() >= 2
    assert opened.locator(".row").count() >= 1
    shown = opened.locator("body").inner_text()
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202f\ufeff]", shown)
    assert len(shown) < 60_000


@pytest.mark.parametrize("nasty", NASTY, ids=range(len(NASTY)))
def test_embedded_data_cannot_end_its_element(nasty: str) -> None:
    made = html([hostile(nasty)])
    data = made.partition('id="data">')[2].partition("</script>")[0]
    assert not set(data) & set("<>&\u2028\u2029")
    assert (
        json.loads(data)["headline"] == hostile(nasty).headline.encode("utf-8", "backslashreplace").decode()
    )
    assert made.count("<script") == 2
    assert made.count("<title>") == 1


def test_data_that_is_no_report_is_refused_with_a_reason(open_page: Open) -> None:
    opened = open_page(page('{"schema_version": 99, "findings": []}', "later"))
    assert "schema version 99" in opened.locator("main").inner_text()


def test_numbers_that_are_not_finite_and_huge_ones(open_page: Open) -> None:
    steps = np.arange(200)
    values = np.where(steps % 50 == 7, np.nan, np.where(steps == 60, np.inf, 1.0 + steps % 3))
    values[[100, 120]] = 1e30, -1e308
    run = Run.from_series({"train_loss": (steps, values), "full_valid_loss": (steps[::20], values[::20])})
    opened = open_page(html([curvewise.analyze(run)]))
    loss = opened.locator("[data-figure=loss]")
    notes = loss.locator(".chart-notes")
    expect(notes).to_contain_text("above")
    expect(loss.locator(".train .outside")).to_have_attribute("d", re.compile("."))
    loss.get_by_role("button", name="Show all").click()
    expect(notes).not_to_contain_text("above")
    loss.get_by_role("button", name="Fit to most points").click()
    loss.locator(".switch").click()
    expect(notes).to_contain_text("not on a log scale")


@pytest.mark.parametrize(
    "series",
    [
        {},
        {"train_loss": ([], [])},
        {"train_loss": ([5], [1.0])},
        {"train_loss": ([1, 2], [np.nan, np.nan])},
        {"train_loss": ([0, 10**9], [0.0, 0.0])},
        {"train_loss": ([1, 2, 3], [1e-300, 0.0, -1e-300])},
    ],
    ids=["nothing", "no point", "one point", "NaN", "far apart", "tiny"],
)
def test_runs_with_next_to_nothing(series: dict[str, tuple[list[int], list[float]]], open_page: Open) -> None:
    opened = open_page(html([curvewise.analyze(Run.from_series(series))]))
    assert opened.locator("h1").inner_text()
    for button in opened.locator(".switch").all():
        button.click()
    for plot in opened.locator(".plot[role=slider]").all():
        plot.press("End")
        plot.press("+")
        plot.press("ArrowLeft")
