"""The page of `curvewise serve` in a browser."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.serve.serving import log, serving

pytest.importorskip("starlette")


def opened(browser: Browser, address: str) -> tuple[Page, list[str]]:
    page = browser.new_context().new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("dialog", lambda dialog: wrong.append(dialog.message))
    page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    page.goto(address)
    return page, wrong


def test_the_page_follows_a_run_that_grows_and_keeps_its_place(browser: Browser, tmp_path: Path) -> None:
    log(tmp_path, "a/train.log", range(1, 90))
    log(tmp_path, "b/train.log", range(1, 150), turn=10_000)
    with serving(tmp_path) as (address, _):
        page, wrong = opened(browser, address)
        rows = page.locator("#runs tbody tr")
        expect(rows).to_have_count(2)
        report = page.frame_locator("iframe:not(.next)")
        expect(report.get_by_text("89 steps").first).to_be_visible()
        began = time.monotonic()
        log(tmp_path, "a/train.log", range(90, 220))
        expect(rows.first).to_contain_text("overfit")
        expect(report.get_by_text("219 steps").first).to_be_visible()
        assert time.monotonic() - began < 30  # 2 s where the machine is not busy
        rows.nth(1).get_by_role("button").click()
        expect(report.get_by_text("149 steps").first).to_be_visible()
        assert wrong == []


def test_a_stopped_server_is_said(browser: Browser, tmp_path: Path) -> None:
    log(tmp_path, "train.log", range(1, 60))
    with serving(tmp_path) as (address, server):
        page, _ = opened(browser, address)
        report = page.frame_locator("iframe").get_by_text("59 steps").first
        expect(report).to_be_visible()
        server.kill()
        expect(page.locator("#state")).to_contain_text("does not answer")
        expect(report).to_be_visible()


def test_a_hostile_name_is_text(browser: Browser, tmp_path: Path) -> None:
    name = "<img src=x onerror=alert(1)>"
    log(tmp_path, f"{name}/train.log", range(1, 60))
    log(tmp_path, "b/train.log", range(1, 70), turn=10_000)
    with serving(tmp_path) as (address, _):
        page, wrong = opened(browser, address)
        expect(page.locator("#runs").get_by_text(name)).to_be_visible()
        assert page.locator("#runs img").count() == 0
        assert wrong == []
