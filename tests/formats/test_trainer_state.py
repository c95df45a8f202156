"""Hugging Face trainer states; fixtures are the few keys that matter."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest

from curvewise.errors import MalformedError
from curvewise.formats.trainer_state import trainer_state
from curvewise.model.run import Run
from curvewise.parsing.document import Document

Row = dict[str, Any]


def train(step: int, **values: Any) -> Row:
    return {"step": step, "epoch": step / 100, "loss": 1.0 / step, "learning_rate": 1e-5, **values}


def evaluation(step: int, prefix: str = "eval", **values: Any) -> Row:
    speed = {
        f"{prefix}_runtime": 12.5,
        f"{prefix}_samples_per_second": 16.0,
        f"{prefix}_steps_per_second": 2.0,
    }
    return {"step": step, "epoch": step / 100, f"{prefix}_loss": 2.0 / (1 + step), **speed, **values}


def read(history: list[Row], **state: Any) -> Run:
    return trainer_state(
        Document("trainer_state.json", json.dumps({"log_history": history, **state}).encode())
    )


def test_training_and_evaluation_rows_of_one_step_become_two_series() -> None:
    run = read([evaluation(0), train(10), evaluation(10), train(20)], max_steps=40, num_train_epochs=1)
    assert run["train_loss"].step.tolist() == [10, 20]
    assert run["full_valid_loss"].step.tolist() == [0, 10]
    assert run["full_valid_loss"].value.tolist() == [2.0, 2.0 / 11]
    assert set(run.metrics) == {"train_loss", "full_valid_loss", "epoch", "learning_rate"}
    assert (run.kind, run.planned_steps, run.hyperparameters["n_epochs"]) == ("sft", 40, 1)
    assert run.steps_per_epoch == 100
    assert run.notes == ()


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("wrapped", [True, False])
def test_the_log_alone_is_read_too(indent: int | None, wrapped: bool) -> None:
    rows = [train(10), evaluation(10)]
    data = json.dumps({"log_history": rows} if wrapped else rows, indent=indent).encode()
    document = Document("log.json", data)
    assert trainer_state.recognise(document)
    assert len(trainer_state(document)["full_valid_loss"]) == 1


def test_the_log_as_json_lines_is_read_too() -> None:
    document = Document(
        "log.jsonl", b"".join(json.dumps(row).encode() + b"\n" for row in [train(10), evaluation(10)])
    )
    assert trainer_state.recognise(document)
    assert trainer_state(document).metrics.keys() >= {"train_loss", "full_valid_loss"}


@pytest.mark.parametrize(
    "data",
    [
        b'{"current_steps": 1, "total_steps": 9, "loss": 1.0, "epoch": 0.1, "lr": 1}\n{"current_steps": 2}\n',
        b'{"step": 0, "env/all/reward/total": 1.0}\n{"step": 1, "env/all/reward/total": 1.0}\n',
        b'{"object": "list", "data": []}',
        b"step,train_loss\n1,2\n",
        b"[1, 2]",
    ],
)
def test_other_formats_are_not_recognised(data: bytes) -> None:
    assert not trainer_state.recognise(Document("file", data))


def test_several_evaluation_sets_are_one_metric_each() -> None:
    rows = [evaluation(10, f"eval_{name}") | {f"eval_{name}_accuracy": 0.5} for name in ("code", "code_hard")]
    run = read([train(10), *rows])
    assert set(run.family("full_valid_loss")) == {"code", "code_hard"}
    assert set(run.family("full_valid_accuracy")) == {"code", "code_hard"}
    assert "full_valid_loss" not in run
    assert run.validation_examples == 200


def test_a_part_of_the_loss_is_no_evaluation_set() -> None:
    run = read([train(10), evaluation(10, eval_nll_loss=0.7)])
    assert "eval_nll_loss" in run
    assert not run.family("full_valid_loss")


def test_bare_nan_stays_visible() -> None:
    run = read([train(10, grad_norm=math.nan), evaluation(10, eval_loss=math.nan)])
    assert np.isnan(run["full_valid_loss"].value).all()
    assert np.isnan(run["grad_norm"].value).all()


def test_the_mean_over_the_run_is_no_training_loss() -> None:
    summary = {"step": 20, "epoch": 0.2, "train_loss": 5.0, "train_runtime": 9.0, "total_flos": 1e9}
    run = read([train(10), train(20), summary])
    assert run["train_loss"].value.tolist() == [0.1, 0.05]
    assert run["mean_train_loss"].value.tolist() == [5.0]
    assert not {"train_runtime", "total_flos"} & set(run.metrics)


@pytest.mark.parametrize(
    ("timings", "count"),
    [
        ([(12.345, 8.1)], 100),
        ([(12.345, 8.1), (11.0, 9.091)], 100),
        ([(12.345, 8.1), (12.345, 4.05)], None),  # another validation set
        ([(0.0, 0.0)], None),
    ],
)
def test_validation_examples_are_recovered_when_they_agree(
    timings: list[tuple[float, float]], count: int | None
) -> None:
    rows = [
        evaluation(10 * number, eval_runtime=seconds, eval_samples_per_second=speed)
        for number, (seconds, speed) in enumerate(timings, start=1)
    ]
    assert read(rows).validation_examples == count


def test_preference_training_is_dpo() -> None:
    rewards: Row = {f"rewards/{name}": 0.5 for name in ("chosen", "rejected", "margins", "accuracies")}
    run = read([train(10, **rewards), evaluation(10) | {f"eval_{key}": 0.1 for key in rewards}])
    assert run.kind == "dpo"
    assert {"train_reward_margin", "full_valid_reward_accuracy", "train_loss"} <= set(run.metrics)
    assert not run.family("train_grader_reward")


def test_kto_without_accuracies_is_dpo() -> None:
    assert read([train(10, **{"rewards/chosen": 0.1, "rewards/margins": 0.2, "kl": 0.0})]).kind == "dpo"


@pytest.mark.parametrize("ending", ["", "/mean"])
def test_reward_functions_are_graders(ending: str) -> None:
    run = read([train(10, reward=-0.5, **{f"rewards/format{ending}": 0.25, "completions/mean_length": 80.0})])
    assert run.kind == "rft"
    assert run["train_grader_reward/format"].value.tolist() == [0.25]
    assert run["train_mean_reward"].value.tolist() == [-0.5]
    assert run["completion_tokens_mean"].value.tolist() == [80.0]
    assert "policy_loss" in run
    assert "train_loss" not in run


def test_values_that_are_text_are_noted() -> None:
    run = read([train(10, sample="Once"), train(20, loss="0.25")])
    assert run["train_loss"].value.tolist() == [0.1, 0.25]
    assert [note.code for note in run.notes] == ["text_values"]


def test_a_restart_is_merged_and_noted() -> None:
    run = read([train(step) for step in (10, 20, 30, 40, 20, 30, 40, 50)])
    assert run["train_loss"].step.tolist() == [10, 20, 30, 40, 50]
    assert [note.code for note in run.notes] == ["restarted_steps"]


@pytest.mark.parametrize("history", [[], [{"epoch": 1.0, "loss": 2.0}]])
def test_a_history_without_steps_is_refused(history: list[Row]) -> None:
    with pytest.raises(MalformedError, match="no entry with a step") as caught:
        read(history)
    assert caught.value.file == "trainer_state.json"


def test_entries_that_are_no_objects_are_refused() -> None:
    with pytest.raises(MalformedError, match="1 of the 2 entries"):
        trainer_state(Document("state", b'{"log_history": [{"step": 1, "loss": 1.0}, 7]}'))


@pytest.mark.parametrize(
    "state", [{"max_steps": -1}, {"max_steps": None}, {"max_steps": "9"}, {"global_step": 0}]
)
def test_odd_facts_are_passed_over(state: dict[str, Any]) -> None:
    run = read([train(10)], **state)
    assert run.planned_steps is None
    assert run.steps_per_epoch == 100


@pytest.mark.parametrize(
    ("state", "step"),
    [
        ({"best_global_step": 20, "best_model_checkpoint": "out/checkpoint-10"}, 20),
        ({"best_model_checkpoint": "out/checkpoint-10"}, 10),  # before Transformers 4.50
        ({"best_model_checkpoint": None}, None),
    ],
)
def test_the_best_step_is_that_of_its_folder_where_the_state_does_not_say_it(
    state: Row, step: int | None
) -> None:
    run = read([train(10), evaluation(10)], **state)
    assert run.hyperparameters.get("best_global_step") == step
