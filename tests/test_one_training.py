"""One training that several loggers wrote into one folder is one run, by the same rule for every verb."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import count
from pathlib import Path

import numpy as np
import pytest

import curvewise as cw
from curvewise.errors import MixedRunsError
from tests.formats.protobufs import event, event_file, history, scalar, summary, wandb_log, wandb_run
from tests.sources.folders import lay_out
from tests.sources.test_mlflow import LOSS, database
from tests.sources.test_tensorboard import write

EPOCHS = np.random.default_rng(5).normal(1, 0.1, (2, 12)) + 0.8 ** np.arange(12)
"""A training and a validation loss."""
EVENTS = "events.out.tfevents.1.host"


def events(name: str, values: np.ndarray) -> bytes:
    return event_file(*(event(step, summary(scalar(name, float(v)))) for step, v in enumerate(values)))


def keras(folder: Path, losses: np.ndarray = EPOCHS) -> None:
    """Lay out what CSVLogger, History and TensorBoard of Keras write."""
    rows = "".join(f"{epoch},{a!r},{b!r}\n" for epoch, (a, b) in enumerate(losses.T.tolist()))
    lists = dict(zip(("loss", "val_loss"), losses.tolist(), strict=True))
    lay_out(folder, {"training.csv": f"epoch,loss,val_loss\n{rows}", "history.json": json.dumps(lists)})
    parts = zip(("train", "validation"), losses, strict=True)
    write(folder, {f"logs/{part}/{EVENTS}": events("epoch_loss", values) for part, values in parts})


def trainer(folder: Path, seed: int = 0, at: str = "out") -> None:
    """Lay out what Hugging Face's Trainer writes to four places, of which the first is its state."""
    losses = 1 + 0.9 ** np.arange(20) + np.random.default_rng(seed).normal(0, 0.05, 20)
    rates = np.linspace(1e-5, 1e-6, 20)
    rows = [
        {"step": step, "epoch": step / 50, "loss": loss, "learning_rate": rate, "grad_norm": 1.0}
        for step, loss, rate in zip(count(10, 10), losses.tolist(), rates.tolist(), strict=False)
    ]
    state = {"global_step": 200, "epoch": 4.0, "max_steps": 200, "log_history": rows}
    said = [{key: f"{value:.4g}" for key, value in row.items() if key != "step"} for row in rows]
    console = "".join(f"{line}\n" for line in said)
    lay_out(folder, {f"{at}/trainer_state.json": json.dumps(state), "console.log": console})
    keys = {key: "train/global_step" if key == "step" else f"train/{key}" for key in rows[0]}
    log = wandb_log(
        wandb_run(),
        *(history(at, **{keys[key]: value for key, value in row.items()}) for at, row in enumerate(rows)),
    )
    scalars = [
        event(int(row["step"]), summary(*(scalar(f"train/{key}", row[key]) for key in row if key != "step")))
        for row in rows
    ]
    offline = "wandb/offline-run-20260101_000000-a/run-a.wandb"
    write(folder, {f"runs/a/{EVENTS}": event_file(*scalars), offline: log})


def trainer_beside_its_logs(folder: Path) -> None:
    trainer(folder, at=".")


def keras_with_checkpoints(folder: Path) -> None:
    keras(folder)
    lay_out(folder, {"model.03.keras": "x", "model.07.keras": "x"})


@pytest.mark.parametrize(
    ("write", "source", "kept"),
    [
        (keras, "training.csv", None),
        (keras_with_checkpoints, "", [2, 6]),
        (trainer, "out", None),
        (trainer_beside_its_logs, "", None),
    ],
)
def test_one_training_is_one_run(
    write: Callable[[Path], None], source: str, kept: list[int] | None, tmp_path: Path
) -> None:
    write(tmp_path)
    run = cw.load(tmp_path)
    assert run.source == str(tmp_path / source)
    assert run.note("repeated_logs") is not None
    assert kept is None or [saved.step for saved in run.checkpoints or ()] == kept
    assert list(cw.load_all(tmp_path)) == [run]
    assert [each.address for each in cw.runs(tmp_path)] == [run.source]
    assert [row.address for row in cw.analyze_all([tmp_path], jobs=1).rows] == [run.source]


def test_other_trainings_beside_it_stay(tmp_path: Path) -> None:
    trainer(tmp_path)
    trainer(tmp_path / "more", seed=1)
    expected = [f"{tmp_path}/more/out", f"{tmp_path}/out"]
    assert [run.source for run in cw.load_all(tmp_path)] == expected
    assert sorted(row.address for row in cw.analyze_all([tmp_path], jobs=1).rows) == expected
    with pytest.raises(MixedRunsError) as caught:
        cw.load(tmp_path)
    assert len(caught.value.runs) > 1


def test_two_logs_of_one_format_are_two_runs(tmp_path: Path) -> None:
    keras(tmp_path / "a")
    keras(tmp_path / "b")
    assert len(list(cw.load_all(tmp_path))) == 2


def test_a_run_beside_another_source_is_not_lost(tmp_path: Path) -> None:
    trainer(tmp_path / "a")
    write(tmp_path, {f"b/{EVENTS}": events("loss", EPOCHS[0])})
    assert [run.source for run in cw.load_all(tmp_path)] == [f"{tmp_path}/a/out", f"{tmp_path}/b"]


def test_a_database_in_a_folder_of_its_own_is_found(tmp_path: Path) -> None:
    trainer(tmp_path)
    (tmp_path / "tracked").mkdir()
    database(tmp_path / "tracked" / "mlflow.db", [("a" * 32, "first", LOSS)])
    (tmp_path / "tracked" / "mlflow.db-wal").write_bytes(b"")
    assert [run.name for run in cw.load_all(tmp_path)] == ["out", "first"]


def test_what_the_programs_of_a_run_log_is_one_run_beside_its_checkpoints(tmp_path: Path) -> None:
    logs = {"trainer": "entropy/all/mean", "orchestrator": "train/agg/effective/policy/reward/mean"}
    for program, name in logs.items():
        rows = "".join(f'{{"step": {step}, "{name}": {step / 100}}}\n' for step in range(1, 41))
        lay_out(tmp_path, {f"run/{program}/metrics.jsonl": rows})
    lay_out(tmp_path, {f"run/checkpoints/step_{step}/trainer/__0_0.distcp": "x" for step in (20, 40)})
    run = cw.load(tmp_path / "run")
    assert {"entropy", "train_grader_reward/policy"} <= set(run.metrics)
    assert [saved.step for saved in run.checkpoints or ()] == [20, 40]
    assert [each.address for each in cw.runs(tmp_path / "run")] == [run.source]
    assert [row.address for row in cw.analyze_all([tmp_path / "run"], jobs=1).rows] == [run.source]
