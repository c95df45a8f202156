from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest
from gallery import exhibits
from gallery.__main__ import STYLE, write
from gallery._pages import TITLES

from curvewise.drawing.palette import SPLITS

SOME = ("overfitting", "non_finite_values", "reward_gap_warning", "likelihood_displacement")
OUTSIDE = re.compile(r"""(?:src|href|url)\s*[=(]\s*["']?(?:https?:)?//""")


class Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.targets: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del tag  # a link is a link
        self.targets += [value for name, value in attrs if name in ("href", "src") and value]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("gallery"), [exhibits()[name] for name in SOME]).parent


def test_the_index_leads_to_each_page(folder: Path) -> None:
    links = Links()
    links.feed((folder / "index.html").read_text(encoding="utf-8"))
    assert sorted(links.targets) == sorted(f"{name}.html" for name in SOME)


def test_links_lead_somewhere_and_nothing_is_fetched(folder: Path) -> None:
    for page in folder.glob("*.html"):
        text = page.read_text(encoding="utf-8")
        links = Links()
        links.feed(text)
        assert [target for target in links.targets if not (folder / target).is_file()] == []
        assert not OUTSIDE.search(text)


def test_terminal_pictures_are_whole_and_fetch_no_font(folder: Path) -> None:
    for picture in folder.glob("*/terminal.svg"):
        text = picture.read_text(encoding="utf-8")
        ElementTree.fromstring(text)  # noqa: S314 - our own file
        assert "@font-face" not in text
        assert not OUTSIDE.search(text)


def test_every_group_has_a_heading() -> None:
    assert {shown.group for shown in exhibits().values()} == set(TITLES)


def test_curves_have_the_colours_of_the_other_pictures() -> None:
    style = STYLE.read_text(encoding="utf-8")
    assert [split for split, colour in SPLITS.items() if f"--gallery-{split}: {colour};" not in style] == []
