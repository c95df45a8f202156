"""Stores of MLflow, in the layout that mlflow 3.17 writes, with which it was compared by hand."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from curvewise.errors import InputError, MixedRunsError
from curvewise.loading import load, load_all
from tests.sources.test_tensorboard import write

Metric = tuple[str, float | None, int]

SCHEMA = """
CREATE TABLE runs (run_uuid VARCHAR(32), name VARCHAR(250), status VARCHAR(9), start_time BIGINT,
    lifecycle_stage VARCHAR(20), experiment_id INTEGER);
CREATE TABLE metrics (key VARCHAR(250), value FLOAT NOT NULL, timestamp BIGINT, run_uuid VARCHAR(32),
    step BIGINT, is_nan BOOLEAN);
CREATE TABLE params (key VARCHAR(250), value VARCHAR(8000), run_uuid VARCHAR(32));
"""

LOSS: list[Metric] = [("loss", 1 / step, step) for step in range(10, 60, 10)]
HUGGING_FACE: list[Metric] = [
    *LOSS,
    *[
        (key, value, step)
        for step in range(10, 60, 10)
        for key, value in (("learning_rate", 1e-5), ("grad_norm", 1.0))
    ],
    *[("epoch", step / 50, step) for step in range(10, 60, 10)],
    *[(key, value, 50) for key, value in (("eval_loss", 0.5), ("eval_runtime", 2.0), ("epoch", 1.0))],
    *[("eval_samples_per_second", 50.0, 50), ("train_loss", 0.7, 50), ("train_runtime", 9.0, 50)],
]
METRICS = {"train_loss", "learning_rate", "grad_norm", "epoch", "full_valid_loss", "mean_train_loss"}


def database(path: Path, runs: Iterable[tuple[str, str, Iterable[Metric]]], **of_runs: Any) -> Path:
    """Write a database: of each run id, name and metrics; None stands for NaN."""
    facts = {"status": "FINISHED", "lifecycle_stage": "active", **of_runs}
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript(SCHEMA)
        for time, (run, name, metrics) in enumerate(runs):
            values = (run, name, facts["status"], time, facts["lifecycle_stage"])
            connection.execute("INSERT INTO runs VALUES (?, ?, ?, ?, ?, 1)", values)
            connection.execute("INSERT INTO params VALUES ('num_train_epochs', '1', ?)", (run,))
            connection.executemany(
                "INSERT INTO metrics VALUES (?, ?, ?, ?, ?, ?)",
                [
                    (key, value or 0.0, n, run, step, value is None)
                    for n, (key, value, step) in enumerate(metrics)
                ],
            )
    return path


def store(folder: Path, runs: Iterable[tuple[str, str, Iterable[Metric]]], **of_runs: Any) -> Path:
    """Write the same as folders of files."""
    facts = {"status": 3, "lifecycle_stage": "active", **of_runs}
    files: dict[str, bytes] = {"mlruns/0/meta.yaml": b"experiment_id: '0'\n"}
    for run, name, metrics in runs:
        said: Mapping[str, Any] = {"run_id": run, "run_name": name, **facts}
        path = f"mlruns/0/{run}"
        files[f"{path}/meta.yaml"] = "".join(f"{key}: {value}\n" for key, value in said.items()).encode()
        files[f"{path}/params/num_train_epochs"] = b"1"
        for key, value, step in metrics:
            line = f"{1_700_000_000_000 + step} {'nan' if value is None else value} {step}\n".encode()
            files[f"{path}/metrics/{key}"] = files.get(f"{path}/metrics/{key}", b"") + line
    return write(folder, files)


def places(folder: Path) -> list[str]:
    """Lay out what this source reads, for the contract of all sources."""
    runs = [("a" * 32, "first", LOSS), ("b" * 32, "second", HUGGING_FACE)]
    (folder / "files").mkdir(parents=True)
    file = database(folder / "mlflow.db", runs)
    store(folder / "files", runs)
    experiment = folder / "files" / "mlruns" / "0"
    return [str(file), str(folder), str(folder / "files"), str(experiment), str(experiment / ("a" * 32))]


@pytest.mark.parametrize("write_store", [database, store])
def test_hugging_face_logs_the_mean_loss_at_the_last_step(write_store: Any, tmp_path: Path) -> None:
    run = load(write_store(tmp_path / "x", [("c" * 32, "tune", HUGGING_FACE)]))
    assert set(run.metrics) == METRICS
    assert run["train_loss"].step.tolist() == [10, 20, 30, 40, 50]
    assert run["mean_train_loss"].value.tolist() == [0.7]
    assert (run.id, run.name, run.status, run.validation_examples) == ("c" * 32, "tune", "succeeded", 100)
    assert run.hyperparameters == {"n_epochs": 1}
    assert run.notes == ()


@pytest.mark.parametrize("write_store", [database, store])
def test_runs_are_listed_by_name(write_store: Any, tmp_path: Path) -> None:
    runs = [
        ("a" * 32, "tune", LOSS),
        ("b" * 32, "tune", LOSS),
        ("c" * 32, "best #1", LOSS),
        ("d" * 32, "none", []),
    ]
    path = write_store(tmp_path / "x", runs)
    with pytest.raises(MixedRunsError, match="3 runs") as caught:
        load(path)
    assert caught.value.runs == [f"{path}#{name}" for name in ("tune-aaaaaaaa", "tune-bbbbbbbb", "best #1")]
    assert load(f"{path}#tune-bbbbbbbb").id == "b" * 32
    assert [run.name for run in load_all(path)] == ["tune-aaaaaaaa", "tune-bbbbbbbb", "best #1"]


@pytest.mark.parametrize("write_store", [database, store])
def test_a_deleted_run_is_not_listed(write_store: Any, tmp_path: Path) -> None:
    path = write_store(tmp_path / "x", [("a" * 32, "tune", LOSS)], lifecycle_stage="deleted")
    with pytest.raises(InputError, match="no run"):
        load(path)


def test_what_a_database_holds_of_values_that_are_no_numbers(tmp_path: Path) -> None:
    values = [
        ("val/loss", None, 1),
        ("val/loss", 1.7976931348623157e308, 2),
        ("val/loss", -1.7976931348623157e308, 3),
    ]
    run = load(database(tmp_path / "a.db", [("a" * 32, "x", values)], status="KILLED"))
    assert str(run["full_valid_loss"].value.tolist()) == "[nan, inf, -inf]"
    assert run.status == "cancelled"


@pytest.mark.parametrize("write_store", [database, store])
def test_values_without_a_step_are_numbered(write_store: Any, tmp_path: Path) -> None:
    logged = [("loss", value, 0) for value in (3.0, 2.0, 1.0)] + [("score", 0.5, 0)]
    run = load(write_store(tmp_path / "x", [("a" * 32, "x", logged)]))
    assert run["train_loss"].step.tolist() == [1, 2, 3]
    assert run["score"].step.tolist() == [0]
    assert [note.code for note in run.notes] == ["row_number_as_step"]


def test_verl_writes_an_at_in_words(tmp_path: Path) -> None:
    scores: list[Metric] = [("val-core/gsm8k/acc/mean_at_1", step / 100, step) for step in (10, 20, 30)]
    run = load(database(tmp_path / "mlflow.db", [("a1", "one", scores)]))
    assert set(run.metrics) == {"valid_grader_reward/gsm8k/acc"}


def test_a_database_that_is_written_to_is_read(tmp_path: Path) -> None:
    path = database(tmp_path / "a.db", [("a" * 32, "x", LOSS)])
    with closing(sqlite3.connect(path)) as writer:
        writer.execute("PRAGMA journal_mode = WAL")
        writer.execute("DELETE FROM metrics WHERE step > 30")  # not committed
        assert load(path)["train_loss"].last_step == 50


def test_a_path_may_hold_any_sign(tmp_path: Path) -> None:
    folder = tmp_path / "a b #1?%20é"
    folder.mkdir()
    path = database(folder / "mlflow.db", [("a" * 32, "x", LOSS), ("b" * 32, "y", LOSS)])
    assert load(f"{path}#y").id == "b" * 32


def test_a_damaged_database_is_no_crash(tmp_path: Path) -> None:
    data = database(tmp_path / "a.db", [("a" * 32, "x", LOSS)]).read_bytes()
    for start in range(16, len(data), 97):
        (tmp_path / "b.db").write_bytes(data[:start] + bytes(range(200)) + data[start + 200 :])
        try:
            load(tmp_path / "b.db")
        except InputError as error:
            assert error.hint
    (tmp_path / "b.db").write_bytes(data[: len(data) // 2])
    with pytest.raises(InputError):
        load(tmp_path / "b.db")


def test_another_database_says_which_are_read(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "a.db")) as connection, connection:
        connection.execute("CREATE VIEW runs AS SELECT 1 AS run_uuid")
        connection.execute("CREATE TABLE losses (step, loss)")
    with pytest.raises(InputError, match="SQLite") as caught:
        load(tmp_path / "a.db")
    assert "MLflow" in caught.value.hint
