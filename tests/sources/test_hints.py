"""What a hint tells to do gives a file that reads."""

from __future__ import annotations

import csv
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from curvewise.errors import InputError
from curvewise.loading import load


def test_the_table_of_another_database_as_csv(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "own.db")) as connection, connection:
        connection.execute("CREATE TABLE losses (step, train_loss, val_loss)")
        connection.executemany("INSERT INTO losses VALUES (?, ?, ?)", [(1, 2.0, None), (2, 1.0, 1.5)])
        with pytest.raises(InputError) as caught:
            load(tmp_path / "own.db")
        assert "sqlite3 -csv -header FILE 'SELECT * FROM TABLE'" in caught.value.hint
        rows = connection.execute("SELECT * FROM losses").fetchall()
    with (tmp_path / "metrics.csv").open("w", newline="") as file:  # what the program of the hint writes
        csv.writer(file).writerows([("step", "train_loss", "val_loss"), *rows])
    run = load(tmp_path / "metrics.csv")
    assert run["full_valid_loss"].value.tolist() == [1.5]


def test_the_metrics_beside_a_checkpoint(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"\x0f\0\0\0\0\0\0\0" + b'{"__metadata__":{}}')
    (tmp_path / "metrics.csv").write_text("step,train_loss\n1,2.0\n2,1.0\n")
    with pytest.raises(InputError, match="safetensors") as caught:
        load(tmp_path / "model.safetensors")
    assert "metrics.csv" in caught.value.hint
    assert load(tmp_path).last_step == 2
