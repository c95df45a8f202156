"""LLaMA-Factory's log."""

from __future__ import annotations

import json
from typing import Any

import pytest

from curvewise.errors import MalformedError
from curvewise.formats.trainer_log import trainer_log
from curvewise.model.run import Run
from curvewise.parsing.document import Document

EXAMPLE = (
    b'{"current_steps": 10, "total_steps": 20, "loss": 2.0, "lr": 1e-05, "epoch": 0.5, "percentage": 50.0}\n'
)
"""A file of this format; the contract of formats holds of it."""

Row = dict[str, Any]


def row(step: int, total: int = 100, **values: Any) -> Row:
    return {"current_steps": step, "total_steps": total, "epoch": step / 50, "percentage": 1.0, **values}


def old_row(step: int, loss: float | None, eval_loss: float | None = None) -> Row:
    return row(step, loss=loss, eval_loss=eval_loss, predict_loss=None, reward=None, elapsed_time="0:00:10")


def read(rows: list[Row]) -> Run:
    document = Document("trainer_log.jsonl", "".join(json.dumps(row) + "\n" for row in rows).encode())
    assert trainer_log.recognise(document)
    return trainer_log(document)


def test_absent_and_null_values_are_the_same() -> None:
    new = read([row(10, loss=2.0, lr=1e-5), row(10, eval_loss=1.5), row(20, loss=1.0, lr=1e-6)])
    old = read([old_row(10, 2.0), old_row(10, None, 1.5), old_row(20, 1.0)])
    for run in (new, old):
        assert run["train_loss"].value.tolist() == [2.0, 1.0]
        assert run["full_valid_loss"].value.tolist() == [1.5]
        assert (run.planned_steps, run.steps_per_epoch, run.kind, run.notes) == (100, 50, "sft", ())
    assert set(new.metrics) == {"train_loss", "full_valid_loss", "epoch", "learning_rate"}


def test_one_row_is_enough() -> None:
    assert len(read([row(10, loss=2.0)])["train_loss"]) == 1


def test_the_best_checkpoint_evaluated_again_is_no_evaluation_of_the_last_step() -> None:
    evaluations = [
        old_row(step, None, value) for step, value in [(10, 1.5), (20, 1.25), (30, 1.75), (33, 1.25)]
    ]
    run = read([old_row(5, 2.0), *evaluations])
    assert run["full_valid_loss"].step.tolist() == [10, 20, 30]
    assert run.note("best_reevaluated") is not None
    assert "step 20 (1.25)" in run.notes[0].text


@pytest.mark.parametrize(
    "values",
    [
        [1.5, 1.25, 1.75],  # nothing repeats
        [1.5, 1.5, 1.5],  # a plateau to the last digit
        [0.0, 1.0, 0.0],
    ],
)
def test_other_last_evaluations_stay(values: list[float]) -> None:
    run = read([old_row(5, 2.0), *(old_row(10 * n, None, value) for n, value in enumerate(values, start=1))])
    assert run["full_valid_loss"].value.tolist() == values


def test_rows_of_an_evaluation_pass_are_left_out() -> None:
    run = read([row(90, loss=1.0), row(100, eval_loss=0.9), row(2, total=2, eval_loss=0.8)])
    assert run["full_valid_loss"].step.tolist() == [100]
    assert [note.code for note in run.notes] == ["evaluation_pass"]


def test_accuracy_is_that_of_preferences() -> None:
    run = read([row(10, loss=0.6, accuracy=0.75)])
    assert run.kind == "dpo"
    assert run["train_reward_accuracy"].value.tolist() == [0.75]


def test_the_loss_beside_a_reward_is_that_of_the_policy() -> None:
    run = read([row(10, loss=0.6, reward=1.5)])
    assert (run.kind, "policy_loss" in run, "train_loss" in run) == ("rft", True, False)


def test_two_writers_are_merged_and_noted() -> None:
    run = read([row(step, loss=1.0 + writer / 100) for step in (10, 20, 30) for writer in (0, 1)])
    assert run["train_loss"].value.tolist() == [1.01] * 3
    assert [note.code for note in run.notes] == ["repeated_steps"]


def test_a_log_of_a_prediction_is_refused() -> None:
    with pytest.raises(MalformedError, match="no loss and no reward"):
        read([row(1), row(2)])


def test_a_loss_that_is_no_number_is_noted() -> None:
    run = read([{**old_row(10, 2.0), "loss": "oops"}, old_row(20, 1.0)])
    assert [note.text for note in run.notes] == ["Values that are no numbers were left out: loss ('oops')."]
