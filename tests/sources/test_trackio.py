"""Databases of Trackio, in the layout that trackio 0.43 writes, with which it was compared by hand."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from curvewise.errors import MixedRunsError
from curvewise.loading import load

Rows = Sequence[Mapping[str, Any]]

LOSS: Rows = [{"loss": 1 / step, "val_loss": 2 / step} for step in range(1, 9)]
HUGGING_FACE: Rows = [
    *[
        {"train/loss": 1 / step, "train/grad_norm": 1.0, "train/learning_rate": 1e-5,
         "train/epoch": step / 50, "train/global_step": step}
        for step in range(10, 60, 10)
    ],
    {"eval/loss": "NaN", "eval/runtime": 2.0, "eval/samples_per_second": 50.0, "train/global_step": 50},
    {"train/train_loss": 0.7, "train/train_runtime": 9.0, "train/global_step": 50},
]  # fmt: skip


TABLES = """
CREATE TABLE metrics (id INTEGER PRIMARY KEY, run_name TEXT, timestamp TEXT, step INTEGER, metrics TEXT);
CREATE TABLE configs (id INTEGER PRIMARY KEY, run_name TEXT, config TEXT);
"""
WITH_IDS = "ALTER TABLE metrics ADD run_id TEXT; ALTER TABLE configs ADD run_id TEXT;"
FILL_IDS = (
    "UPDATE metrics SET run_id = run_name, run_name = ?; UPDATE configs SET run_id = run_name, run_name = ?"
)


def database(path: Path, runs: Mapping[str, Rows], *, name: str | None = None) -> Path:
    """Write a project: the rows of each run by its name; or by its id, when a name for all is given."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript(TABLES)
        for run, rows in runs.items():
            config = json.dumps({"num_train_epochs": 1, "_Username": None})
            connection.execute("INSERT INTO configs VALUES (NULL, ?, ?)", (run, config))
            for step, row in enumerate(rows):
                content = json.dumps(row)
                values = (run, f"2026-11-29T10:{step:02}", step, content.encode() if step % 2 else content)
                connection.execute("INSERT INTO metrics VALUES (NULL, ?, ?, ?, ?)", values)
        if name is not None:
            connection.executescript(WITH_IDS)
            for statement in FILL_IDS.split(";"):
                connection.execute(statement, (name,))
    return path


def places(folder: Path) -> list[str]:
    """Lay out what this source reads, for the contract of all sources."""
    file = database(folder / "huggingface.db", {"a" * 32: LOSS, "b" * 32: LOSS}, name="tune")
    return [str(file), str(folder)]


def test_the_log_of_hugging_face_reads_like_its_state(tmp_path: Path) -> None:
    run = load(database(tmp_path / "huggingface.db", {"a" * 32: HUGGING_FACE}, name="tune"))
    assert set(run.metrics) == {
        "train_loss", "grad_norm", "learning_rate", "epoch", "full_valid_loss", "mean_train_loss"
    }  # fmt: skip
    assert run["train_loss"].step.tolist() == [10, 20, 30, 40, 50]
    assert str(run["full_valid_loss"].value.tolist()) == "[nan]"
    assert (run.id, run.name, run.hyperparameters) == ("a" * 32, "tune", {"n_epochs": 1})
    assert run.notes == ()


def test_earlier_versions_know_runs_by_name(tmp_path: Path) -> None:
    path = database(tmp_path / "p.db", {"first": LOSS, "second": LOSS})
    with pytest.raises(MixedRunsError) as caught:
        load(path)
    assert caught.value.runs == [f"{path}#first", f"{path}#second"]
    run = load(f"{path}#second")
    assert run["train_loss"].step.tolist() == list(range(8))
    assert set(run.metrics) == {"train_loss", "full_valid_loss"}


def test_the_projects_of_a_folder_are_told_apart(tmp_path: Path) -> None:
    for project in ("a", "b"):
        database(tmp_path / f"{project}.db", {"tune": LOSS})
    with pytest.raises(MixedRunsError) as caught:
        load(tmp_path)
    assert caught.value.runs == [f"{tmp_path}#a/tune", f"{tmp_path}#b/tune"]


def test_a_cell_that_is_no_json_is_passed_over(tmp_path: Path) -> None:
    path = database(tmp_path / "a.db", {"x": LOSS})
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE metrics SET metrics = '{\"loss\": ' WHERE step = 3")
        connection.execute("UPDATE metrics SET metrics = x'ff' WHERE step = 4")
        connection.execute("UPDATE metrics SET metrics = 7, step = NULL WHERE step = 5")
    assert load(path)["train_loss"].step.tolist() == [0, 1, 2, 6, 7]
