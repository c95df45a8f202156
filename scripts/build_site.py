"""Build the documentation site: gather its pages in build/pages, let Zensical write site/, and check it.

    python scripts/build_site.py

The pages are docs/ as it stands, the reference from the code, README.md with the gallery below it as
the home page, CONTRIBUTING.md and examples/README.md.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "scripts")]

from documentation.exhibit_file import judged  # noqa: E402 - after the path that it needs
from gallery._pages import ABOUT, body, card_list, cards, write_files  # noqa: E402 - as above
from generate_docs import reference  # noqa: E402 - as above

PAGES, SITE = ROOT / "build" / "pages", ROOT / "site"
MOVED = {
    ROOT / "README.md": "index.md",
    ROOT / "CONTRIBUTING.md": "contributing.md",
    ROOT / "examples" / "README.md": "examples.md",
}
"""Pages from outside docs/, and where they stand in the site."""
UNSEARCHED = "---\nhide:\n  - toc\nsearch:\n  exclude: true\n---\n"
"""What stands above pages of the gallery: a search finds the page of the check instead."""
LINK = re.compile(r"\[([^\]]+)\]\((?!https?://|#)([^)#\s]+)(#[^)\s]*)?\)")
FETCHED = {"link": "href", "script": "src", "img": "src", "iframe": "src", "source": "src"}
"""Elements that make a browser fetch something, and the attribute that says what."""


def main() -> int:
    """Build the site; return 1 and say why when a link leads nowhere or something would be fetched."""
    gather()
    shutil.rmtree(SITE, ignore_errors=True)
    build = [sys.executable, "-m", "zensical", "build", "--strict", "--clean"]
    if subprocess.run(build, cwd=ROOT, check=False).returncode:
        return 1
    # A page that is opened from disk asks for the index of the search as a script.
    index = (SITE / "search.json").read_text(encoding="utf-8")
    (SITE / "search.js").write_text(f"var __index = {index}", encoding="utf-8")
    wrong = sorted(set(faults(SITE)))
    for fault in wrong:
        print(fault, file=sys.stderr)
    print(f"wrote {SITE / 'index.html'}")
    return 1 if wrong else 0


def gather() -> None:
    """Write the source of every page into build/pages."""
    shutil.rmtree(PAGES, ignore_errors=True)
    shutil.copytree(ROOT / "docs", PAGES)
    for name, content in reference():
        page = PAGES / Path(name).relative_to("docs")
        page.parent.mkdir(exist_ok=True)
        page.write_text(content, encoding="utf-8")
    for source in PAGES.rglob("*.md"):
        place = ROOT / "docs" / source.relative_to(PAGES)
        source.write_text(adapted(place, source.read_text(encoding="utf-8")), encoding="utf-8")
    for place, name in MOVED.items():
        (PAGES / name).write_text(adapted(place, place.read_text(encoding="utf-8")), encoding="utf-8")
    shutil.copytree(ROOT / "schema", PAGES / "schema")
    styles = PAGES / "stylesheets"
    styles.mkdir(exist_ok=True)
    shutil.copy(ROOT / "gallery" / "style.css", styles / "gallery.css")
    show_gallery(PAGES)


def show_gallery(folder: Path) -> None:
    """Show the gallery on the home page, exhibits on the pages of checks, and each on a page of its own."""
    shown = judged()
    with (folder / "index.md").open("a", encoding="utf-8") as home:
        home.write(f"\n## Gallery\n\n{ABOUT}\n\n{cards(shown, 'gallery/{name}.html')}\n")
    for check in {one.exhibit.check for one in shown}:
        showing = card_list((one for one in shown if one.exhibit.check == check), "../gallery/{name}.html")
        with (folder / "checks" / f"{check}.md").open("a", encoding="utf-8") as page:
            page.write(f"\n## On a run\n\n{showing}\n")
    for one in shown:
        name = one.exhibit.name
        files = write_files(one, folder / "gallery" / name)
        content = f"# {one.exhibit.check}\n\n{body(one, files, folder=name, checks='../checks')}"
        (folder / "gallery" / f"{name}.md").write_text(
            f"{UNSEARCHED}\n[Gallery](../index.md#gallery)\n\n{content}\n", encoding="utf-8"
        )


def adapted(place: Path, text: str) -> str:
    """Let the links of a page lead to where their targets stand in the site; those to code become text."""
    here = in_site(place)

    def link(found: re.Match[str]) -> str:
        words, target, anchor = found[1], found[2], found[3] or ""
        there = in_site((place.parent / target).resolve())
        if there is None or here is None:
            return words if words.startswith("`") else f"`{words}`"
        up = "../" * (len(Path(here).parts) - 1)
        return f"[{words}]({up}{there}{anchor})"

    return LINK.sub(link, text)


def in_site(path: Path) -> str | None:
    """Return where a file stands in the site; None when it does not."""
    if path in MOVED:
        return MOVED[path]
    for folder, name in ((ROOT / "docs", "."), (ROOT / "schema", "schema")):
        if path.is_relative_to(folder) and path.suffix:
            return (Path(name) / path.relative_to(folder)).as_posix()
    return None


class Links(HTMLParser):
    """What a page links to, what it would fetch, and the anchors that it has."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.fetched: list[str] = []
        self.anchors: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the links and anchors of an element."""
        given = {name: value or "" for name, value in attrs}
        self.anchors |= {given[name] for name in ("id", "name") if name in given}
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        if (attribute := FETCHED.get(tag)) in given and attribute is not None:
            self.fetched.append(given[attribute])


def faults(site: Path) -> Iterator[str]:
    """Yield what is wrong with the pages of a site: dead links, and what would be fetched from elsewhere."""
    pages = {page: _read(page) for page in site.rglob("*.html") if page.name != "404.html"}
    for page, found in pages.items():
        where = page.relative_to(site)
        for target in found.fetched:
            if re.match(r"(https?:)?//", target):
                yield f"{where}: fetches {target}"
        for target in (*found.links, *found.fetched):
            path, _, anchor = target.partition("#")
            if re.match(r"[a-z]+:|//", path) or path.startswith("data:"):
                continue
            file = (page.parent / unquote(path)).resolve() if path else page
            file = file / "index.html" if file.is_dir() else file
            if not file.is_file():
                yield f"{where}: nothing is at {target}"
            elif anchor and file in pages and unquote(anchor) not in pages[file].anchors:
                yield f"{where}: no anchor {target}"


def _read(page: Path) -> Links:
    found = Links()
    found.feed(page.read_text(encoding="utf-8"))
    return found


if __name__ == "__main__":
    sys.exit(main())
