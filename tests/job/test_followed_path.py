from __future__ import annotations

import time
from pathlib import Path

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
