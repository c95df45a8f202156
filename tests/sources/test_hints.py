"""What a hint tells to do gives a file that reads."""

from __future__ import annotations

import csv
import os
import re
import sqlite3
import subprocess
import sys
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


AIM = """
class Metric:
    def __init__(self, name, subset, rows):
        self.name, self.rows = name, rows
        self.context = type("Context", (), {"to_dict": lambda _: {"subset": subset}})()
        self.data = type("Data", (), {"items": lambda _: iter(rows)})()

class Run:
    def __init__(self, hash, repo, system_tracking_interval, capture_terminal_logs):
        assert (hash, system_tracking_interval, capture_terminal_logs) == ("5f867af54e6e", None, False)

    def metrics(self):
        yield Metric("loss", "val", [(20, (1.5, float("nan"), 0.0)), (10, (1.75, float("nan"), 0.0))])
        yield Metric("loss", "train", [(step, (2 / step, float("nan"), 0.0)) for step in range(1, 21)])
"""
"""What the hint needs of Aim, as version 3.29 has it."""


def test_a_run_of_aim_as_csv(tmp_path: Path) -> None:
    for name in ("repository/.aim/meta/chunks/5f867af54e6e/CURRENT", "repository/.aim/seqs/a", "library/a"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    (tmp_path / "library" / "aim.py").write_text(AIM)
    with pytest.raises(InputError, match="repository of Aim") as caught:
        load(tmp_path / "repository")
    command = re.search("`(python .*)`", caught.value.hint)
    assert command is not None
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "library")}
    script = command[1].replace("python", sys.executable, 1)
    subprocess.run(script, shell=True, check=True, cwd=tmp_path, env=environment)  # noqa: S602 - our own hint
    run = load(tmp_path / "metrics.csv")
    assert run["full_valid_loss"].value.tolist() == [1.75, 1.5]
    assert len(run["train_loss"]) == 20
