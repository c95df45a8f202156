"""Output folders of litgpt, whose CSV log counts batches and whose checkpoints count steps."""

from __future__ import annotations

from pathlib import Path

import pytest

from curvewise.loading import load

SETTINGS = "devices: 2\nnum_nodes: 1\n  global_batch_size: 16\n  micro_batch_size: 2\n"


def _write(folder: Path, log: str, settings: str) -> None:
    for step in (10, 20, 30):
        saved = folder / f"step-{step:06d}"
        saved.mkdir()
        (saved / "lit_model.pth").write_bytes(b"weights")
        (saved / "hyperparameters.yaml").write_text(settings)
    logs = folder / "logs" / "csv" / "version_0"
    logs.mkdir(parents=True)
    (logs / "metrics.csv").write_text(log)


def _log(iterations: list[int], steps: list[int]) -> str:
    rows = [f"{2 - at / 200},{at},{step},\n" for at, step in zip(iterations, steps, strict=True)]
    return "loss,iter,step,val_loss\n" + "".join(rows) + f",,{steps[-1]},1.5\n"


BATCHES = [*range(4, 121, 4)]


@pytest.mark.parametrize(
    ("log", "settings", "places"),
    [
        (_log(BATCHES, BATCHES), SETTINGS, [40, 80, 120]),
        (_log(BATCHES, [at // 4 for at in BATCHES]), SETTINGS, [10, 20, 30]),
        (_log(BATCHES, BATCHES), SETTINGS.replace("2\nnum", "auto\nnum"), [10, 20, 30]),
        (_log(BATCHES, BATCHES), SETTINGS.replace("16", "4"), [10, 20, 30]),
    ],
    ids=["batches", "steps", "unknown", "one batch"],
)
def test_checkpoints_stand_where_the_log_counts(
    log: str, settings: str, places: list[int], tmp_path: Path
) -> None:
    _write(tmp_path, log, settings)
    run = load(tmp_path)
    assert run.checkpoints is not None
    assert [saved.step for saved in run.checkpoints] == places
    assert Path(run.checkpoints[0].model or "").name == "step-000010"
    assert (run.note("steps_in_batches") is not None) == (places[0] == 40)
