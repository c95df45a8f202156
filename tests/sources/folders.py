"""Folders as trainers and services leave them, laid out for a test, and what is read of them."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from curvewise.errors import CurvewiseError
from curvewise.loading import load
from curvewise.plugin.run_files import RunFiles
from curvewise.plugin.source import Place

CSV = "step,loss\n1,2.0\n2,1.0\n"
OPENAI = "step,train_loss,train_accuracy,valid_loss,valid_mean_token_accuracy\n1,2.0,0.5,,\n"
NOT_METRICS = '{"a": 1}'


def history(last: int, shift: float = 0.0) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for step in range(10, last + 1, 10):
        rows.append({"step": step, "epoch": step / 100, "loss": shift + 10 / step, "learning_rate": 1e-5})
        if step % 50 == 0:
            rows.append({"step": step, "epoch": step / 100, "eval_loss": shift + 20 / step})
    return rows


def state(last: int, shift: float = 0.0, **more: Any) -> str:
    content = {"global_step": last, "log_history": history(last, shift), "max_steps": 200, "zero": 0, **more}
    return json.dumps(content, indent=2)


def trainer_log(last: int) -> str:
    rows = [
        {"current_steps": row["step"], "total_steps": 200, "loss": row["loss"]}
        for row in history(last)
        if "loss" in row
    ]
    return "".join(json.dumps(row) + "\n" for row in rows)


def lay_out(folder: Path, contents: dict[str, str]) -> str:
    for name, text in contents.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return str(folder)


def find(path: str, mapping: dict[str, str]) -> RunFiles:
    """Open the one run of a path, without reading its documents."""
    place = Place(path, mapping)
    source = place.source
    assert source is not None
    (entry,) = source.runs(place)
    files = entry.open()
    assert isinstance(files, RunFiles)
    return files


def names(found: RunFiles, folder: Path) -> list[str]:
    return [os.path.relpath(document.name, folder) for document in found.documents]


def codes(found: RunFiles) -> list[str]:
    return [note.code for note in found.notes]


def refusal(path: object, mapping: dict[str, str] | None = None) -> CurvewiseError:
    with pytest.raises(CurvewiseError) as caught:
        load(str(path), mapping=mapping)
    assert caught.value.hint
    return caught.value


def deny(*_: object) -> Any:
    raise PermissionError  # what the system says to anyone but root
