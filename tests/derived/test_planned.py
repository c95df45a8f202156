from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from curvewise import Run, analyze, load
from curvewise.derived.planned import with_plan
from curvewise.testing import make_run

LOGGED = range(60, 660, 60)
"""Steps of a log that stands at 600 of 10,000."""


def as_csv(rows: list[dict[str, Any]], path: Path) -> Run:
    file = path / "log.csv"
    with file.open("w", newline="") as out:
        table = csv.DictWriter(out, rows[0])
        table.writeheader()
        table.writerows(rows)
    return load(file)


def as_jsonl(rows: list[dict[str, Any]], path: Path) -> Run:
    file = path / "metrics.jsonl"
    file.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    return load(file)


def as_state(rows: list[dict[str, Any]], path: Path) -> Run:
    file = path / "trainer_state.json"
    file.write_text(json.dumps({"log_history": rows, "global_step": rows[-1]["step"]}))
    return load(file)


def as_objects(rows: list[dict[str, Any]], path: Path) -> Run:
    del path
    return load(rows)


@pytest.mark.parametrize("read", [as_csv, as_jsonl, as_state, as_objects])
@pytest.mark.parametrize(
    ("column", "start", "slope"),
    [
        ("total_steps", 10_000, 0.0),
        ("max_steps", 10_000, 0.0),
        ("train/total_steps", 10_000, 0.0),
        ("num_training_steps", 10_000, 0.0),
        ("progress", 0.0, 1 / 10_000),
        ("progress/done_frac", 60 / 10_000, 1 / 10_000),
        ("progress", 0.0, 100 / 10_000),
        ("percentage", 0.0, 100 / 10_000),
        ("Percent", 0.0, 100 / 10_000),
    ],
)
@pytest.mark.parametrize("loss", ["loss", "reward"])
def test_a_run_that_stands_at_a_share_of_its_plan_is_unfinished(
    loss: str,
    column: str,
    start: float,
    slope: float,
    read: Callable[[list[dict[str, Any]], Path], Run],
    tmp_path: Path,
) -> None:
    rows = [{"step": step, loss: 2 - step / 1000, column: start + slope * step} for step in LOGGED]
    run = read(rows, tmp_path)
    assert run.planned_steps == 10_000
    assert column not in run.metrics or slope
    finding = analyze(run).finding("unfinished_run")
    assert finding.status == "warning"
    assert "600 of 10,000 planned (6 %)" in finding.summary


@pytest.mark.parametrize(
    "columns",
    [
        {"total_steps": [100, 200, 300]},  # steps of the environment so far
        {"max_steps": [2, 2, 2]},  # of an episode
        {"progress": [0.5, 0.5, 0.5]},
        {"percentage": [3.0, 1.0, 2.0]},
        {"progress": [0.1]},
    ],
)
def test_what_only_sounds_like_a_plan_is_none(columns: dict[str, list[float]]) -> None:
    run = with_plan(make_run(train_loss=[2.0, 1.9, 1.8], metrics=columns))
    assert run.planned_steps is None
    assert set(columns) < set(run.metrics)


@pytest.mark.parametrize(("epochs", "planned"), [(3, 500), (0.6, None), (None, None)])
def test_epochs_in_parts_tell_the_plan(epochs: float | None, planned: int | None) -> None:
    settings = {} if epochs is None else {"n_epochs": epochs}
    run = make_run(
        train_loss=[2.0] * 100, epoch=[step * 0.006 for step in range(1, 101)], hyperparameters=settings
    )
    assert with_plan(run).planned_steps == planned
    whole = make_run(train_loss=[2.0] * 3, epoch=[0, 1, 2], hyperparameters={"n_epochs": 30})
    assert with_plan(whole).planned_steps is None
