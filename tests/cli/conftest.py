from __future__ import annotations

import math
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.standin.fixtures import of_no_service

HEADER = (
    "step,train_loss,train_mean_token_accuracy,valid_loss,valid_mean_token_accuracy,"
    "full_valid_loss,full_valid_mean_token_accuracy"
)


def result_csv(steps: int = 300, full: tuple[float, ...] = (0.30, 0.20, 0.45)) -> str:
    """A result file whose full validation loss is `full` at the ends of equal epochs."""
    rows = [HEADER]
    for step in range(1, steps + 1):
        train = 1.5 * math.exp(-step / 60) + 0.1
        every = steps // len(full)
        last = f"{full[step // every - 1]},0.9" if step % every == 0 else ","
        rows.append(f"{step},{train:.6f},0.8,{train + 0.1:.6f},0.8,{last}")
    return "\n".join(rows) + "\n"


@pytest.fixture
def results(tmp_path: Path) -> Path:
    path = tmp_path / "results.csv"
    path.write_text(result_csv())
    return path


class Program:
    """The installed program, run as a user runs it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(
        self, *arguments: str | Path, stdin: str | bytes = b"", **environment: str
    ) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, "-m", "curvewise", *map(str, arguments)],
            input=stdin.encode() if isinstance(stdin, str) else stdin,
            capture_output=True,
            cwd=self.folder,
            env={**self.inherited(), **environment},
            timeout=120,
            check=False,
        )
        return subprocess.CompletedProcess(
            done.args, done.returncode, done.stdout.decode(), done.stderr.decode()
        )

    @staticmethod
    def inherited() -> dict[str, str]:
        """This process's variables without those that would change what a command shows or asks."""
        return {
            name: value
            for name, value in of_no_service(os.environ).items()
            if name not in ("NO_COLOR", "FORCE_COLOR", "COLUMNS")
        }


@pytest.fixture
def curvewise(tmp_path: Path) -> Program:
    return Program(tmp_path)
