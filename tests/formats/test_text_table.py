"""Model cards and pastes as runs."""

from __future__ import annotations

import pytest

from curvewise.errors import UnknownFormatError
from curvewise.formats.text_table import text_table
from curvewise.joining import read
from curvewise.model.run import Run
from curvewise.parsing.document import Document

EXAMPLE = b"| Step | Training Loss | Wer |\n|:---:|:---:|---|\n| 10 | No log | 9.5 |\n| 20 | 1.5 | 9.1 |\n"
"""A file of this format; the contract of formats holds of it."""

CARD = """\
It achieves: - Loss: 0.5

| Training Loss | Epoch | Step | Validation Loss | Wer  | Accuracy |
|:-------------:|:-----:|:----:|:---------------:|:----:|:--------:|
| No log        | 1.0   | 100  | 1.5             | 74.5 | 0.5      |
| 0.9           | 2.0   | 200  | 1.2             | 70.5 | 0.6      |
"""


def load(text: str) -> Run:
    document = Document("README.md", text.encode())
    assert text_table.recognise(document)
    return text_table(document)


def test_columns_beside_a_validation_loss_are_of_the_evaluation() -> None:
    run = load(CARD)
    assert list(run.metrics) == ["epoch", "full_valid_loss", "eval_wer", "full_valid_accuracy", "train_loss"]
    assert run["train_loss"].step.tolist() == [200]
    assert run.notes == ()


def test_fractional_epochs_are_no_steps() -> None:
    run = load("| Epoch | Training Loss |\n|---|---|\n| 0.5 | 2.0 |\n| 1.0 | 1.0 |\n")
    assert run["train_loss"].step.tolist() == [1, 2]
    assert [note.code for note in run.notes] == ["row_number_as_step"]


def test_of_several_tables_the_last_counts() -> None:
    run = load(CARD + "\n" + CARD.replace("1.2", "1.1"))
    assert run["full_valid_loss"].value.tolist() == [1.5, 1.1]
    assert [note.code for note in run.notes] == ["several_tables"]


def test_the_time_of_an_epoch_is_no_metric() -> None:
    rows = ("epoch  train_loss  valid_loss  time  ", "0  0.9  0.8  00:10  ", "1  0.7  0.6  1:00:10  ")
    run = load("\n".join(rows))
    assert {name: series.value.tolist() for name, series in run.metrics.items()} == {
        "train_loss": [0.9, 0.7], "full_valid_loss": [0.8, 0.6],
    }  # fmt: skip


def test_accuracy_beside_that_of_validation_is_of_training() -> None:
    rows = ("epoch  accuracy  loss  val_accuracy  val_loss", "0  0.5  0.9  0.4  1.1", "1  0.6  0.7  0.5  1.0")
    assert load("\n".join(rows))["full_valid_accuracy"].value.tolist() == [0.4, 0.5]


def test_a_table_without_marks_at_its_sides() -> None:
    run = load(
        "Epoch | Training Loss | Validation Loss\n"
        + "-" * 39
        + "\n  1  |   0.85  |  0.90\n  2  |   0.60  |  0.65\n"
    )
    assert run["full_valid_loss"].value.tolist() == [0.90, 0.65]


@pytest.mark.parametrize(
    "text",
    [
        "Why?\n\n```\nstep,train_loss,val_loss\n100,1.2,1.3\n200,0.9,1.1\n```\nWhat is wrong?",
        "step,train_loss,val_loss\n100,1.2,1.3\n200,0.9,1.1\n\nWhat is wrong, please?\n",
        '```csv\n"step","train_loss","val_loss"\n100,1.2,1.3\n200,0.9,1.1\n```',
        "From Excel:\nstep;train_loss;val_loss\n100;1,2;1,3\n200;0,9;1,1\n",
        "step\ttrain_loss\tval_loss\n100\t1.2\t1.3\n200\t0.9\t1.1\nTrainOutput(global_step=200, metrics={})",
    ],
)
def test_a_delimited_table_amid_prose(text: str) -> None:
    run = load(text)
    assert run["train_loss"].step.tolist() == [100, 200]
    assert run["full_valid_loss"].value.tolist() == [1.3, 1.1]


FRAMES = ("+-+|+=+|+-+", "┏━┳┃┡━╇│└─┴", "╒═╤│╞═╪│╘═╧", "┌─┬│├─┼│└─┴")


@pytest.mark.parametrize("frame", FRAMES)
def test_a_table_in_a_frame(frame: str) -> None:
    corner, edge, tee, head, left, rule, cross, side, low, floor, foot = tuple(frame)
    lines = (("step", "loss", "val loss"), ("10", "1.2", "1.3"), ("20", "0.9", "1.1"))
    first, *rows = (
        f"{head if n == 0 else side} {f' {head if n == 0 else side} '.join(cells)} {side}"
        for n, cells in enumerate(lines)
    )
    above, between, below = (
        a + f"{line * 6}{b}" * 3
        for a, line, b in ((corner, edge, tee), (left, rule, cross), (low, floor, foot))
    )
    for parts in (
        (above, first, between, *rows, below),
        (above, first, between, rows[0], between, rows[1], below),
    ):
        assert load("\n".join(("Epoch losses:", *parts, "done")))["full_valid_loss"].value.tolist() == [
            1.3,
            1.1,
        ]


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("| Step | Val Loss |\n|---|---|\n| 1k | 1.3 |\n| 1.5k | 1.1 |\n", [1000, 1500]),
        ("Losses\nEpoch  Val Loss  Time\n1/2  1.3  00:12\n2/2  1.1  00:12\n", [1, 2]),
        ("Losses\nTrain Loss  Val Loss\n1.2  1.3\n0.9  1.1\n", [1, 2]),
    ],
)
def test_places_as_people_write_them(text: str, steps: list[int]) -> None:
    run = load(text)
    assert run["full_valid_loss"].step.tolist() == steps
    assert run["full_valid_loss"].value.tolist() == [1.3, 1.1]


def test_results_are_no_course() -> None:
    results = (
        "| Train Loss | Val Loss |\n|---|---|\n| 1.2 | 1.3 |\n",
        "| Model | Val Loss |\n|---|---|\n| 1 | 1.3 |\n| 2 | 1 |\n",
    )
    assert not any(text_table.recognise(Document("README.md", text.encode())) for text in results)


def test_names_above_a_line() -> None:
    run = load("  step    val loss\n------  ----------\n    10         1.3\n    20         1.1\n")
    assert run["full_valid_loss"].value.tolist() == [1.3, 1.1]


def test_columns_of_an_own_name_are_named_and_can_be_mapped() -> None:
    text = b"My run:\n\n| epoch | train | val |\n|---|---|---|\n| 1 | 1.2 | 1.3 |\n| 2 | 0.9 | 1.1 |\n"
    with pytest.raises(
        UnknownFormatError, match="no metric is recognised among the columns 'epoch', 'train'"
    ):
        read(Document("a.md", text))
    run = read(Document("a.md", text, {"full_valid_loss": "val"}))
    assert run["full_valid_loss"].value.tolist() == [1.3, 1.1]


TABLE = "Step\tTraining Loss\tValidation Loss\n50\t1.8\t1.7\n100\t1.4\t1.5\n"
BAR = "[100/300 12:34 < 25:10, 0.13 it/s, Epoch 1/3]"
END = "TrainOutput(global_step=100, training_loss=1.6, metrics={'train_runtime': 19.1, 'epoch': 0.5})"


@pytest.mark.parametrize(
    ("text", "planned", "per_epoch"),
    [
        (TABLE, None, None),
        (f"[ 100/100 1:12:34, Epoch 2/2 ]\n{TABLE}", 100, 50),
        (f"{BAR}\n{TABLE}", 300, 100),
        (f"{TABLE}\n{END}", 100, 200),
        (f"{BAR.replace('1/3', '0/3')}\n{TABLE}", None, None),  # no epoch yet
        (f"{BAR.replace('100/300', '9/9')}\n{TABLE}", None, None),  # the bar of something else
        (f"{BAR}\n{TABLE}".replace("Step", "Epoch"), None, 1),
    ],
)
def test_the_text_around_tells_the_plan_and_the_length_of_an_epoch(
    text: str, planned: int | None, per_epoch: float | None
) -> None:
    run = read(Document("paste", text.encode()))
    assert (run.planned_steps, run.steps_per_epoch) == (planned, per_epoch)
