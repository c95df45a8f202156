"""Write the gallery as files that open from disk.

    python -m gallery [--output FOLDER]

For each exhibit a page with what happened, what curvewise says and the terminal; beside it the
report in other formats. ``index.html`` shows them all.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from html import escape
from pathlib import Path

from gallery._exhibits import Exhibit, exhibits
from gallery._pages import ABOUT, body, cards, judge, write_files

STYLE = Path(__file__).with_name("style.css")


def main(arguments: list[str] | None = None) -> int:
    """Write the pages and say where they are."""
    parser = argparse.ArgumentParser(prog="python -m gallery", description="Write the gallery as HTML files.")
    parser.add_argument("--output", type=Path, default=Path("build/gallery"), help="folder [build/gallery]")
    index = write(parser.parse_args(arguments).output, exhibits().values())
    print(f"wrote {index}")
    return 0


def write(folder: Path, chosen: Iterable[Exhibit]) -> Path:
    """Write the pages of exhibits into a folder; return the index."""
    shown = judge(chosen)
    for one in shown:
        name = one.exhibit.name
        files = write_files(one, folder / name)
        heading = f'<p><a href="index.html">← Gallery</a></p>\n<h1>{escape(one.exhibit.check)}</h1>'
        content = f"{heading}\n{body(one, files, folder=name, checks='')}"
        (folder / f"{name}.html").write_text(_page(one.exhibit.check, content), encoding="utf-8")
    index = folder / "index.html"
    content = f"<h1>Gallery</h1>\n<p>{ABOUT}</p>\n{cards(shown, '{name}.html')}"
    index.write_text(_page("Gallery", content), encoding="utf-8")
    return index


def _page(title: str, content: str) -> str:
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)} · curvewise</title>\n<style>\n{STYLE.read_text(encoding='utf-8')}</style>\n"
        f'</head>\n<body class="gallery">\n<main>\n{content}\n</main>\n</body>\n</html>\n'
    )


if __name__ == "__main__":
    sys.exit(main())
