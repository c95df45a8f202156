"""What a hint tells to do gives a file that reads."""

from __future__ import annotations

import csv
import gzip
import json
import os
import pickle
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pytest

from curvewise.errors import CurvewiseError, InputError
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


TABLE = "step,train_loss,eval_loss,r\xe9marque\n1,2.0,,\n2,1.0,1.5,\xe9t\xe9\n"


def as_zip(path: Path) -> None:
    with ZipFile(path, "w") as archive:
        archive.writestr("metrics.csv", TABLE)


def as_zstd(path: Path) -> None:
    path.write_bytes(pytest.importorskip("zstandard").compress(TABLE.encode()))


UNPACKED: dict[str, Callable[[Path], object]] = {
    "unzip": as_zip,
    "zstd": as_zstd,
    "iconv": lambda path: path.write_bytes(TABLE.encode("cp1252")),
}
"""How to write a file that the program of a hint undoes."""


@pytest.mark.parametrize("program", UNPACKED)
def test_the_command_of_a_hint_gives_a_table(program: str, tmp_path: Path) -> None:
    if shutil.which(program) is None:
        pytest.skip(f"there is no {program} here")
    UNPACKED[program](tmp_path / "packed")
    with pytest.raises(InputError) as caught:
        load(tmp_path / "packed")
    command = re.search(f"`({program} [^`|]*FILE)( [|] curvewise check -)?`", caught.value.hint)
    assert command is not None
    packed = [part.replace("FILE", str(tmp_path / "packed")) for part in command[1].split()]
    (tmp_path / "metrics.csv").write_bytes(subprocess.run(packed, check=True, capture_output=True).stdout)
    assert load(tmp_path / "metrics.csv")["full_valid_loss"].value.tolist() == [1.5]


ROWS = np.array([[1.0, 2.0], [2.0, 1.0]])


def save_array(path: Path) -> None:
    with path.open("wb") as file:
        np.save(file, ROWS)


def save_arrays(path: Path) -> None:
    with path.open("wb") as file:
        np.savez(file, log=ROWS)


WRITTEN: dict[str, tuple[Callable[[Path], object], str]] = {
    "a NumPy array": (save_array, "write it as CSV with a header"),
    "NumPy arrays": (save_arrays, "write them as CSV with a header"),
    "a Python pickle": (
        lambda path: path.write_bytes(pickle.dumps([2.0])),
        "write the metrics as CSV",
    ),
    "a PNG picture": (lambda path: path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(99)), "as CSV"),
    "a PDF document": (lambda path: path.write_bytes(b"%PDF-1.7\n" + bytes(99)), "as CSV"),
}
"""Files that are no log, and what their hints tell to write instead."""


@pytest.mark.parametrize("what", WRITTEN)
def test_what_a_program_wrote_is_written_as_csv(what: str, tmp_path: Path) -> None:
    write, said = WRITTEN[what]
    write(tmp_path / "log")
    with pytest.raises(InputError, match=what) as caught:
        load(tmp_path / "log")
    assert said in caught.value.hint
    np.savetxt(tmp_path / "log.csv", ROWS, delimiter=",", header="step,train_loss", comments="")
    assert load(tmp_path / "log.csv")["train_loss"].value.tolist() == [2.0, 1.0]


MENDED = {
    "keep the rows of one run": ("run,step,loss\na,1,2\na,2,1\nb,1,3\n", "run,step,loss\na,1,2\na,2,1\n"),
    "write a decimal point": ("step;train_loss\n1;2,5\n2;1.0\n", "step;train_loss\n1;2.5\n2;1.0\n"),
    "--map step=COLUMN": ("when,train_loss,x\n1,2.0,a\n", "step,train_loss,x\n1,2.0,a\n"),
    "choose the step as the x axis": (
        '"relative_time","a - loss","a - loss__MIN","a - loss__MAX"\n"1 h","2","2","2"\n',
        '"Step","a - loss","a - loss__MIN","a - loss__MAX"\n"1","2","2","2"\n',
    ),
    "repair this place": (
        '[{"step": 1, "loss": 2.0}, {"step": 2 "a": 1}]',
        '[{"step": 1, "loss": 2.0}]',
    ),
}
"""What a hint tells to do, a file that it is told for, and what comes of it."""


@pytest.mark.parametrize("said", MENDED)
def test_a_file_that_is_mended_as_a_hint_tells_is_read(said: str, tmp_path: Path) -> None:
    for content, is_mended in zip(MENDED[said], (False, True), strict=True):
        (tmp_path / "log").write_text(content)
        if is_mended:
            assert "train_loss" in load(tmp_path / "log")
        else:
            with pytest.raises(CurvewiseError) as caught:
                load(tmp_path / "log")
            assert said in caught.value.hint


def notebook(*outputs: dict[str, object]) -> str:
    cell = {"cell_type": "code", "source": "trainer.train()", "metadata": {}, "outputs": [*outputs]}
    return json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


def test_a_notebook_that_is_saved_with_its_outputs(tmp_path: Path) -> None:
    (tmp_path / "train.ipynb").write_text(notebook())
    with pytest.raises(InputError, match="no output of this notebook") as caught:
        load(tmp_path / "train.ipynb")
    assert "save it with its outputs" in caught.value.hint
    shown = "".join(f"{{'loss': {1 / step}, 'epoch': {step}.0}}\n" for step in range(1, 5))
    (tmp_path / "train.ipynb").write_text(
        notebook({"output_type": "stream", "name": "stdout", "text": shown})
    )
    assert len(load(tmp_path / "train.ipynb")["train_loss"]) == 4


def test_json_that_is_too_much_as_csv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [{"step": step, "loss": 1 / step} for step in range(1, 50)]
    (tmp_path / "log.json").write_text(json.dumps(rows))
    monkeypatch.setenv("CURVEWISE_MAX_JSON_BYTES", "500")
    with pytest.raises(CurvewiseError, match="the JSON has") as caught:
        load(tmp_path / "log.json")
    assert "export the metrics as CSV" in caught.value.hint
    with (tmp_path / "log.csv").open("w", newline="") as file:
        csv.writer(file).writerows([rows[0].keys(), *(row.values() for row in rows)])
    assert len(load(tmp_path / "log.csv")["train_loss"]) == 49


def test_parquet_as_csv_where_nothing_reads_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    arrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    table = arrow.table({"step": [1, 2], "train_loss": [2.0, 1.0]})
    parquet.write_table(table, tmp_path / "log.parquet")
    assert load(tmp_path / "log.parquet")["train_loss"].value.tolist() == [2.0, 1.0]
    with monkeypatch.context() as patched:
        patched.setattr("curvewise.parsing.columnar.find_spec", lambda _: None)
        with pytest.raises(InputError, match="`pyarrow` is not installed") as caught:
            load(tmp_path / "log.parquet")
    assert "or write it as CSV" in caught.value.hint
    pytest.importorskip("pyarrow.csv").write_csv(table, tmp_path / "log.csv")
    assert load(tmp_path / "log.csv")["train_loss"].value.tolist() == [2.0, 1.0]


def test_what_is_compressed_twice_is_unpacked_once(tmp_path: Path) -> None:
    once = gzip.compress(TABLE.encode())
    (tmp_path / "log.csv.gz").write_bytes(gzip.compress(once))
    with pytest.raises(InputError, match="compressed twice") as caught:
        load(tmp_path / "log.csv.gz")
    assert "unpack it first" in caught.value.hint
    (tmp_path / "log.csv.gz").write_bytes(once)
    assert load(tmp_path / "log.csv.gz")["full_valid_loss"].value.tolist() == [1.5]
