from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

import curvewise


def test_of_several_runs_in_one_log_the_last_is_followed(tmp_path: Path) -> None:
    log = tmp_path / "train.log"
    rows = "".join(f"step {step}: train loss {9 / step:.3f}\n" for step in range(10, 110, 10))
    log.write_text(rows)

    def begin_again(_: float) -> None:
        log.write_text(rows + "***** Running training *****\n" + rows.replace("loss ", "loss 1"))
        time.sleep(0.05)

    updates = curvewise.watch(str(log), interval=0.05, wait=begin_again, patience=1e9)
    first = next(updates)
    second = next(update for update in updates if update.changed)
    assert first.run is not None
    assert second.run is not None
    assert (first.run.source, second.run.source) == (str(log), f"{log}#2")
    assert second.run["train_loss"].value[0] == 10.9


def rows(line: str, *, first: int = 1, last: int = 20, apart: int = 1) -> str:
    """Lines of a training to the last step, with the epoch that each lies in when one has ten steps."""
    steps = range(first, last + 1, apart)
    return "".join(
        line.format(s=step, e=(step - 1) // 10 + 1, i=(step - 1) % 10 + 1, loss=2 / (step + 1)) + "\n"
        for step in steps
    )


FINISHED = {
    "steps from 1": rows("step {s}/20 loss {loss:.4f}"),
    "steps from 0": rows("step {s}/20 loss {loss:.4f}", first=0, last=19),
    "every fifth step from 0": rows("step {s}/20 loss {loss:.4f}", first=0, last=15, apart=5),
    "steps of an epoch": rows("epoch {e}/2 step {i}/10 loss {loss:.4f}"),
    "epochs": rows("Epoch {s}/5: train_loss={loss:.4f} val_loss={loss:.4f}", last=5),
    "epochs from 0": rows("Epoch {s}/5: train_loss={loss:.4f} val_loss={loss:.4f}", first=0, last=4),
    "epochs above their losses": rows(
        "Epoch {s}/5\n9/9 - 3s - loss: {loss:.4f} - val_loss: {loss:.4f}", last=5
    ),
}
GOING_ON = {
    "steps": rows("step {s}/20 loss {loss:.4f}", last=19),
    "steps of an epoch": rows("epoch {e}/3 step {i}/10 loss {loss:.4f}"),
    "epochs": rows("Epoch {s}/5: train_loss={loss:.4f} val_loss={loss:.4f}", last=4),
    "the first of three epochs": rows("epoch {e}/3 step {i}/10 loss {loss:.4f}", last=10),
    "no plan": rows("step {s} loss {loss:.4f}"),
}


def looks(log: Path, most: int = 8) -> int:
    """Count looks at a log in which nothing happens."""
    updates = curvewise.watch(str(log), interval=1e-3, wait=lambda _: None, patience=1e9)
    return sum(1 for _ in zip(range(most), updates, strict=False))


@pytest.mark.parametrize("printed", FINISHED.values(), ids=FINISHED)
def test_a_run_at_its_planned_end_is_over_whatever_its_log_counts(printed: str, tmp_path: Path) -> None:
    log = tmp_path / "train.log"
    log.write_text(printed)
    assert looks(log) < 8
    os.utime(log, (time.time() - 900,) * 2)
    assert looks(log) == 1  # what was written long ago need not be waited for


@pytest.mark.parametrize("printed", GOING_ON.values(), ids=GOING_ON)
def test_a_run_before_its_planned_end_goes_on(printed: str, tmp_path: Path) -> None:
    log = tmp_path / "train.log"
    log.write_text(printed)
    os.utime(log, (time.time() - 900,) * 2)
    assert looks(log) == 8
