"""Model cards and pastes as runs."""

from __future__ import annotations

from curvewise.formats.text_table import text_table
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
