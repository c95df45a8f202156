"""Pictures have the colours of the page, whose own test holds them apart for colour-blind readers."""

from __future__ import annotations

import re
from pathlib import Path

from curvewise.drawing import palette

THEME = Path(__file__).parents[2] / "web" / "src" / "style" / "theme.css"


def test_pictures_and_page_share_their_colours() -> None:
    rule = r"--([\w-]+): light-dark\((#\w{6}), #\w{6}\)"
    page = dict(re.findall(rule, THEME.read_text(encoding="utf-8")))
    assert {name: page[name] for name in palette.SPLITS} == palette.SPLITS
    assert tuple(page[f"level-{level}"] for level in range(4)) == palette.BANDS
    assert page["problem"] == palette.HARM
    assert tuple(page[f"run-{index}"] for index in range(len(palette.RUNS))) == palette.RUNS
    assert (page["paper"], page["ink"], page["dim"], page["rule"]) == (
        palette.PAPER,
        palette.INK,
        palette.DIM,
        palette.RULE,
    )
