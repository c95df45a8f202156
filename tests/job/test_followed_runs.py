"""Runs that are followed together are judged again when what they hold has changed."""

from __future__ import annotations

from pathlib import Path

from curvewise.job.followed_runs import FollowedRuns


def write(path: Path, rise: float) -> None:
    rows = (f"{n},{2 / n + 0.2:.4f},{2 / n + 0.5 + rise * max(0, n - 15):.4f}" for n in range(1, 41))
    path.write_text("\n".join(["step,train_loss,full_valid_loss", *rows, ""]))


def diagnosis(runs: FollowedRuns) -> str:
    (only,) = runs.runs.values()
    assert only.report is not None
    return only.report.diagnosis.name


def test_a_run_that_is_written_anew_with_as_many_steps_is_judged_again(tmp_path: Path) -> None:
    runs = FollowedRuns(str(tmp_path), points=100)
    write(tmp_path / "log.csv", rise=0.0)
    assert runs.look()
    assert diagnosis(runs) != "overfit"
    runs._rests_until = 0.0
    write(tmp_path / "log.csv", rise=0.05)
    assert runs.look()
    assert diagnosis(runs) == "overfit"
