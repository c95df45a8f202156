"""`curvewise runs`: the runs of a folder or of a tracker's store."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import curvewise as cw
from tests.formats.protobufs import event_file, logged
from tests.sources.test_mlflow import HUGGING_FACE, LOSS, database
from tests.sources.test_tensorboard import write

from .conftest import Program


def test_a_line_for_each_run_ends_in_what_to_pass(curvewise: Program, tmp_path: Path) -> None:
    path = database(tmp_path / "mlflow.db", [("a" * 32, "first", LOSS), ("b" * 32, "second", HUGGING_FACE)])
    done = curvewise("runs", path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        f"sft  step 50  succeeded  1970-01-01 00:00  {path}#first",
        f"sft  step 50  succeeded  1970-01-01 00:00  {path}#second",
    ]
    assert curvewise("check", f"{path}#second").returncode < 2


def test_a_run_that_cannot_be_read_says_why(curvewise: Program, tmp_path: Path) -> None:
    loss = event_file(*logged("loss", range(9)))
    write(tmp_path, {"a/events.out.tfevents.1": loss, "b/events.out.tfevents.1": b""})
    done = curvewise("runs", tmp_path, "--format", "json")
    assert done.returncode == 2
    first, second = json.loads(done.stdout)
    assert (first["address"], first["last_step"], first["problem"]) == (f"{tmp_path}#a", 8, None)
    assert second["problem"] == "the file is empty"
    assert "  cannot be read: the file is empty" in curvewise("runs", tmp_path).stdout.splitlines()


def test_any_folder_of_runs_is_listed(tmp_path: Path) -> None:
    for name, loss in (("a.csv", 2.0), ("b.csv", 1.5)):
        (tmp_path / name).write_text(f"step,train_loss\n1,{loss}\n2,{loss - 1}\n")
    (tmp_path / "notes.txt").write_text("nothing\n")
    listed = cw.runs(tmp_path)
    assert [each.address for each in listed] == [str(tmp_path / "a.csv"), str(tmp_path / "b.csv")]
    assert all(each.written_at for each in listed)


def test_a_path_without_a_run_is_an_error(curvewise: Program, tmp_path: Path) -> None:
    with pytest.raises(cw.InputError):
        cw.runs(tmp_path / "missing")
    assert curvewise("runs", tmp_path / "missing").returncode == 2
