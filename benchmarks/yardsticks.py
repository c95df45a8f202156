"""What others read with: measured where it is installed, else said to be missing."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from measure import Timed, call

FINISHED = b"Finished load cycle"
"""What tensorboard-data-server says when it has read a folder."""


def event_accumulator(paths: Sequence[Path]) -> Timed | None:
    """Time TensorBoard's own reader, every scalar kept; None where it is not installed."""
    if find_spec("tensorboard") is None:
        return None
    module = import_module("tensorboard.backend.event_processing.event_accumulator")

    def read() -> None:
        for path in paths:
            held = module.EventAccumulator(str(path), size_guidance={"scalars": 0})
            held.Reload()
            for tag in held.Tags()["scalars"]:
                held.Scalars(tag)

    return call(read)


def data_server(folder: Path) -> Timed | None:
    """Time the process of tensorboard-data-server until it has read a folder; None where it is not there."""
    if find_spec("tensorboard_data_server") is None:
        return None
    binary = import_module("tensorboard_data_server").server_binary()
    arguments = [binary, "--logdir", str(folder), "--port", "0", "--reload", "once", "--die-after-stdin"]
    arguments += ["--samples-per-plugin", "scalars=all", "-v"]

    def timed() -> float:
        before = os.times()
        with subprocess.Popen(arguments, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as server:
            assert server.stderr is not None
            while FINISHED not in (line := server.stderr.readline()) and line:
                pass
            assert server.stdin is not None
            server.stdin.close()
        after = os.times()
        return after.children_user - before.children_user + after.children_system - before.children_system

    return timed
