"""Folders as neptune-exporter leaves them: data/PROJECT/RUN_part_N.parquet."""

from __future__ import annotations

from pathlib import Path

from curvewise.loading import load, load_all
from tests.formats.test_long_table import neptune


def places(folder: Path) -> list[str]:
    """Lay out what this source reads, for the contract of all sources."""
    project = folder / "data" / "ana_tuning"
    project.mkdir(parents=True)
    for run in ("A-1", "A-2"):
        (project / f"{run}_part_0.parquet").write_bytes(neptune(run))
    return [str(folder / "data"), str(project)]


def test_each_run_of_an_export_is_a_run(tmp_path: Path) -> None:
    data, project = places(tmp_path)
    assert [run.source for run in load_all(data)] == [f"{data}#ana_tuning/A-1", f"{data}#ana_tuning/A-2"]
    assert load(f"{project}#A-2")["full_valid_loss"].value.tolist() == [1.5]
