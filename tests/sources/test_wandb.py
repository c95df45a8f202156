"""Folders of Weights & Biases."""

from __future__ import annotations

from pathlib import Path

import pytest

from curvewise.errors import MixedRunsError
from curvewise.loading import load, load_all
from tests.formats.protobufs import history, wandb_log, wandb_run
from tests.sources.test_tensorboard import write

FIRST, SECOND = "run-20261129_094223-uli36zae", "offline-run-20261129_094224-5ft6oncq"
RUNS = {
    f"{folder}/run-{folder[-8:]}.wandb": wandb_log(
        wandb_run(folder[-8:]), *[history(n, loss=1.0 + n) for n in range(5)]
    )
    for folder in (FIRST, SECOND)
} | {
    f"{FIRST}/files/wandb-summary.json": b'{"loss": 5.0, "_step": 4, "_wandb": {"runtime": 2}}',
    f"{FIRST}/files/output.log": b"loss: 9.0",
}


def places(folder: Path) -> list[str]:
    """Lay out what this source reads, for the contract of all sources."""
    write(folder / "wandb", RUNS)
    return [str(folder), str(folder / "wandb"), str(folder / "wandb" / FIRST)]


def test_a_folder_of_runs(tmp_path: Path) -> None:
    write(tmp_path / "wandb", RUNS)
    (tmp_path / "wandb" / "latest-run").symlink_to(SECOND, target_is_directory=True)
    (tmp_path / "wandb" / "wandb").symlink_to(".", target_is_directory=True)
    for path in (tmp_path, tmp_path / "wandb"):
        with pytest.raises(MixedRunsError) as caught:
            load(path)
        assert caught.value.runs == [f"{path}#{SECOND}", f"{path}#{FIRST}"]
        assert load(f"{path}#{FIRST}").name == "uli36zae"
    assert [run.id for run in load_all(tmp_path)] == ["id-5ft6oncq", "id-uli36zae"]


def test_the_folder_of_a_run(tmp_path: Path) -> None:
    write(tmp_path, RUNS)
    run = load(tmp_path / FIRST)
    assert run.formats == ("wandb_log",)
    assert run["train_loss"].value.tolist() == [1.0, 2.0, 3.0, 4.0, 5.0]


def test_a_summary_alone_says_that_it_is_one(tmp_path: Path) -> None:
    write(tmp_path, RUNS)
    run = load(tmp_path / FIRST / "files" / "wandb-summary.json")
    assert [note.code for note in run.notes] == ["summary_only"]
