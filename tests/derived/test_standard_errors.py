from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import curvewise as cw


@pytest.mark.parametrize(
    "ending", ["_stderr", ",stderr", "_std_err", "_se", "_sem", "/stderr", ".standard_error"]
)
def test_a_column_of_standard_errors_belongs_to_its_metric(ending: str, tmp_path: Path) -> None:
    file = tmp_path / "log.csv"
    name = f'"val_loss{ending}"'
    file.write_text(f"step,train_loss,val_loss,{name}\n1,1.0,1.1,0.1\n2,0.9,,\n3,0.8,0.9,0.2\n")
    run = cw.load(file)
    errors = run["full_valid_loss"].standard_error
    assert errors is not None
    assert errors.tolist() == [0.1, 0.2]
    assert not any("err" in metric for metric in run.metrics)


@pytest.mark.parametrize(
    ("metric", "error"),
    [
        ("eval_acc,none", "eval_acc_stderr,none"),
        ("gsm8k/exact_match,strict-match", "gsm8k/exact_match_stderr,strict-match"),
        ("hellaswag/acc", "hellaswag/acc_stderr"),
    ],
)
def test_the_names_of_lm_eval_are_paired(metric: str, error: str) -> None:
    rows = [{"step": step, "loss": 1.0, metric: 0.5, error: 0.02} for step in (1, 2, 3)]
    run = cw.load(rows)
    known = {run.called(name): series.standard_error for name, series in run.metrics.items()}
    assert error not in known
    assert known[metric] == pytest.approx([0.02] * 3)


def test_where_an_error_is_blank_it_is_not_known(tmp_path: Path) -> None:
    file = tmp_path / "log.csv"
    file.write_text("step,val_loss,val_loss_stderr\n1,1.1,0.1\n2,0.9,\n")
    errors = cw.load(file)["full_valid_loss"].standard_error
    assert errors is not None
    assert np.isnan(errors[1])


def test_a_column_without_its_metric_stays(tmp_path: Path) -> None:
    file = tmp_path / "log.csv"
    file.write_text("step,val_loss,other_stderr\n1,1.1,0.1\n2,0.9,0.2\n")
    assert "other_stderr" in cw.load(file).metrics


def test_the_deviation_of_a_reward_over_known_rollouts_gives_its_standard_error(tmp_path: Path) -> None:
    evaluation = {"eval_reward_std": 0.4, "eval_runtime": 2.0, "eval_samples_per_second": 8.0}
    history = [{"step": step, "eval_reward": step / 10, **evaluation} for step in (1, 2)]
    (tmp_path / "trainer_state.json").write_text(json.dumps({"log_history": history, "global_step": 2}))
    run = cw.load(tmp_path / "trainer_state.json")
    assert run["full_valid_mean_reward"].standard_error == pytest.approx([0.1, 0.1])
    assert "eval_reward_std" in run.metrics


def test_no_number_of_rollouts_is_made_up(tmp_path: Path) -> None:
    history = [{"step": step, "eval_reward": 0.5, "eval_reward_std": 0.4} for step in (1, 2)]
    (tmp_path / "trainer_state.json").write_text(json.dumps({"log_history": history, "global_step": 2}))
    assert cw.load(tmp_path / "trainer_state.json")["full_valid_mean_reward"].standard_error is None
