"""Folders of CatBoost."""

from __future__ import annotations

from pathlib import Path

from curvewise.loading import load, runs
from tests.formats.protobufs import event_file, logged
from tests.formats.test_catboost_training import log
from tests.sources.folders import lay_out
from tests.sources.test_tensorboard import write


def places(folder: Path) -> list[str]:
    """Lay out what this source reads, for the contract of all sources."""
    tables = {"learn_error.tsv": "iter\tLogloss\n0\t1.0\n", "test_error.tsv": "iter\tAUC\n0\t0.75\n"}
    return [lay_out(folder, {"catboost_training.json": log(), **tables})]


def test_what_repeats_the_log_is_no_run(tmp_path: Path) -> None:
    (path,) = places(tmp_path / "catboost_info")
    events = event_file(*logged("Logloss", range(4)))
    write(Path(path), {f"{part}/events.out.tfevents": events for part in ("learn", "test")})
    assert load(path)["full_valid_loss"].last_step == 3
    assert [run.address for run in runs(tmp_path)] == [path]
