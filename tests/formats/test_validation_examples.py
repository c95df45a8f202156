"""How many validation examples there are, where a log of Hugging Face's Trainer tells it in any form."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from curvewise import load

LOSSES = {10: 1.4, 20: 1.2, 30: 1.1}


def rows(prefix: str, timed: dict[str, float]) -> list[dict[str, Any]]:
    """Rows of training and of evaluation, as a tracker or the Trainer itself writes them."""
    own = {"eval_": "", "eval/": "train/"}[prefix]
    place = {"eval_": "step", "eval/": "train/global_step"}[prefix]
    found: list[dict[str, Any]] = []
    for step, loss in LOSSES.items():
        found.append({place: step, f"{own}loss": loss, f"{own}epoch": step / 30})
        measured = {f"{prefix}{name}": value for name, value in {"loss": loss, **timed}.items()}
        found.append({place: step, f"{own}epoch": step / 30, **measured})
    return found


@pytest.mark.parametrize("form", ["state", "jsonl", "csv", "console", "objects"])
@pytest.mark.parametrize("prefix", ["eval_", "eval/"])
@pytest.mark.parametrize(
    ("timed", "examples"),
    [
        ({"runtime": 12.5, "samples_per_second": 16.0}, 200),
        ({"runtime": 3.2, "samples_per_second": 10.0, "steps_per_second": 1.25}, 32),
        ({"runtime": 2.0, "samples_per_second": 40.0, "samples": 80}, 80),
        ({"runtime": 12.5, "steps_per_second": 2.0}, None),
        ({}, None),
    ],
)
def test_the_number_is_read_from_the_timings(
    timed: dict[str, float], examples: int | None, prefix: str, form: str, tmp_path: Path
) -> None:
    logged = rows(prefix, timed)
    if form == "objects":
        assert load(logged).validation_examples == examples
        return
    path = tmp_path / {"state": "trainer_state.json", "csv": "log.csv"}.get(form, "log.txt")
    if form == "state":
        if prefix == "eval/":
            return  # trackers alone write names so
        path.write_text(json.dumps({"log_history": logged, "global_step": 30}))
    elif form == "csv":
        with path.open("w", newline="") as out:
            table = csv.DictWriter(out, list(dict.fromkeys(key for row in logged for key in row)))
            table.writeheader()
            table.writerows(logged)
    else:
        lines = (str(row) if form == "console" else json.dumps(row) for row in logged)
        path.write_text("".join(f"{line}\n" for line in lines))
    assert load(path).validation_examples == examples
