"""Commas between thousands, wherever a number stands, and what looks like one and is none."""

from __future__ import annotations

import pytest

from curvewise.joining import read
from curvewise.parsing.document import Document

LOSSES = {1000: 2345.5, 2000: 1234.25, 3000: 987.5}
ROWS = [(f"{step:,}", f"{value:,}") for step, value in LOSSES.items()]
TEXTS = {
    "CSV": "step,train_loss\n" + "".join(f'"{step}","{value}"\n' for step, value in ROWS),
    "tabs": "step\ttrain_loss\n" + "".join(f"{step}\t{value}\n" for step, value in ROWS),
    "Markdown": "| Step | Training Loss |\n|---|---|\n" + "".join(f"| {a} | {b} |\n" for a, b in ROWS),
    "aligned": "   step   train_loss\n" + "".join(f"{a:>7}   {b:>10}\n" for a, b in ROWS),
    "console": "".join(f"10:15:42,123 step {a}/50,000 loss: {b} tokens 1,234,567\n" for a, b in ROWS),
}


@pytest.mark.parametrize("kind", TEXTS)
def test_numbers_are_read_whole(kind: str) -> None:
    loss = read(Document("log", TEXTS[kind].encode()))["train_loss"]
    assert dict(zip(loss.step.tolist(), loss.value.tolist(), strict=True)) == LOSSES


def test_decimal_commas_and_lists_are_none() -> None:
    table = read(Document("log.csv", b"step;train_loss\n1;2,125\n2;1,250\n"))
    assert table["train_loss"].value.tolist() == [2.125, 1.25]
    lists = read(Document("log", b"epoch 1,loss=0.5,100,200\nepoch 2,loss=0.25,100,200\n"))
    assert lists["train_loss"].value.tolist() == [0.5, 0.25]
