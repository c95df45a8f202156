"""The built page: fresh, small, closed, and able to show old reports."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace
from playwright.sync_api import expect

import curvewise
from curvewise.model.report import Report
from curvewise.model.run import Run
from curvewise.reports.html import PAGE, html
from curvewise.views._fleet_page import PAGE as FLEET

from .conftest import ROOT, Open


@pytest.mark.parametrize("page", [PAGE, FLEET])
def test_the_shipped_page_is_built_from_its_source(page: Path) -> None:
    done = subprocess.run(
        [sys.executable, "scripts/page_hash.py"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert f'content="{done.stdout.strip()}"' in page.read_text(encoding="utf-8"), "run `make page`"


@pytest.mark.parametrize("page", [PAGE, FLEET])
def test_the_policy_allows_this_script_and_this_style_and_nothing_else(page: Path) -> None:
    built = page.read_text(encoding="utf-8")
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', built)
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    for rule, element in (("script-src", "script"), ("style-src", "style")):
        (content,) = re.findall(rf"<{element}>(.*?)</{element}>", built, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert rules[rule] == f"'sha256-{digest}'"
    assert "innerHTML" not in built
    assert not re.search(r"\beval\(|new Function|https?://(?!www\.w3\.org/2000/svg)", built)


def test_the_lock_file_names_no_registry() -> None:
    locked = json.loads((ROOT / "web" / "package-lock.json").read_text(encoding="utf-8"))
    assert not [name for name, package in locked["packages"].items() if "resolved" in package]


def test_the_page_is_small(reports: dict[str, Report]) -> None:
    assert PAGE.stat().st_size <= 150_000
    for report in reports.values():
        assert len(html([report]).encode()) <= 400_000


def test_a_million_points_stay_small_and_keep_their_peak(open_page: Open) -> None:
    n = 1_000_000
    steps = np.arange(n)
    values = 2 * np.exp(-steps / 2e5) + 0.5 + np.random.default_rng(0).normal(0, 0.05, n)
    values[700_001] = 9.0
    run = Run.from_series(
        {"train_loss": (steps, values), "full_valid_loss": (steps[::10_000], values[::10_000])}
    )
    made = html([curvewise.analyze(run, points=html.points)])
    assert len(made.encode()) <= 3_000_000
    page = open_page(made)
    loss = page.locator("[data-figure=loss]")
    expect(loss.locator(".chart-notes")).to_contain_text("above")
    loss.get_by_role("button", name="Show all").click()
    expect(loss.locator(".chart-notes")).not_to_contain_text("above")
    assert page.evaluate("document.querySelector('.plot .train .course').getAttribute('d').length") < 60_000


def test_a_long_table_is_shortened_around_the_choice_and_says_so(reports: dict[str, Report]) -> None:
    report = reports["hf-sft"]
    (best,) = (row for row in report.selection.table if row.step == 180)
    rows = tuple(replace(best, step=step) for step in range(20_000))
    long = replace(report, selection=replace(report.selection, table=rows))
    made = html([long])
    data = json.loads(made.partition('id="data">')[2].partition("</script>")[0])
    steps = [row["step"] for row in data["selection"]["table"]]
    assert {0, 180, 216, 19_999} <= set(steps)
    assert len(steps) <= 502
    assert "shows 502 of 20,000" in data["notes"][-1]["text"]


def test_a_report_of_before_there_were_figures_is_drawn(reports: dict[str, Report], open_page: Open) -> None:
    old = replace(reports["hf-sft"], figures=(), about={})
    page = open_page(html([old]))
    expect(page.locator("[data-figure=loss] .plot .line")).to_have_count(2)
