"""Event files and `.wandb` files, followed while their own libraries write them; both are skipped without."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

import curvewise as cw

WRITERS = {
    "tensorboard": """
from tensorboard.summary import Writer
writer = Writer("runs")
def log(step, **values):
    for name, value in values.items():
        writer.add_scalar(name, value, step)
    writer.flush()
end = writer.close
""",
    "wandb": """
import wandb
run = wandb.init(mode="offline", dir=".", settings=wandb.Settings(silent=True, x_disable_stats=True))
log = lambda step, **values: run.log(values, step=step)
end = run.finish
""",
}
LOOP = """
import os, sys, time
for step in range(1, 3001):
    log(step, loss=2 / (1 + step / 20))
    if step % 5 == 0:
        log(step, val_loss=1 + 1 / step + 0.004 * max(0, step - 60))
    time.sleep(0.01)
    if os.path.exists("STOP"):
        break
end()
print(step)
"""


@pytest.mark.parametrize(("library", "place"), [("tensorboard", "runs"), ("wandb", "wandb/latest-run")])
def test_a_training_is_stopped_by_what_its_tracker_writes(tmp_path: Path, library: str, place: str) -> None:
    if find_spec(library) is None:
        pytest.skip(f"{library} is not installed")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    code = WRITERS[library] + LOOP
    path = tmp_path / place
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True
    ) as training:
        while not path.exists() and training.poll() is None:
            pass
        command = [sys.executable, "-m", "curvewise", "watch", str(path), "--interval", "0.2", "--idle", "10"]
        stop = ["--stop-file", str(tmp_path / "STOP"), "--stop-on", "overfit", "--format", "brief"]
        watched = subprocess.run(
            [*command, *stop], env=environment, capture_output=True, text=True, timeout=240, check=False
        )
        out, _ = training.communicate(timeout=60)
    last = int(out.split()[-1])
    assert 60 < last < 3000, watched.stderr
    assert "overfit" in watched.stdout.lower()
    run = cw.load(path)
    assert run["train_loss"].step.tolist() == list(range(1, last + 1))
    assert run["full_valid_loss"].step.tolist() == list(range(5, last + 1, 5))
