from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from curvewise.drawing import all_exhibits

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def build() -> ModuleType:
    specification = importlib.util.spec_from_file_location("build_site", ROOT / "scripts" / "build_site.py")
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("page", "text", "expected"),
    [
        ("docs/start.md", "[r](read-a-report.md#the-notes)", "[r](read-a-report.md#the-notes)"),
        ("docs/checks/README.md", "[m](../metrics.md)", "[m](../metrics.md)"),
        ("docs/report-json.md", "[s](../schema/report-2.json)", "[s](schema/report-2.json)"),
        ("CONTRIBUTING.md", "[d](docs/decisions/README.md)", "[d](decisions/README.md)"),
        ("examples/README.md", "by [train/](train/) and [`x`](make.py)", "by `train/` and `x`"),
        ("docs/ci.md", "[a](https://example.org) [b](#below)", "[a](https://example.org) [b](#below)"),
    ],
)
def test_links_lead_to_where_pages_stand_in_the_site(
    build: ModuleType, page: str, text: str, expected: str
) -> None:
    assert build.adapted(ROOT / page, text) == expected


def test_the_navigation_leads_to_every_page_that_only_the_site_has(build: ModuleType) -> None:
    navigation = (ROOT / "zensical.toml").read_text()
    made = {name.removeprefix("docs/") for name, _ in build.reference()}
    for page in made:
        assert not (page.endswith("README.md") or "/" not in page) or f'"{page}"' in navigation


def test_a_page_opens_with_a_sentence_and_a_picture(build: ModuleType) -> None:
    pages = dict(build.reference())
    for name in ("docs/diagnoses/overfit.md", "docs/checks/reward_gap.md"):
        order = ["\n# ", "<figure", "<svg", "<figcaption>", "## Why", "## What to do", "<details"]
        places = [pages[name].index(part) for part in order]
        assert places == sorted(places)
    assert "| high |" in pages["docs/diagnoses/overfit.md"]
    drawn = all_exhibits()
    pictured = [f"docs/diagnoses/{name}.md" for name in drawn.diagnoses]
    pictured += [f"docs/checks/{name}.md" for name in drawn.checks]
    assert len(pictured) > 60
    assert [name for name in pictured if "<svg" not in pages[name]] == []


@pytest.mark.parametrize(
    ("page", "fault"),
    [
        ('<a href="other.html#there">', None),
        ('<a href="https://example.org">', None),
        ('<a href="#top"><p id="top">', None),
        ('<a href="nowhere.html">', "index.html: nothing is at nowhere.html"),
        ('<a href="other.html#here">', "index.html: no anchor other.html#here"),
        ('<script src="https://example.org/a.js">', "index.html: fetches https://example.org/a.js"),
        ('<link rel="stylesheet" href="//example.org/a.css">', "index.html: fetches //example.org/a.css"),
        ('<img src="gone.png">', "index.html: nothing is at gone.png"),
    ],
)
def test_dead_links_and_what_would_be_fetched_are_found(
    build: ModuleType, tmp_path: Path, page: str, fault: str | None
) -> None:
    (tmp_path / "index.html").write_text(page)
    (tmp_path / "other.html").write_text('<p id="there">')
    assert list(build.faults(tmp_path)) == ([] if fault is None else [fault])
