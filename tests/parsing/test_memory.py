"""What reading takes in memory, as a multiple of what is read; each file in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

pytest.importorskip("resource")

READ = """
import sys
from resource import RUSAGE_SELF, getrusage
import curvewise
from curvewise.parsing import large_rows

large_rows.LARGE = 1 << 20
small, large, size = sys.argv[1], sys.argv[2], int(sys.argv[3])
curvewise.load(small)
before = getrusage(RUSAGE_SELF).ru_maxrss
run = curvewise.load(large)
unit = 1 if sys.platform == "darwin" else 1024
print(len(run["train_loss"]), (getrusage(RUSAGE_SELF).ru_maxrss - before) * unit / size)
"""
COUNT = 250_000


def row(step: int) -> dict[str, float]:
    return {"step": step, "loss": 2 / (1 + step / 9999), "learning_rate": 1e-5, "epoch": step / 1000}


def csv(steps: Iterable[int]) -> str:
    lines = (f"{step},{2 / (1 + step / 9999):.6f},1.5e-05,{step / 1000}\n" for step in steps)
    return "step,train_loss,learning_rate,epoch\n" + "".join(lines)


def json_lines(steps: Iterable[int]) -> str:
    return "".join(json.dumps(row(step)) + "\n" for step in steps)


def trainer_log(steps: Iterable[int]) -> str:
    rows = ({"current_steps": n, "total_steps": COUNT, "loss": 2 / (1 + n / 9999), "lr": 1e-5} for n in steps)
    return "".join(json.dumps(each) + "\n" for each in rows)


@pytest.mark.parametrize(
    ("write", "most"),
    [
        (csv, 3.0),
        (json_lines, 5.0),
        (trainer_log, 5.0),
        (lambda steps: json.dumps([row(step) for step in steps]), 5.0),
    ],
    ids=["csv", "json lines", "trainer log", "json array"],
)
def test_reading_takes_a_small_multiple_of_the_file(write: object, most: float, tmp_path: Path) -> None:
    assert callable(write)
    small, large = tmp_path / "small", tmp_path / "large"
    small.write_text(write(range(1, 60_000)))
    large.write_text(write(range(1, COUNT)))
    asked = [sys.executable, "-c", READ, str(small), str(large), str(large.stat().st_size)]
    count, times = subprocess.run(asked, check=True, capture_output=True, text=True).stdout.split()
    assert int(count) == COUNT - 1
    assert float(times) < most
