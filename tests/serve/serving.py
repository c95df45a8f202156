from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def line(step: int, turn: int = 100) -> str:
    """What a training prints at a step; its validation loss rises from one on."""
    text = f"step {step}: train loss {2 / (1 + step / 20) + turn % 7 / 100:.4f}\n"
    return text + (
        f"step {step}: val loss {1 + 1 / step + 0.004 * max(0, step - turn):.4f}\n" * (step % 10 == 0)
    )


def log(folder: Path, name: str, steps: range, turn: int = 100) -> Path:
    """Write a log, or more of it."""
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a") as out:
        out.write("".join(line(step, turn) for step in steps))
    return file


@contextmanager
def serving(path: Path) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Serve a path in a process of its own; give the address of the page, and the process."""
    command = [sys.executable, "-m", "curvewise", "serve", str(path), "--interval", "0.1"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        assert server.stderr is not None
        address = server.stdout.readline().strip()
        assert address.startswith("http://127.0.0.1:"), server.stderr.read()
        yield address, server
    finally:
        server.kill()
        server.communicate()
