"""The list of the gallery: what each run shows; the site shows it with pictures."""

from __future__ import annotations

from collections.abc import Iterator

from gallery import exhibits
from gallery._pages import ABOUT, TITLES

from documentation import GENERATED


def pages() -> Iterator[tuple[str, str]]:
    """Yield the path and the content of the page."""
    yield "docs/gallery.md", _page()


def _page() -> str:
    lines = [GENERATED, "", "# Gallery", "", ABOUT, ""]
    lines += ["`make gallery` writes the pages with their pictures into `build/gallery`.", ""]
    for group, title in TITLES.items():
        lines += [f"## {title}", "", "| finding | verdict | what happened |", "|---|---|---|"]
        lines += [
            f"| [{shown.check}](checks/{shown.check}.md) | {shown.status} | {shown.story} |"
            for shown in exhibits().values()
            if shown.group == group
        ]
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"
