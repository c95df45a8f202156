"""Tables within texts, each drawn as its program writes it."""

from __future__ import annotations

import math

import pytest

from curvewise.parsing.text_tables import read_text_tables, stray_rows

MARKDOWN = """\
# A model

- Loss: 0.5

| Training Loss | Epoch | Step | Validation Loss | Wer  |
|:-------------:|:-----:|:----:|:---------------:|:----:|
| No log        | 0.5   | 100  | 1.5             | 74.5 |
| 0.9           | 1.0   | 200  | nan             | -    |

| Framework | Version |
|---|---|
| torch | 2 |
"""
HTML = """\
<table border="1"><tr><th>Step</th><th>Training Loss</th><th>completions / mean_length</th></tr>
<tr><td>10</td><td>1.5</td><td>80.5</td></tr>
<tr><td>20</td><td>No log</td><td>NaN</td></tr></table>
"""
ALIGNED = """\
   step  train_loss  val_loss
0    10        1.50       NaN
1    20        1.25      1.75
done
"""


def test_a_markdown_table_among_others() -> None:
    (table,) = read_text_tables(MARKDOWN)
    first, second = table.numbers()
    assert first == {"Epoch": 0.5, "Step": 100.0, "Validation Loss": 1.5, "Wer": 74.5}
    assert math.isnan(second.pop("Validation Loss"))
    assert second == {"Training Loss": 0.9, "Epoch": 1.0, "Step": 200.0}


def test_an_html_table() -> None:
    (table,) = read_text_tables(HTML)
    first, second = table.numbers()
    assert first == {"Step": 10.0, "Training Loss": 1.5, "completions/mean_length": 80.5}
    assert second == {"Step": 20.0}


def test_columns_that_spaces_align() -> None:
    (table,) = read_text_tables(ALIGNED)
    first, second = table.numbers()
    assert first == {"step": 10.0, "train_loss": 1.5}
    assert second == {"step": 20.0, "train_loss": 1.25, "val_loss": 1.75}


@pytest.mark.parametrize(
    "text",
    [
        "plain words | and a bar\n",
        "| Step | Training Loss |\n|---|---|\n",  # no row
        "| Model | Loss |\n|---|---|\n| a | 0.5 |\n",  # neither a step nor an epoch
        "<table><tr><td>step</td></tr>",
    ],
)
def test_what_is_no_table_of_metrics(text: str) -> None:
    assert read_text_tables(text) == []


def test_broken_html_holds_no_table() -> None:
    assert read_text_tables("<table><![x[y]]><tr><th>step</th><th>loss</th></tr></table>") == []


def test_a_row_of_a_table_begins_no_other() -> None:
    rules = "| step | loss |\n" + "|---|---|\n" * 3 + "| 1 | 2 |\n"
    assert [table.numbers() for table in read_text_tables(rules)] == [[{}, {}, {"step": 1.0, "loss": 2.0}]]


@pytest.mark.parametrize(
    "text",
    [
        "| Metric | Epoch 1 | Epoch 2 |\n|---|---|---|\n| train loss | 2.0 | 1.5 |\n| val loss | 2.5 | - |\n",
        "<table><tr><th></th><th>Epoch 1</th><th>Epoch 2</th></tr>"
        "<tr><th>train loss</th><td>2.0</td><td>1.5</td></tr>"
        "<tr><th>val loss</th><td>2.5</td><td></td></tr></table>",
    ],
)
def test_a_table_with_a_column_for_each_epoch(text: str) -> None:
    (table,) = read_text_tables(text)
    assert table.numbers() == [
        {"Epoch": 1.0, "train loss": 2.0, "val loss": 2.5},
        {"Epoch": 2.0, "train loss": 1.5},
    ]


def test_the_short_names_of_spacy() -> None:
    text = (
        "E    #       LOSS NER  ENTS_F  SCORE \n---  ------  --------  ------  ------\n"
        "  0       0     47.17    0.00    0.00\n  1     200   1795.25   45.11    0.45\n"
    )
    (table,) = read_text_tables(text)
    last = {"epoch": 1.0, "step": 200.0, "LOSS NER": 1795.25, "eval_ents_f": 45.11, "eval_score": 0.45}
    assert table.numbers()[-1] == last
    assert stray_rows(text, [table]) == 0  # the rule is none


NOTED = ["**{}**", "{} ⭐", "{} ← best", "**{}** (best)", "~{}", "{} ± 0.02", "`{}`"]


@pytest.mark.parametrize("noted", NOTED)
@pytest.mark.parametrize("remark", ["", "\tthe best one"])
@pytest.mark.parametrize("line", ["| {} | {} |", "> | {} | {} |", "{}\t{}"])
def test_what_is_noted_at_the_best_row_costs_no_row(line: str, remark: str, noted: str) -> None:
    quote = "> " if line.startswith(">") else ""
    rule = "" if "\t" in line else f"\n{quote}|---|---|"
    best = line.format(1, noted.format(1.2)) + remark * ("\t" in line)
    rows = [line.format("Epoch", "val_loss") + rule, line.format(0, 2.0), best, line.format(2, 1.5)]
    (table,) = read_text_tables("\n".join(("Hello,", "", *rows, "")))
    assert [row["val_loss"] for row in table.numbers()] == [2.0, 1.2, 1.5]


def test_a_place_may_have_its_name_in_every_row() -> None:
    (table,) = read_text_tables("| Epoch | Loss |\n|---|---|\n| Epoch 1 | 2.0 |\n| Epoch 2/3 | 1.0 |\n")
    assert table.numbers() == [{"Epoch": 1.0, "Loss": 2.0}, {"Epoch": 2.0, "Loss": 1.0}]
