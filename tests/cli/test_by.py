"""`--by METRIC`: every command that chooses a checkpoint chooses by the metric that its user names."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from .conftest import Program


@pytest.fixture
def outputs(tmp_path: Path) -> Path:
    """An output folder whose word error rate is best at step 200, and whose loss at step 300."""
    folder = tmp_path / "outputs"
    history: list[dict[str, float]] = []
    for step, loss, wer in ((100, 0.9, 60.0), (200, 0.6, 20.0), (300, 0.3, 40.0), (400, 0.8, 50.0)):
        history += [{"step": step, "epoch": step / 100, "loss": loss}]
        history += [{"step": step, "epoch": step / 100, "eval_loss": loss, "eval_wer": wer}]
        (folder / f"checkpoint-{step}").mkdir(parents=True)
    state = {"global_step": 400, "max_steps": 400, "log_history": history}
    (folder / "checkpoint-400/trainer_state.json").write_text(json.dumps(state))
    return folder


CHOICES = {
    "check": lambda shown: shown["selection"]["best"]["step"],
    "report": lambda shown: shown["selection"]["best"]["step"],
    "pick": lambda shown: shown["best"]["step"],
    "candidates": lambda shown: shown["contenders"][0]["step"],
    "compare": lambda shown: shown["runs"][0]["best_step"],
    "prune": lambda shown: next(each["step"] for each in shown["checkpoints"] if each["kept"] == "best"),
}


@pytest.mark.parametrize("command", CHOICES)
@pytest.mark.parametrize(("metric", "step"), [("eval_wer", 200), ("eval_loss", 300)])
def test_the_metric_decides(curvewise: Program, outputs: Path, command: str, metric: str, step: int) -> None:
    paths = (
        [outputs, shutil.copytree(outputs, outputs.with_name("again"))] if command == "compare" else [outputs]
    )
    done = curvewise(command, *paths, "--by", metric, "--format", "json")
    shown = json.loads(done.stdout)
    assert CHOICES[command](shown[0] if isinstance(shown, list) else shown) == step


@pytest.mark.parametrize("command", CHOICES)
def test_an_unknown_metric_is_refused(curvewise: Program, outputs: Path, command: str) -> None:
    done = curvewise(command, outputs, "--by", "eval_wet")
    assert (done.returncode, done.stdout) == (2, "")
    assert "eval_wet" in done.stderr
    assert "eval_wer" in done.stderr


def test_the_run_that_lacks_the_metric_is_named(curvewise: Program, outputs: Path) -> None:
    other = outputs.with_name("other.csv")
    other.write_text("step,train_loss,eval_loss\n100,1.0,1.1\n200,0.9,1.0\n")
    done = curvewise("compare", outputs, other, "--by", "eval_wer")
    assert done.returncode == 2
    assert f"{other}: the run has no metric 'eval_wer'" in done.stderr
    assert "it has eval_loss, train_loss\n" in done.stderr


def test_what_no_checkpoint_is_chosen_by_is_not_offered(curvewise: Program, tmp_path: Path) -> None:
    table = tmp_path / "run.csv"
    table.write_text("step,epoch,learning_rate,loss,eval_loss\n100,0.5,0.1,1.0,1.1\n200,1.0,0.1,0.9,1.0\n")
    assert curvewise("check", table, "--by", "wer").stderr.endswith("it has eval_loss, loss\n")


@pytest.mark.parametrize("command", ["report", "compare", "card"])
def test_a_written_report_is_not_chosen_again(curvewise: Program, outputs: Path, command: str) -> None:
    written = outputs.parent / "report.json"
    curvewise("check", outputs, "-o", written)
    done = curvewise(command, written, "--by", "eval_wer")
    assert done.returncode == 2
    assert "--by needs the run itself" in done.stderr
