"""The database of Unsloth Studio, in the layout of version 2026.10."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

from curvewise.loading import load, load_all

TABLES = """
CREATE TABLE training_runs (id TEXT PRIMARY KEY, status TEXT, model_name TEXT, dataset_name TEXT,
    config_json TEXT, started_at TEXT, total_steps INTEGER, error_message TEXT);
CREATE TABLE training_metrics (id INTEGER PRIMARY KEY, run_id TEXT, step INTEGER, loss REAL,
    learning_rate REAL, grad_norm REAL, eval_loss REAL, epoch REAL, num_tokens INTEGER, elapsed_seconds REAL);
"""


def database(path: Path) -> Path:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript(TABLES)
        for number, (status, error) in enumerate((("completed", None), ("error", "out of memory"))):
            config = json.dumps({"num_epochs": 2, "batch_size": 4, "learning_rate": "2e-4"})
            run = (
                f"{number}" * 12,
                status,
                "unsloth/Qwen3-4B",
                "data",
                config,
                f"2026-11-{number:02}",
                60,
                error,
            )
            connection.execute("INSERT INTO training_runs VALUES (?, ?, ?, ?, ?, ?, ?, ?)", run)
            for step in range(1, 61):
                row = (run[0], step, 2 / step, 2e-4, 1.0, 3 / step if step % 20 == 0 else None, step / 30)
                connection.execute(
                    "INSERT INTO training_metrics VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, 100, 1.0)", row
                )
    return path


def places(folder: Path) -> list[str]:
    """Lay out what this source reads, for the contract of all sources."""
    return [str(database(folder / "studio.db")), str(folder)]


def test_the_trainings_of_a_database_are_runs(tmp_path: Path) -> None:
    path = database(tmp_path / "studio.db")
    completed, failed = load_all(path)
    assert set(completed.metrics) == {"train_loss", "learning_rate", "grad_norm", "full_valid_loss", "epoch"}
    assert completed["full_valid_loss"].step.tolist() == [20, 40, 60]
    assert (completed.status, completed.base_model, completed.planned_steps) == (
        "succeeded",
        "unsloth/Qwen3-4B",
        60,
    )
    assert (completed.steps_per_epoch, completed.hyperparameters["n_epochs"]) == (30.0, 2)
    assert (failed.status, failed.error) == ("failed", "out of memory")
    assert load(f"{path}#unsloth/Qwen3-4B-11111111").id == failed.id
