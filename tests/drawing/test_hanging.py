"""The texts are drawn on a console of the width that stands beside them."""

from __future__ import annotations

import re
from io import StringIO

import pytest
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from curvewise.drawing.hanging import Hanging

ESCAPE = re.compile("\x1b\\[[0-9;]*m")
SAID = "Loss ends above its best."


def drawn(lead: str, text: str, width: int, *, colour: bool = False) -> str:
    out = StringIO()
    console = Console(
        file=out, width=width, color_system="standard" if colour else None, force_terminal=colour
    )
    console.print(Hanging(Text(lead, style="cyan"), Text(text, style="bold")))
    return out.getvalue()


def picture(text: str) -> str:
    """What stands between the bars."""
    return "".join(f"{line.strip().strip('|').rstrip()}\n" for line in text.strip().splitlines())


@pytest.mark.parametrize(
    ("lead", "text", "width", "expected"),
    [
        pytest.param(
            "  · ",
            SAID,
            40,
            """
            |  · Loss ends above its best.           |
            """,
            id="one line",
        ),
        pytest.param(
            "  · ",
            SAID,
            24,
            """
            |  · Loss ends above its |
            |    best.               |
            """,
            id="a further line stands under the first one",
        ),
        pytest.param(
            "         · ",
            SAID,
            32,
            """
            |         · Loss ends above its  |
            |           best.                |
            """,
            id="a mark far from the left",
        ),
        pytest.param(
            "         · ",
            SAID,
            24,
            """
            |  · Loss ends above its |
            |    best.               |
            """,
            id="a mark goes to the left with its text",
        ),
        pytest.param(
            "         ",
            SAID,
            24,
            """
            |    Loss ends above its |
            |    best.               |
            """,
            id="so does a text without a mark, and leaves no blank line",
        ),
        pytest.param(
            "PROBLEM  ",
            "reward_gap",
            24,
            """
            |PROBLEM                 |
            |    reward_gap          |
            """,
            id="a label stands above",
        ),
        pytest.param(
            "  missing_best_checkpoint    ",
            SAID,
            20,
            """
            |  missing_best_check|
            |point               |
            |    Loss ends above |
            |    its best.       |
            """,
            id="a long name is broken, and not cut",
        ),
        pytest.param(
            "  · ",
            "0123456789" * 3,
            24,
            """
            |  · 01234567890123456789|
            |    0123456789          |
            """,
            id="a long word is broken",
        ),
        pytest.param(
            "  · ",
            "損失が最良の値より上で終わる",
            24,
            """
            |  · 損失が最良の値より上|
            |    で終わる|
            """,
            id="wide characters count twice",
        ),
        pytest.param(
            "  · ",
            "",
            24,
            """
            |  ·                     |
            """,
            id="nothing to say",
        ),
    ],
)
def test_a_text_hangs_behind_what_leads_to_it(lead: str, text: str, width: int, expected: str) -> None:
    shown = drawn(lead, text, width)
    assert "".join(f"{line.rstrip()}\n" for line in shown.splitlines()) == picture(expected)


@pytest.mark.parametrize("lead", ["", "  · ", "         → ", "PROBLEM  ", "  oscillating_validation_loss  "])
@pytest.mark.parametrize("width", range(20, 201, 9))
def test_no_line_is_longer_than_the_terminal_and_no_letter_is_lost(lead: str, width: int) -> None:
    text = "Loss ends 0.1 above_its_best_value_of_all over 495 of 4,954 values."
    shown = drawn(lead, text, width)
    assert max(map(cell_len, shown.splitlines())) <= width
    assert "".join(shown.split()) == "".join(f"{lead}{text}".split())


@pytest.mark.parametrize("width", [20, 24, 31, 80])
def test_colours_change_nothing_but_the_colour(width: int) -> None:
    lead, text = "  · ", SAID * 3
    coloured = drawn(lead, text, width, colour=True)
    assert "\x1b[36m" in coloured
    assert ESCAPE.sub("", coloured) == drawn(lead, text, width)


@pytest.mark.parametrize("width", [20, 80])
def test_what_leads_to_a_text_lends_it_no_colour(width: int) -> None:
    """36 is the cyan of the mark, 1 the bold of the text."""
    shown = drawn("         · ", "Loss.", width, colour=True)
    mark, text = re.findall("\x1b\\[([1-9][0-9;]*)m([^\x1b]*)", shown)
    assert (mark[0], mark[1].strip()) == ("36", "·")
    assert text == ("1", "Loss.")


def test_what_is_drawn_twice_is_the_same() -> None:
    hanging = Hanging(Text("  · "), Text(SAID))
    out = StringIO()
    console = Console(file=out, width=12)
    console.print(hanging)
    console.print(hanging)
    half = len(out.getvalue()) // 2
    assert out.getvalue()[:half] == out.getvalue()[half:]
