from __future__ import annotations

import re

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from curvewise.parsing.printed import NUMBERS, look_at


@given(st.text(st.sampled_from("0123456789..+-eE  \n\r:/@_aé█"), max_size=40))
@example("x1e+5 1e+5e+6 -.5e-3. +7 2026-11-29 a-5 b+5 1.e5 08")
@example("1e999 -0 5. .5")
def test_numbers_and_shapes_are_those_of_each_piece_alone(text: str) -> None:
    printed = look_at(text.encode())
    pieces = re.split("[\n\r]", text)
    assert [printed.piece(index) for index in range(len(printed.shapes))] == pieces
    assert printed.lines.tolist() == [
        line for line, held in enumerate(text.split("\n")) for _ in held.split("\r")
    ]
    values = printed.values(np.ones(len(printed.numbers_from), np.bool_)).tolist()
    for piece, shape in zip(pieces, printed.shapes, strict=True):
        count = shape.count(b"\x01")
        own, values = values[:count], values[count:]
        if re.search(r"(?i)e\+[0-9]+e\+", piece):  # rare, and such lines are read one by one
            continue
        assert re.sub("[0-9]+", "0", NUMBERS.sub("\x01", piece)).encode() == shape
        assert own == [float(number) for number in NUMBERS.findall(piece)]
    assert not values
