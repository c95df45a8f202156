"""What the gallery shows of an exhibit, as HTML: a card, a page, and the files beside it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from html import escape
from io import StringIO
from pathlib import Path

import msgspec
from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

import curvewise as cw
from curvewise.plugin import Style, reporters
from gallery._exhibits import Exhibit
from gallery._thumbnail import thumbnail

ABOUT = (
    "Every finding that curvewise can make, each on a run that was made up to show it. "
    "Blue is training, orange is validation; the triangle marks the checkpoint to deploy."
)
TITLES = {
    "generalisation": "On new examples",
    "optimisation": "The optimiser",
    "records": "The record of the run",
    "preferences": "Preference tuning",
    "rewards": "Rewards",
    "rollouts": "Rollouts, graders and tools",
    "proxies": "Curves against scores on the real task",
}
"""Headings, in the order in which to show the groups."""
BLANK = "\u2800"
"""The braille pattern without dots, which few fonts draw as wide as a letter."""
COLUMNS = 88
"""Width of the terminal in the pictures."""
FILES = {"html": "report.html", "markdown": "report.markdown.txt", "json": "report.json"}
"""What is written beside each page, by output format; a format that does not exist is left out."""


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """An exhibit, judged."""

    exhibit: Exhibit
    report: cw.Report

    @property
    def finding(self) -> cw.Finding:
        """The finding that it shows."""
        return self.report.finding(self.exhibit.check)


def judge(exhibits: Iterable[Exhibit]) -> list[Shown]:
    """Judge the runs of exhibits, in the order of the headings."""
    order = list(TITLES)
    placed = sorted(exhibits, key=lambda exhibit: order.index(exhibit.group))
    return [Shown(exhibit=exhibit, report=cw.analyze(exhibit.make())) for exhibit in placed]


def cards(shown: Iterable[Shown], page: str) -> str:
    """Return every exhibit as a card under its heading; `page` is where it leads, such as ``{name}.html``."""
    groups: dict[str, list[Shown]] = {}
    for one in shown:
        groups.setdefault(one.exhibit.group, []).append(one)
    parts = []
    for group, members in groups.items():
        parts += [f'<h2 id="{group}">{escape(TITLES[group])}</h2>', card_list(members, page)]
    return "\n".join(parts)


def card_list(shown: Iterable[Shown], page: str) -> str:
    """Return exhibits as cards beside each other."""
    return "\n".join(
        [
            '<ul class="cards">',
            *(_card(one, page.format(name=one.exhibit.name)) for one in shown),
            "</ul>",
        ]
    )


def _card(shown: Shown, target: str) -> str:
    exhibit = shown.exhibit
    return (
        f'<li><a class="card" href="{target}">{thumbnail(shown.report, shown.finding)}'
        f'<span class="name">{escape(exhibit.check).replace("_", "_<wbr>")} {badge(exhibit.status)}</span>'
        f'<span class="story">{escape(exhibit.story)}</span></a></li>'
    )


def badge(status: str) -> str:
    """Return the word for a verdict, to be set apart by its class and not by its colour alone."""
    return f'<span class="badge {status}">{status}</span>'


def body(shown: Shown, files: Iterable[str], *, folder: str, checks: str) -> str:
    """Return the page of an exhibit without its heading.

    Parameters
    ----------
    files
        Names of the files in `folder`, which are linked where they are there.
    folder
        Path from the page to its files.
    checks
        Path from the page to the pages of the checks; empty when there are none.
    """
    exhibit, finding, written = shown.exhibit, shown.finding, set(files)
    name = escape(exhibit.check)
    links = [
        f'<a href="{folder}/{file}">{label}</a>'
        for file, label in (
            ("report.html", "The whole report"),
            ("report.markdown.txt", "as Markdown"),
            ("report.json", "as JSON"),
            ("terminal.txt", "as text"),
        )
        if file in written
    ]
    about = f'<a href="{checks}/{name}.html">What the check {name} looks for</a>'
    return "\n".join(
        [
            f'<p class="story">{escape(exhibit.story)}</p>',
            '<div class="finding">',
            f"<p>{badge(exhibit.status)} {escape(finding.summary)}</p>",
            f'<p class="advice">{escape(finding.advice)}</p>',
            "</div>",
            f'<p class="links">{" · ".join([*links, *([about] if checks else [])])}</p>',
            '<div class="terminal" tabindex="0" role="region" aria-label="The report in a terminal">',
            f'<img src="{folder}/terminal.svg" alt="The report in a terminal; also there as text"></div>',
        ]
    )


def write_files(shown: Shown, folder: Path) -> list[str]:
    """Write what is shown beside a page; return the names of the files."""
    folder.mkdir(parents=True, exist_ok=True)
    known = reporters()
    with _colours():
        text = known["text"]([shown.report], Style(width=COLUMNS, colour=True))
    contents = {"terminal.svg": picture(text, shown.report.run.name)}
    contents["terminal.txt"] = known["text"]([shown.report], Style(width=COLUMNS))
    contents |= {file: known[name]([shown.report]) for name, file in FILES.items() if name in known}
    for file, content in contents.items():
        (folder / file).write_text(content, encoding="utf-8")
    return list(contents)


@contextmanager
def _colours() -> Iterator[None]:
    """Have the curves drawn in colour, although this is no terminal."""
    before = os.environ.get("FORCE_COLOR")
    os.environ["FORCE_COLOR"] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ["FORCE_COLOR"]
        else:
            os.environ["FORCE_COLOR"] = before


def picture(text: str, name: str) -> str:
    """Return a terminal that shows a text with colour escapes, as SVG that asks no network for a font."""
    console = Console(record=True, width=COLUMNS, file=StringIO(), force_terminal=True, legacy_windows=False)
    console.print(Text.from_ansi(text.rstrip().replace(BLANK, " ")), soft_wrap=True)
    drawn = console.export_svg(title=f"curvewise check {name}", theme=_THEME, unique_id="t")
    return _FONT_FACE.sub("", drawn).replace("Fira Code, monospace", _FONTS)


_FONT_FACE = re.compile(r"\s*@font-face \{.*?\}", re.DOTALL)
"""Rich would fetch a font from a server."""
_FONTS = "ui-monospace, 'Cascadia Mono', Menlo, 'DejaVu Sans Mono', monospace"
_THEME = TerminalTheme(
    (250, 250, 251),
    (36, 41, 47),
    [
        (36, 41, 47),
        (179, 29, 40),
        (17, 99, 41),
        (127, 91, 0),
        (9, 80, 170),
        (120, 60, 160),
        (20, 110, 120),
        (90, 98, 106),
    ],
)
