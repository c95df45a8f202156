"""JSON Lines and arrays of metrics."""

from __future__ import annotations

import json
from typing import Any

import pytest

from curvewise.errors import CurvewiseError, MalformedError, MixedRunsError, UsageError
from curvewise.formats.jsonl_metrics import jsonl_metrics
from curvewise.model.run import Run
from curvewise.parsing.document import Document

EXAMPLE = b'{"step": 0, "train_mean_nll": 2.5, "progress": 0.0}\n'
"""A file of this format; the contract of formats holds of it."""

ROWS = [{"step": 0, "loss": 2.0, "lr": 1.0}, {"step": 1, "loss": 1.0, "val_loss": 1.5}]


def read(data: str, mapping: dict[str, str] | None = None) -> Run:
    document = Document("metrics.jsonl", data.encode(), mapping)
    assert jsonl_metrics.recognise(document)
    return jsonl_metrics(document)


def lines(rows: list[dict[str, Any]]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


@pytest.mark.parametrize(
    "data",
    [lines(ROWS), json.dumps(ROWS), json.dumps(ROWS, indent=1), json.dumps({"metrics": ROWS})],
    ids=["lines", "array", "indented", "wrapped"],
)
def test_every_arrangement_reads_alike(data: str) -> None:
    run = read(data)
    assert run["train_loss"].value.tolist() == [2.0, 1.0]
    assert run["full_valid_loss"].step.tolist() == [1]


def test_tinker_rewards_and_groups() -> None:
    rows = [
        {
            "step": step,
            "env/all/reward/total": step / 2,
            "env/all/by_group/frac_mixed": 1 - step / 4,
            "time/total": 1,
        }
        for step in range(3)
    ]
    run = read(lines([*rows, {"step": 2, "test/env/all/reward/total": 0.5}]))
    assert run.kind == "rft"
    assert run["train_mean_reward"].value.tolist() == [0, 0.5, 1]
    assert run["full_valid_mean_reward"].step.tolist() == [2]
    assert run["zero_std_group_share"].value.tolist() == [0, 0.25, 0.5]


def test_tinker_supervised() -> None:
    run = read(
        lines([{"step": step, "train_mean_nll": 1.0, "epoch": 0, "progress": 0.1} for step in range(3)])
    )
    assert run.kind == "sft"
    assert len(run["train_loss"]) == 3


@pytest.mark.parametrize("step_key", ["train/global_step", "eval/global_step"])
def test_together_logs_training_and_evaluation_apart(step_key: str) -> None:
    rows = [
        {
            "train/global_step": 7,
            "train/loss": 2.0,
            "train/grad_norm": 1.0,
            "timestamp": 1_700_000_000_000_000_000,
        },
        {step_key: 7, "eval/loss": 1.5},
        {"train/global_step": 14, "train/loss": 1.0},
    ]
    run = read(json.dumps(rows))
    assert run["train_loss"].step.tolist() == [7, 14]
    assert run["full_valid_loss"].step.tolist() == [7]


def test_inner_objects_are_flattened() -> None:
    run = read(lines([{"step": 1, "train": {"loss": 2.0}, "eval": {"loss": 3.0}}] * 2))
    assert {"train_loss", "full_valid_loss"} <= set(run.metrics)


def test_epochs_serve_as_steps() -> None:
    run = read(json.dumps([{"epoch": 1, "loss": 2.0}, {"epoch": 2, "loss": 1.0}]))
    assert run["train_loss"].step.tolist() == [1, 2]
    assert run.steps_per_epoch == 1


def test_steps_that_are_counted_in_each_epoch_are_numbered_through() -> None:
    rows = [{"epoch": epoch, "step": step, "loss": 1.0} for epoch in (0, 1) for step in (1, 2, 3)]
    run = read(lines(rows))
    assert run["train_loss"].step.tolist() == [1, 2, 3, 4, 5, 6]
    assert run.steps_per_epoch == 3


def test_rows_without_step_text_and_a_cut_end_are_noted() -> None:
    run = read(lines([{"seed": 1, "step": None}, *ROWS, {"step": 2, "loss": "high"}]) + '{"step": 3, "lo')
    assert {note.code for note in run.notes} == {"rows_without_step", "text_values", "cut_last_line"}


def test_a_mapping_names_the_keys() -> None:
    run = read(lines([{"i": 1, "a": 2.0}, {"i": 2, "a": 1.0}]), {"step": "i", "train_loss": "a"})
    assert run["train_loss"].step.tolist() == [1, 2]


@pytest.mark.parametrize(
    ("rows", "mapping", "error", "said"),
    [
        (ROWS, {"train_loss": "nll"}, UsageError, "no column 'nll'"),
        ([{"a": 1}, {"a": 2}], {"train_loss": "a"}, MalformedError, "no step key"),
        ([{"step": 0.5, "loss": 1}] * 2, {}, MalformedError, "the step of entry 1 is 0.5"),
        ([{"run": name, "step": 1, "loss": 1} for name in "ab"], {}, MixedRunsError, "2 runs: a, b"),
    ],
)
def test_what_cannot_be_read_says_why(
    rows: list[dict[str, Any]], mapping: dict[str, str], error: type[CurvewiseError], said: str
) -> None:
    with pytest.raises(error, match=said):
        read(lines(rows), mapping)


@pytest.mark.parametrize(
    "data",
    [
        '{"messages": []}\n{"messages": []}\n',
        '{"step": 1, "price": 3}\n{"step": 2, "price": 3}\n',
        '{"a": 1}',
        "[]",
        "[1, 2]",
        "step,loss\n1,2\n",
    ],
)
def test_other_json_is_not_recognised(data: str) -> None:
    assert not jsonl_metrics.recognise(Document("file", data.encode()))


def test_the_step_is_mapped_to_nothing_else() -> None:
    with pytest.raises(UsageError, match="holds the steps"):
        jsonl_metrics(Document("log.jsonl", b'{"it": 1, "nll": 2.0}\n', {"step": "it", "train_loss": "it"}))


def test_fractional_epochs_without_a_step_are_counted() -> None:
    run = read('{"epoch": 0.5, "loss": 2.0}\n{"epoch": 1.0, "loss": 1.0}\n')
    assert run["train_loss"].step.tolist() == [1, 2]
    assert [note.code for note in run.notes] == ["row_number_as_step"]


def test_a_step_beside_the_planned_steps() -> None:
    run = read('{"global_step/max_steps": "5/20", "epoch": 0.5, "loss": 2.0}\n')
    assert (run.last_step, run.planned_steps) == (5, 20)


def test_values_within_an_object_of_their_own_are_metrics_of_the_step() -> None:
    inner = {"critic/score/mean": 0.25, "actor/entropy": 0.5, "actor/pg_loss": float("nan")}
    run = read(lines([{"step": step, "data": inner} for step in (1, 2)]))
    assert run["train_mean_reward"].step.tolist() == [1, 2]
    assert run["policy_loss"].value.tolist() == pytest.approx([float("nan")] * 2, nan_ok=True)


@pytest.mark.parametrize(("episodes", "examples"), [((64, 64), 64), ((64, 32), None)])
def test_the_episodes_of_an_evaluation_are_its_examples(
    episodes: tuple[int, int], examples: int | None
) -> None:
    rows = [
        {
            "step": step,
            "env/all/reward/total": 0.5,
            "test/env/all/reward/total": 0.4,
            "test/env/all/total_episodes": n,
        }
        for step, n in enumerate(episodes)
    ]
    assert read(lines(rows)).validation_examples == examples


def test_the_state_of_roll_is_its_log() -> None:
    rows = [{"critic/score/mean": k / 10, "critic/kl": 0.0, "system/step": k} for k in range(4)]
    state = {"step": 3, "log_history": rows, "kv": {}}
    run = read(json.dumps(state))
    assert run.kind == "rft"
    assert run["train_mean_reward"].step.tolist() == [0, 1, 2, 3]
