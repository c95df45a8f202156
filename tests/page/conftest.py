from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Dialog, Page, expect, sync_playwright

import curvewise
from curvewise.model.report import Report
from curvewise.reports.html import html

ROOT = Path(__file__).parent.parent.parent
EXAMPLES = sorted({path.parent.name for path in (ROOT / "examples").glob("*/*.json")})
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
QUIET = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
WIDE, NARROW = 1280, 390
HEIGHTS = {WIDE: 800, NARROW: 844}
STUCK = 120_000  # milliseconds: a guard against a browser that hangs, far above what a busy machine needs
expect.set_options(timeout=STUCK)
Theme = Literal["light", "dark"]
Open = Callable[..., Page]


def find_browser() -> str | None:
    named = os.environ.get("CURVEWISE_CHROMIUM")
    return named or next((found for name in BROWSERS if (found := shutil.which(name))), None)


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """One browser for these tests; it is closed before other tests run, since it holds an event loop."""
    executable = find_browser()
    if executable is None:
        pytest.skip("no Chromium here: install one, or name it in CURVEWISE_CHROMIUM")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=executable, args=QUIET, timeout=STUCK)
        yield started
        started.close()


@pytest.fixture
def open_page(browser: Browser, tmp_path: Path) -> Iterator[Open]:
    """Open HTML from disk. At the end: no error, no dialog, and no request but for the file itself."""
    contexts = []
    wrong: list[str] = []

    def dismiss(dialog: Dialog) -> None:
        wrong.append(f"dialog {dialog.message}")
        dialog.dismiss()

    def opened(content: str, *, width: int = WIDE, theme: Theme = "light", anchor: str = "") -> Page:
        file = tmp_path / "report.html"
        file.write_text(content, encoding="utf-8")
        address = file.as_uri()

        def allowed(url: str) -> bool:
            return url.partition("#")[0] == address or url.startswith("data:")

        context = browser.new_context(
            viewport={"width": width, "height": HEIGHTS[width]},
            color_scheme=theme,
            reduced_motion="reduce",
            permissions=["clipboard-read", "clipboard-write"],
        )
        context.set_default_timeout(STUCK)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("dialog", dismiss)
        page.on("request", lambda request: None if allowed(request.url) else wrong.append(request.url))
        page.goto(address + anchor)
        if page.locator(".plot:not(.still)").count():
            expect(page.locator(".plot .line").first).to_be_attached()
        return page

    yield opened
    for context in contexts:
        context.close()
    assert wrong == []


def serious_violations(page: Page) -> list[tuple[str, list[str]]]:
    """What axe-core holds against a page, apart from what is drawn in charts, whose colours have a test."""
    found = Axe().run(page, context={"exclude": [[".plot > svg"]]}).response["violations"]
    return [
        (one["id"], [node["html"][:160] for node in one["nodes"][:3]])
        for one in found
        if one["impact"] in ("serious", "critical")
    ]


@pytest.fixture(scope="session")
def reports() -> dict[str, Report]:
    """The reports of the example runs, with as many points as the page wants."""
    return {
        name: curvewise.analyze(curvewise.load(str(ROOT / "examples" / name)), points=html.points)
        for name in EXAMPLES
    }


@pytest.fixture(scope="session")
def overfit(reports: dict[str, Report]) -> str:
    return html([reports["azure-sft-overfit"]])


@pytest.fixture
def pictures() -> Path | None:
    """Where to keep pictures of the pages, if they are wanted."""
    named = os.environ.get("CURVEWISE_SCREENSHOTS")
    if not named:
        return None
    folder = Path(named)
    folder.mkdir(parents=True, exist_ok=True)
    return folder
