"""A line of any signs is read in a time that grows with its length, and not with the square of it."""

from __future__ import annotations

from collections.abc import Callable
from time import process_time

import pytest

from curvewise.formats.console_log import console_log
from curvewise.parsing.console import read_console
from curvewise.parsing.document import Document
from curvewise.parsing.printed_lists import read_printed_lists
from curvewise.parsing.text_tables import read_text_tables

LENGTH = 100_000
SECONDS = 3.0
"""What no line of `LENGTH` takes; the square of it takes ten times as long or more."""


def _read_log(text: str) -> object:
    return read_console(text.encode())


def _recognise(text: str) -> object:
    return console_log.recognise(Document("run.log", text.encode()))


LINES: list[tuple[Callable[[str], object], str, str, str]] = [
    *(
        (_read_log, *line)
        for line in [
            ("epoch 1 loss: 1 ", "a", ""),
            ("epoch 1 loss: 1 ", "a@", ""),
            ("epoch 1 loss: 1 ", "_", ""),
            ("epoch 1 train 1 ", "bleu_", "x"),
            ("epoch: 1 loss:", " ", "x"),
            ("loss: 1 (", "1", ""),
            ("loss: tensor(", "1", ""),
            ("(", "pid=1", " loss: 1"),
            ("epoch 1 [val]", " ", "1 loss: 1"),
            ("", "1-", " loss: 1.2"),
            ("", "1.", " loss: 1.2"),
            ("epoch 1 loss: 1.2 ", "{}", ""),
            ("", "{'loss':1}", ""),
            ("", "val: a=1 ", ""),
            ("", "acc: 1/2 ", ""),
            ("loss: 1.2 ", "a1=1 ", ""),
            ("[1]\ttrain-rmse:1\t", "valid", ""),
            ("[1]\t", "-a", "\tloss: 1"),
            ("[1]\tvalid_0's l2: 1\t", "valid_1's l2: 1\t", ""),
        ]
    ),
    (_recognise, "", "acc", ""),
    (read_text_tables, "\n", "-", "x\n1 2 3\n"),
    (read_text_tables, "| a | b |\n", " ", "|--|x\n"),
    (read_text_tables, "| step | a", " ", "b |\n|---|---|\n| 1 | 2 |\n"),
    (read_printed_lists, "x = [1, 2(", "a", "]"),
    (read_printed_lists, "x = [1, 2(", "1", "]"),
    (read_printed_lists, "", "x = [1, 2, ", "3 ]"),
]


@pytest.mark.parametrize(("read", "before", "signs", "behind"), LINES)
def test_no_line_takes_the_square_of_its_length(
    read: Callable[[str], object], before: str, signs: str, behind: str
) -> None:
    text = before + signs * (LENGTH // len(signs)) + behind
    began = process_time()
    read(text)
    assert process_time() - began < SECONDS
