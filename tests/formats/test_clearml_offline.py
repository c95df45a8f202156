"""Sessions as clearml 2.1 keeps them in offline mode."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from curvewise.errors import CurvewiseError
from curvewise.loading import load
from tests.formats.test_comet_offline import archive


def event(title: str, series: str, value: float, step: int) -> dict[str, object]:
    return {
        "timestamp": 1_795_957_194_566 + step, "type": "training_stats_scalar", "task": "offline-8efc",
        "iter": step, "metric": title, "variant": series, "value": value, "method": "get",
    }  # fmt: skip


TRAINING = [event("loss", "train", 2 / step, step) for step in range(1, 41)]
EVALUATION = [event("loss", "eval", 3 / step, step) for step in (20, 40)] + [event("lr", "lr", 1e-5, 1)]
LOG = f"{json.dumps(TRAINING)}\n{json.dumps(EVALUATION)}\n"
TASK = {
    "id": "offline-8efc",
    "name": "tune",
    "hyperparams": {"General": {"learning_rate": {"name": "learning_rate", "value": "2e-05"}}},
}
EXAMPLE = archive(metrics__jsonl=LOG, task__json=json.dumps(TASK), log__jsonl="[]")
"""A file of this format; the contract of formats holds of it."""


def test_a_session_is_read_as_an_archive_or_as_its_folder(tmp_path: Path) -> None:
    (tmp_path / "offline-8efc.zip").write_bytes(EXAMPLE)
    (tmp_path / "offline-8efc").mkdir()
    (tmp_path / "offline-8efc" / "metrics.jsonl").write_text(LOG)
    (tmp_path / "offline-8efc" / "task.json").write_text(json.dumps(TASK))
    zipped, folder = load(tmp_path / "offline-8efc.zip"), load(tmp_path / "offline-8efc")
    for run in (zipped, folder):
        assert run["train_loss"].step.tolist() == list(range(1, 41))
        assert run["full_valid_loss"].value.tolist() == [0.15, 0.075]
        assert run["learning_rate"].value.tolist() == [1e-5]
    assert (zipped.id, zipped.name, zipped.hyperparameters) == (
        "offline-8efc",
        "tune",
        {"learning_rate": 2e-5},
    )


def test_a_session_without_scalars_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(archive(metrics__jsonl="[]\n[{", task__json="{"))
    with pytest.raises(CurvewiseError, match="no scalar"):
        load(tmp_path / "a.zip")
