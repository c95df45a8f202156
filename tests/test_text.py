from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curvewise.errors import InputError
from curvewise.text import printable


@given(st.text(st.characters()))
def test_nothing_that_steers_a_terminal_is_left(text: str) -> None:
    assert printable(text).isprintable() or set(printable(text)) <= {" "}


@given(st.text(st.characters(categories=["L", "N", "P"]), max_size=100))
def test_plain_text_stays_as_it_is(text: str) -> None:
    assert printable(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x1b[2Jb", r"a\x1b[2Jb"),
        ("\u202eabc", r"\u202eabc"),
        ("\udcff", r"\udcff"),
        ("x" * 999, "x" * 299 + "…"),
    ],
)
def test_what_is_shown_instead(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_an_error_says_place_problem_and_hint() -> None:
    error = InputError(
        "expected a number, found '\x1b[2J'", hint="fix it", file="a\nb.csv", line=3, field="loss"
    )
    assert str(error) == "a\\x0ab.csv:3: loss: expected a number, found '\\x1b[2J'\n  hint: fix it"
