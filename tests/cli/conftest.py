from __future__ import annotations

import gc
import io
import math
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from curvewise.cli import main
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
    """The program as a user runs it: in this process, or in one of its own where the test is about that."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(
        self, *arguments: str | Path, stdin: str | bytes = b"", **environment: str
    ) -> subprocess.CompletedProcess[str]:
        """Run it in this process, with streams, variables and a current folder of its own."""
        command = [str(argument) for argument in arguments]
        given = as_text(stdin.encode() if isinstance(stdin, str) else stdin)
        out, err = as_text(), as_text()
        with pytest.MonkeyPatch.context() as patch, unchanged_collector():
            for name in os.environ.keys() - self.inherited().keys():
                patch.delenv(name)
            for name, value in environment.items():
                patch.setenv(name, value)
            patch.chdir(self.folder)
            for name, stream in (("stdin", given), ("stdout", out), ("stderr", err)):
                patch.setattr(sys, name, stream)
            with pytest.raises(SystemExit) as ended:
                main(command)
        return subprocess.CompletedProcess(command, int(ended.value.code or 0), written(out), written(err))

    def alone(
        self, *arguments: str | Path, stdin: bytes = b"", **environment: str
    ) -> subprocess.CompletedProcess[str]:
        """Run it in a process of its own."""
        return subprocess.run(
            [sys.executable, "-m", "curvewise", *map(str, arguments)],
            input=stdin.decode(),
            capture_output=True,
            encoding="utf-8",
            cwd=self.folder,
            env={**self.inherited(), **environment},
            timeout=120,
            check=False,
        )

    @staticmethod
    def inherited() -> dict[str, str]:
        """This process's variables without those that would change what a command shows or asks."""
        return {
            name: value
            for name, value in of_no_service(os.environ).items()
            if name not in ("NO_COLOR", "FORCE_COLOR", "COLUMNS")
        }


def as_text(content: bytes = b"") -> io.TextIOWrapper:
    """A stream of text as a program has it; what is written to it is there at once."""
    return io.TextIOWrapper(io.BytesIO(content), encoding="utf-8", newline="", write_through=True)


def written(stream: io.TextIOWrapper) -> str:
    stream.seek(0)
    return stream.read()


@contextmanager
def unchanged_collector() -> Iterator[None]:
    """Undo what the program does to a process that soon ends."""
    threshold, interval = gc.get_threshold(), sys.getswitchinterval()
    try:
        yield
    finally:
        gc.unfreeze()
        gc.set_threshold(*threshold)
        sys.setswitchinterval(interval)


@pytest.fixture
def curvewise(tmp_path: Path) -> Program:
    return Program(tmp_path)
