"""The page of `curvewise serve` in a browser."""

from __future__ import annotations

import threading
import time
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
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


PRY = """async (address) => {
    const told = await Promise.allSettled([
        fetch(address).then((answer) => answer.text()),
        fetch(address, { mode: "no-cors" }).then((answer) => answer.text()).then((text) => {
            if (text) return text;
            throw 0;
        }),
        new Promise((tell, refuse) => {
            const stream = new EventSource(address + "events");
            stream.onmessage = tell;
            stream.onerror = refuse;
        }),
        new Promise((tell, refuse) => {
            const script = document.createElement("script");
            script.onload = tell;
            script.onerror = refuse;
            script.src = address + "page.js";
            document.head.append(script);
        }),
        new Promise((tell) => {
            const frame = document.createElement("iframe");
            frame.onload = () => tell(frame.contentDocument);
            frame.src = address;
            document.body.append(frame);
        }).then((held) => { if (held) return held; throw 0; }),
    ]);
    return told.map((each) => each.status);
}"""
"""What a page of another origin that knows the whole address can try: none of it may be told anything."""


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_page_of_another_origin_is_told_nothing(browser: Browser, tmp_path: Path, host: str) -> None:
    log(tmp_path / "runs", "train.log", range(1, 60))
    (tmp_path / "evil").mkdir()
    (tmp_path / "evil" / "index.html").write_text("<!doctype html><title>evil</title>")
    handler = partial(SimpleHTTPRequestHandler, directory=str(tmp_path / "evil"))
    with serving(tmp_path / "runs") as (address, _), ThreadingHTTPServer(("127.0.0.1", 0), handler) as other:
        threading.Thread(target=other.serve_forever, daemon=True).start()
        page = browser.new_context().new_page()
        page.goto(f"http://{host}:{other.server_port}/")
        assert page.evaluate(PRY, address) == ["rejected"] * 5
        assert "59 steps" not in "".join(frame.content() for frame in page.frames)
        other.shutdown()


def test_a_wrong_token_says_what_to_open(browser: Browser, tmp_path: Path) -> None:
    log(tmp_path, "train.log", range(1, 60))
    with serving(tmp_path) as (address, _):
        page = browser.new_context().new_page()
        answer = page.goto(address[:-3] + "x/")
        assert answer is not None and answer.status == 403
        expect(page.locator("body")).to_contain_text("open the address that `curvewise serve` printed")


def test_a_hostile_name_is_text(browser: Browser, tmp_path: Path) -> None:
    name = "<img src=x onerror=alert(1)>"
    log(tmp_path, f"{name}/train.log", range(1, 60))
    log(tmp_path, "b/train.log", range(1, 70), turn=10_000)
    with serving(tmp_path) as (address, _):
        page, wrong = opened(browser, address)
        expect(page.locator("#runs").get_by_text(name)).to_be_visible()
        assert page.locator("#runs img").count() == 0
        assert wrong == []
