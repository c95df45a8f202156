"""A list for each metric, as Keras and pandas write them."""

from __future__ import annotations

import json
from typing import Any

import pytest

import curvewise
from curvewise.formats.json_columns import json_columns
from curvewise.parsing.document import Document

HISTORY = {"loss": [2.0, 1.0, 0.5], "val_loss": [2.1, 1.2, float("nan")], "accuracy": [0.1, 0.5, 0.9]}
EXAMPLE = json.dumps(HISTORY).encode()


def document(value: Any, mapping: dict[str, str] | None = None) -> Document:
    return Document("history.json", json.dumps(value).encode(), mapping)


@pytest.mark.parametrize(
    "written",
    [
        HISTORY,
        {"history": HISTORY, "params": {"epochs": 3}},
        {key: {str(row): value for row, value in enumerate(values)} for key, values in HISTORY.items()},
    ],
    ids=["History.history", "History", "pandas"],
)
def test_the_history_of_keras_is_read_by_epochs(written: Any) -> None:
    assert json_columns.recognise(document(written))
    run = json_columns(document(written))
    assert run["train_loss"].step.tolist() == [1, 2, 3]
    assert str(run["full_valid_loss"].value.tolist()) == "[2.1, 1.2, nan]"
    assert set(run.metrics) == {"train_loss", "full_valid_loss", "train_accuracy"}
    assert run.steps_per_epoch == 1.0
    assert [note.code for note in run.notes] == ["row_number_as_step"]


def test_objects_within_the_object_are_of_their_data() -> None:
    written = {
        "train": {"loss": [2.0, 1.0], "acc": [0.1, 0.5]},
        "val": {"loss": [2.1, 1.2]},
        "config": {"lr": 1},
    }
    run = json_columns(document(written))
    assert set(run.metrics) == {"train_loss", "train_accuracy", "full_valid_loss"}
    assert json_columns(document({"metrics": HISTORY, "epochs": 3}))["train_loss"].value.tolist() == [
        2.0,
        1.0,
        0.5,
    ]


def test_steps_and_blanks() -> None:
    run = json_columns(document({"step": [10, 20, 30], "loss": [3, None, "1.5"], "name": ["a", "b", "c"]}))
    assert (run["train_loss"].step.tolist(), run["train_loss"].value.tolist()) == ([10, 30], [3.0, 1.5])


def test_the_user_may_name_the_lists() -> None:
    mapped = document({"it": [10, 20], "nll": [2.0, 1.0]}, {"step": "it", "train_loss": "nll"})
    assert json_columns.takes(mapped)
    assert json_columns(mapped)["train_loss"].step.tolist() == [10, 20]


@pytest.mark.parametrize(
    "value",
    [
        {"loss": [1.0, 2.0], "price": [1, 2, 3]},
        {"prices": [1, 2]},
        {"loss": [[1.0], [2.0]]},
        {"loss": []},
        {"loss": 1.0},
        [1, 2],
    ],
)
def test_other_objects_are_not_recognised(value: Any) -> None:
    assert not json_columns.recognise(document(value))


@pytest.mark.parametrize(
    ("epochs", "count", "at"),
    [(10, 5, [2, 4, 6, 8, 10]), (10, 3, [3, 6, 9]), (11, 5, [2, 4, 6, 8, 10]), (99, 33, [*range(3, 100, 3)]),
     (2, 1, [2]), (10, 4, None), (10, 1, None), (3, 1, None), (10, 8, None)],
)  # fmt: skip
def test_evaluations_at_every_so_many_epochs(epochs: int, count: int, at: list[int] | None) -> None:
    held = {"loss": [1.0] * epochs, "val_loss": [2.0] * count}
    run = json_columns(document(held))
    assert (run["full_valid_loss"].step.tolist() if at else "full_valid_loss" not in run) == (at or True)
    assert {note.code for note in run.notes} - {"row_number_as_step"} == {
        "spread_evaluations" if at else "unplaced_evaluations"
    }


@pytest.mark.parametrize(
    ("lists", "trained", "evaluated", "code"),
    [
        ({"train_loss": 4, "val_loss": 5}, [1, 2, 3, 4], [0, 1, 2, 3, 4], "evaluated_before"),
        (
            {"loss": 4, "lr": 4, "val_loss": 5},
            [1, 2, 3, 4],
            [0, 1, 2, 3, 4],
            "evaluated_before",
        ),
        ({"train_loss": 4, "val_loss": 3}, [1, 2, 3, 4], [1, 2, 3], "unfinished_evaluations"),
    ],
)
def test_one_evaluation_more_or_fewer(
    lists: dict[str, int], trained: list[int], evaluated: list[int], code: str
) -> None:
    run = json_columns(document({key: [1.0] * count for key, count in lists.items()}))
    assert (run["train_loss"].step.tolist(), run["full_valid_loss"].step.tolist()) == (trained, evaluated)
    assert code in {note.code for note in run.notes}


@pytest.mark.parametrize(
    ("steps", "evaluated"),
    [
        ([10, 20, 30], [0, 10, 20, 30]),
        ([0, 10, 20, 30], [0, 10, 20, 30]),
        ([5, 20, 30], [1, 2, 3, 4]),  # nothing says that 0 comes before
    ],
)
def test_one_evaluation_more_beside_steps(steps: list[int], evaluated: list[int]) -> None:
    held = {"step": steps, "train_loss": [3.0, 2.0, 1.0], "val_loss": [4.0, 3.0, 2.0, 1.0]}
    assert json_columns(document(held))["full_valid_loss"].step.tolist() == evaluated


def test_evaluations_that_cannot_be_placed_are_not_said_to_be_none() -> None:
    losses = [3.0 - 0.1 * step for step in range(10)]
    report = curvewise.analyze(json_columns(document({"train_loss": losses, "val_loss": [2.0] * 4})))
    said = report.headline + report.finding("missing_validation").summary
    assert "No validation data" not in said and said.count("without their steps") == 2
