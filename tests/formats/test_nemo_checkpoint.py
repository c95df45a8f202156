"""What NeMo RL writes into the folder of each checkpoint."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from curvewise.formats.nemo_checkpoint import nemo_checkpoint
from curvewise.loading import load
from curvewise.model.run import Run
from curvewise.parsing.document import Document
from tests.sources.folders import lay_out

EXAMPLE = b'{"consumed_samples": 64, "current_step": 2, "total_steps": 2, "val_reward": 0.5}'
"""A file of this format; the contract of formats holds of it."""


def info(step: int, **more: Any) -> str:
    """Write what `CheckpointManager` does of the state of GRPO."""
    state = {"consumed_samples": 32 * step, "current_step": step, "current_epoch": 0, "total_steps": step}
    return json.dumps({**state, "total_valid_tokens": 900 * step, "sampler_name": None, **more})


def read(text: str) -> Run:
    document = Document("training_info.json", text.encode())
    assert nemo_checkpoint.recognise(document)
    return nemo_checkpoint(document)


@pytest.mark.parametrize(
    ("more", "metrics"),
    [
        ({"val_reward": 0.5, "val:accuracy": 0.5}, {"full_valid_mean_reward": 0.5}),
        ({"val_reward": -99999999.0, "train:reward": 0.25}, {"train_mean_reward": 0.25}),
        ({"val:val_loss": 1.5}, {"full_valid_loss": 1.5}),
        ({"val:validation-code_loss": 0.75}, {"full_valid_loss/code": 0.75}),
        ({}, {}),
    ],
)
def test_what_the_checkpoint_was_chosen_by(more: dict[str, float], metrics: dict[str, float]) -> None:
    run = read(info(20, **more))
    assert {name: series.at(20) for name, series in run.metrics.items()} == metrics


def test_the_checkpoints_of_a_folder_are_a_curve(tmp_path: Path) -> None:
    values = {10: 0.25, 20: 0.5, 30: 0.375}
    for step, value in values.items():
        own = {"training_info.json": info(step, val_reward=value), "policy/weights/m.safetensors": "x"}
        lay_out(tmp_path / f"step_{step}", own)
    run = load(tmp_path)
    assert run.kind == "rft"
    assert run["full_valid_mean_reward"].value.tolist() == list(values.values())
    assert [Path(saved.model or "").name for saved in run.checkpoints or ()] == [
        "step_10",
        "step_20",
        "step_30",
    ]
    lay_out(tmp_path, {"log.csv": "step,train/reward\n10,0.2\n20,0.4\n30,0.5\n"})
    assert len(load(tmp_path)["train_mean_reward"]) == 3
