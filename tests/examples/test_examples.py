from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import curvewise as cw

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
SUPERVISED = ("azure-sft-overfit", "azure-sft-healthy")
REINFORCED = ("azure-rft-healthy", "azure-rft-hacked")
ALL = (*SUPERVISED, *REINFORCED, "hf-sft", "hf-grpo")


def table(name: str) -> list[dict[str, float | None]]:
    with (EXAMPLES / name / "results.csv").open(encoding="utf-8", newline="") as file:
        return [
            {column: float(cell) if cell else None for column, cell in row.items() if column != "timestamp"}
            for row in csv.DictReader(file)
        ]


def numbers(rows: list[dict[str, float | None]]) -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.array([[np.nan if cell is None else cell for cell in row.values()] for row in rows])


def document(name: str, file: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((EXAMPLES / name / file).read_text(encoding="utf-8"))
    return content


def column(rows: list[dict[str, float | None]], ending: str) -> list[float]:
    (name,) = [name for name in rows[0] if name.endswith(ending)]
    values = [row[name] for row in rows]
    return [value for value in values if value is not None]


def test_the_files_are_what_the_script_makes(tmp_path: Path) -> None:
    name = "azure-sft-overfit"
    script = EXAMPLES / "make.py"
    subprocess.run([sys.executable, script, "--into", tmp_path, name], check=True, capture_output=True)
    made = sorted(path.name for path in (tmp_path / name).iterdir())
    assert made == sorted(path.name for path in (EXAMPLES / name).iterdir())
    kept = numbers(table(name))
    with (tmp_path / name / "results.csv").open(encoding="utf-8", newline="") as file:
        again = [
            {key: float(cell) if cell else None for key, cell in row.items()} for row in csv.DictReader(file)
        ]
    np.testing.assert_allclose(numbers(again), kept, rtol=0.02, atol=0.02)
    assert (tmp_path / name / "job.json").read_bytes() == (EXAMPLES / name / "job.json").read_bytes()


def test_an_unknown_name_is_refused() -> None:
    script = EXAMPLES / "make.py"
    done = subprocess.run([sys.executable, script, "azure"], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "there is no example 'azure'" in done.stderr


def test_the_examples_stay_small() -> None:
    assert sum(path.stat().st_size for path in EXAMPLES.rglob("*.*") if path.is_file()) < 600_000


@pytest.mark.parametrize("name", SUPERVISED)
def test_full_validation_stands_on_the_last_step_of_each_epoch(name: str) -> None:
    rows, job = table(name), document(name, "job.json")
    epochs = job["hyperparameters"]["n_epochs"]
    length = len(rows) // epochs
    assert [row["step"] for row in rows] == list(range(1, len(rows) + 1))
    assert [row["step"] for row in rows if row["full_valid_loss"] is not None] == [
        length * epoch for epoch in range(1, epochs + 1)
    ]
    assert all(row["valid_loss"] is not None for row in rows)


@pytest.mark.parametrize(("name", "rotation"), [("azure-sft-overfit", 12), ("azure-sft-healthy", 8)])
def test_minibatch_validation_rotates(name: str, rotation: int) -> None:
    """The same minibatch comes back after one rotation, and no sooner."""
    rows = table(name)
    loss = np.array([row["valid_loss"] for row in rows], float)[len(rows) // 3 :]
    level = np.convolve(loss, np.ones(rotation) / rotation, mode="same")
    swing = (loss - level)[rotation:-rotation]
    likeness = {lag: np.corrcoef(swing[lag:], swing[:-lag])[0, 1] for lag in range(1, rotation + 1)}
    assert max(likeness, key=lambda lag: likeness[lag]) == rotation
    assert likeness[rotation] > 0.3


@pytest.mark.parametrize("name", (*SUPERVISED, *REINFORCED))
def test_checkpoints_repeat_the_result_file(name: str) -> None:
    rows, listed = table(name), document(name, "checkpoints.json")
    steps = [item["step_number"] for item in listed["data"]]
    model = document(name, "job.json")["fine_tuned_model"]
    assert steps == sorted(steps, reverse=True)
    assert steps[0] == len(rows)
    assert listed["has_more"] is False
    for item in listed["data"]:
        row = rows[item["step_number"] - 1]
        suffix = "" if item["step_number"] == len(rows) else f":ckpt-step-{item['step_number']}"
        assert item["fine_tuned_model_checkpoint"] == f"{model}{suffix}"
        for metric, value in item["metrics"].items():
            if metric in row:
                assert value == pytest.approx(row[metric], abs=1e-8)


@pytest.mark.parametrize("name", SUPERVISED)
def test_only_the_last_three_epochs_keep_a_checkpoint(name: str) -> None:
    ends = [row["step"] for row in table(name) if row["full_valid_loss"] is not None]
    assert [item["step_number"] for item in document(name, "checkpoints.json")["data"]] == ends[:-4:-1]


@pytest.mark.parametrize("name", SUPERVISED)
def test_events_come_newest_first_in_pages_of_twenty(name: str) -> None:
    page = document(name, "events.json")
    times = [event["created_at"] for event in page["data"]]
    assert times == sorted(times, reverse=True)
    assert len(page["data"]) == 20
    assert page["has_more"] is True
    rows = table(name)
    for event in page["data"]:
        if event["type"] == "metrics":
            data = event["data"]
            assert event["message"] == f"Step {data['step']}: training loss={data['train_loss']!r}"
            assert data["train_loss"] == pytest.approx(rows[data["step"] - 1]["train_loss"], abs=1e-8)


@pytest.mark.parametrize("name", REINFORCED)
def test_ungraded_rollouts_count_as_minus_one_in_training(name: str) -> None:
    rows = table(name)
    reward, graded_mean = column(rows, "train_mean_reward"), column(rows, "/train_reward_mean")
    graded = column(rows, "train_sample_parse_error_count")
    rollouts = column(rows, "train_reasoning_tokens_count")
    ungraded = np.subtract(rollouts, graded)
    np.testing.assert_allclose(
        np.multiply(reward, rollouts), np.multiply(graded_mean, graded) - ungraded, atol=1e-6
    )
    assert ungraded.max() > 0
    assert ungraded.min() >= 0


@pytest.mark.parametrize("name", REINFORCED)
def test_validation_leaves_ungraded_rollouts_out_and_is_taken_every_five_steps(name: str) -> None:
    rows = table(name)
    evaluated = [row["step"] for row in rows if row["full_valid_mean_reward"] is not None]
    assert evaluated == [1, *range(5, len(rows) + 1, 5)]
    assert column(rows, "full_valid_mean_reward") == column(rows, "/valid_reward_mean")


def test_the_grader_of_the_job_is_the_function_that_ran() -> None:
    graders = [document(name, "job.json")["method"]["reinforcement"]["grader"] for name in REINFORCED]
    assert graders[0]["source"] == graders[1]["source"]
    assert graders[0]["source"] in (EXAMPLES / "train" / "addition.py").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["hf-sft", "hf-grpo"])
def test_each_checkpoint_holds_the_history_up_to_it(name: str) -> None:
    whole = document(name, "trainer_state.json")
    *history, last = whole["log_history"]
    assert {"train_loss", "train_runtime", "total_flos"} <= set(last)
    folders = sorted((EXAMPLES / name).glob("checkpoint-*"))
    assert len(folders) == 2
    for folder in folders:
        state = json.loads((folder / "trainer_state.json").read_text(encoding="utf-8"))
        assert state["global_step"] == int(folder.name.partition("-")[2])
        assert state["log_history"] == [entry for entry in history if entry["step"] <= state["global_step"]]


@pytest.mark.parametrize("name", ALL)
def test_every_check_keeps_going(name: str) -> None:
    assert not cw.analyze(cw.load(str(EXAMPLES / name))).with_status("crashed")


def analyzed(name: str) -> cw.Report:
    return cw.analyze(cw.load(str(EXAMPLES / name)))


def problems(report: cw.Report) -> set[str]:
    return {finding.check for finding in report.with_status("problem")}


def test_the_overfit_run_gets_its_best_existing_checkpoint() -> None:
    report = analyzed("azure-sft-overfit")
    best = report.selection.best
    assert "overfitting" in problems(report)
    assert best is not None
    assert (best.step, best.existence) == (90, "exists")
    assert best.model is not None
    assert best.model.endswith(":ckpt-step-90")


def test_the_healthy_supervised_run_has_no_problem() -> None:
    report = analyzed("azure-sft-healthy")
    assert problems(report) == set()
    assert report.with_status("warning") == ()
    assert report.selection.best is not None
    assert report.selection.best.step == 300


def test_the_healthy_reinforcement_run_has_no_problem() -> None:
    report = analyzed("azure-rft-healthy")
    assert problems(report) == set()
    assert report.finding("reward_gap").status == "ok"
    assert report.finding("token_growth").status == "ok"


def test_the_hacked_run_is_found_out() -> None:
    report = analyzed("azure-rft-hacked")
    assert {"reward_gap", "token_growth"} <= problems(report)
    best = report.selection.best
    assert best is not None
    assert best.step == 20


def test_a_best_step_without_a_checkpoint_is_said_so() -> None:
    report = analyzed("hf-sft")
    assert report.finding("missing_best_checkpoint").status in ("warning", "problem")
    best = report.selection.best
    assert best is not None
    assert best.model is not None
    assert best.model.endswith("checkpoint-180")


def test_without_evaluation_a_reward_gap_is_not_judged() -> None:
    report = analyzed("hf-grpo")
    assert report.finding("reward_gap").status in ("unknown", "not_applicable")
    assert problems(report) == set()
