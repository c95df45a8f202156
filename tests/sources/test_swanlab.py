"""Folders of SwanLab."""

from __future__ import annotations

from pathlib import Path

from curvewise.loading import load, load_all
from tests.formats.protobufs import swanlab_log, swanlab_scalar, swanlab_start
from tests.sources.test_tensorboard import write

FIRST, SECOND = "run-20261129_101054-yzddswlp", "run-20261129_101055-abcdefgh"
RUNS = {
    f"{folder}/run-{folder[-8:]}.swanlab": swanlab_log(
        swanlab_start(folder[-8:]), *[swanlab_scalar("loss", step, 1.0) for step in range(5)]
    )
    for folder in (FIRST, SECOND)
}


def places(folder: Path) -> list[str]:
    """Lay out what this source reads, for the contract of all sources."""
    write(folder / "swanlog", RUNS)
    return [str(folder), str(folder / "swanlog"), str(folder / "swanlog" / FIRST)]


def test_runs_are_listed_by_the_names_of_their_folders(tmp_path: Path) -> None:
    write(tmp_path / "swanlog", RUNS)
    assert load(f"{tmp_path}#{SECOND}").name == "abcdefgh"
    assert [run.id for run in load_all(tmp_path)] == ["id-yzddswlp", "id-abcdefgh"]
