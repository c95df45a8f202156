"""The files that the benchmarks read, made from a seed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv

COLUMNS = (
    "train_loss", "train_mean_token_accuracy", "valid_loss", "valid_mean_token_accuracy",
    "full_valid_loss", "full_valid_mean_token_accuracy",
)  # fmt: skip
EPOCHS = 4


def result_file(path: Path, rows: int, *, seed: int = 0) -> Path:
    """Write a supervised result file with seven columns, the last two filled once an epoch."""
    rng = np.random.default_rng(seed)
    step = np.arange(1, rows + 1)
    curve = 0.4 + np.exp(-step / (0.2 * rows))
    columns: dict[str, pa.Array[Any]] = {"step": pa.array(step)}
    for name in COLUMNS:
        loss = curve * rng.lognormal(0.0, 0.1, rows)
        values = np.round(loss if name.endswith("loss") else np.exp(-loss), 9)
        blank = step % (rows // EPOCHS) != 0 if name.startswith("full") else np.zeros(rows, bool)
        columns[name] = pa.array(values, mask=blank)
    options = pyarrow.csv.WriteOptions(include_header=False, quoting_style="none")
    with path.open("wb") as file:
        file.write(f"{','.join(columns)}\n".encode())
        pyarrow.csv.write_csv(pa.table(columns), file, options)
    return path


def trainer_state(path: Path, entries: int, *, seed: int = 0) -> Path:
    """Write a ``trainer_state.json`` with an evaluation after every 50 training entries."""
    rng = np.random.default_rng(seed)
    history: list[dict[str, float]] = []
    for step, noise in enumerate(rng.lognormal(0.0, 0.1, entries).tolist(), start=1):
        loss = (0.4 + 1.0 / (1.0 + 20 * step / entries)) * noise
        if step % 51 == 0:
            history.append({"epoch": step / 1000, "eval_loss": loss, "eval_runtime": 12.5, "step": step - 1})
        else:
            rate = 2e-5 * (1 - step / entries)
            history.append(
                {"epoch": step / 1000, "grad_norm": noise, "learning_rate": rate, "loss": loss, "step": step}
            )
    state = {"best_metric": None, "global_step": entries, "log_history": history, "max_steps": entries}
    path.write_text(json.dumps(state, indent=2), encoding="utf-8")
    return path
