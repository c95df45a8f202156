"""The callbacks against stand-ins for the frameworks, which call the hooks in the order of the real ones.

`benchmarks/callbacks.py` trains with the real ones.
"""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

import curvewise
from curvewise.callbacks import _attempt
from curvewise.errors import MissingExtraError, UsageError
from curvewise.monitor import monitor as module

NAMES = {
    "transformers": ("for_transformers", "transformers", "TrainerCallback"),
    "lightning": ("for_lightning", "lightning.pytorch", "Callback"),
    "keras": ("for_keras", "keras.callbacks", "Callback"),
}
CLASSES = {"transformers": "TransformersCallback", "lightning": "LightningCallback", "keras": "KerasCallback"}


def train_loss(step: int) -> float:
    return 0.2 + 1.5 / (1 + step / 20)


def valid_loss(step: int, turn: int) -> float:
    return 1.0 + 1.0 / (1 + step / 20) + 0.004 * max(0, step - turn)


@pytest.fixture
def framework(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Any]]:
    """Put a stand-in for a framework in place, and import the callback for it."""
    monkeypatch.setattr(module, "REST", 0)
    monkeypatch.setattr(_attempt, "_warned", set())
    imported = []

    def put(name: str) -> Any:
        home, package, base = NAMES[name]
        for part in (package.partition(".")[0], package):
            stand_in = ModuleType(part)
            setattr(stand_in, base, type(base, (), {"params": {}, "model": None}))
            monkeypatch.setitem(sys.modules, part, stand_in)
        imported.append(f"curvewise.callbacks.{home}")
        sys.modules.pop(imported[-1], None)
        return getattr(importlib.import_module(imported[-1]), CLASSES[name])

    yield put
    for each in imported:
        sys.modules.pop(each, None)


class Trainer:
    """What Hugging Face's Trainer does around a step, as far as a callback sees it."""

    def __init__(self, folder: Path, callback: Any, *, limit: int | None = None, turn: int = 10_000) -> None:
        self.folder, self.callback, self.turn = folder, callback, turn
        self.args = SimpleNamespace(
            output_dir=str(folder), run_name=None, eval_steps=20, save_steps=20, logging_steps=5,
            save_total_limit=limit, load_best_model_at_end=False, metric_for_best_model=None, world_size=1,
        )  # fmt: skip
        self.state = SimpleNamespace(
            is_world_process_zero=True, log_history=[], global_step=0, epoch=0.0, max_steps=400,
            num_train_epochs=10, train_batch_size=8, best_model_checkpoint=None,
        )  # fmt: skip
        self.control = SimpleNamespace(should_training_stop=False, should_save=False)

    def call(self, hook: str, **named: Any) -> None:
        getattr(self.callback, hook)(self.args, self.state, self.control, **named)

    def log(self, **numbers: float) -> None:
        row = {**numbers, "epoch": self.state.epoch}
        self.state.log_history.append({**row, "step": self.state.global_step})
        self.call("on_log", logs=row)

    def train(self) -> int:
        self.call("on_train_begin", model=SimpleNamespace(config=SimpleNamespace(_name_or_path="tiny")))
        while self.state.global_step < self.state.max_steps and not self.control.should_training_stop:
            self.state.global_step = step = self.state.global_step + 1
            self.state.epoch = step / 40
            self.control.should_save = step % 20 == 0
            self.call("on_step_end")
            if step % 5 == 0:
                self.log(loss=train_loss(step), grad_norm=1.0, learning_rate=1e-4)
            if step % 20 == 0:
                self.log(eval_loss=valid_loss(step, self.turn), eval_runtime=1.0)
                self.call("on_evaluate", metrics={})
                if self.callback.monitor is not None:
                    self.callback.monitor.wait()
                self.save()
                self.control.should_save = False
        self.log(train_runtime=1.0, train_loss=0.5)
        self.call("on_train_end")
        return int(self.state.global_step)

    def save(self) -> None:
        (self.folder / f"checkpoint-{self.state.global_step}").mkdir(parents=True)
        kept = sorted(self.folder.glob("checkpoint-*"), key=lambda path: int(path.name[11:]))
        best = self.state.best_model_checkpoint
        protected = {str(kept[-1]), best}
        for path in kept:
            limit = max(self.args.save_total_limit or 10_000, 1 + bool(best))
            if len(kept) > limit and str(path) not in protected:
                path.rmdir()
                kept = [each for each in kept if each != path]
        self.call("on_save")

    @property
    def kept(self) -> set[int]:
        return {int(path.name[11:]) for path in self.folder.glob("checkpoint-*")}


def test_a_trainer_is_stopped_after_its_best_and_that_is_kept(framework: Any, tmp_path: Path) -> None:
    callback = framework("transformers")(stop_on="overfit", in_process=True)
    trainer = Trainer(tmp_path, callback, limit=2, turn=100)
    last = trainer.train()
    assert 140 <= last <= 220
    assert 100 in trainer.kept
    assert len(trainer.kept) == 2
    assert trainer.state.best_model_checkpoint is None  # so that the trainer's own end deletes nothing
    (report,) = curvewise.decode_reports((tmp_path / "curvewise.json").read_bytes())
    assert report.run.base_model == "tiny"
    assert report.run.planned_steps == 400
    assert report.run.steps_per_epoch == 40
    assert report.diagnosis.use is not None
    assert (report.diagnosis.use.step, report.diagnosis.use.saved) == (100, "yes")


def test_a_trainer_that_chooses_by_a_metric_protects_its_best_itself(framework: Any, tmp_path: Path) -> None:
    trainer = Trainer(tmp_path, framework("transformers")(in_process=True), limit=2, turn=100)
    trainer.args.metric_for_best_model = "eval_loss"
    trainer.train()
    assert trainer.kept == {380, 400}


def test_it_reports_what_a_check_of_the_output_folder_says(framework: Any, tmp_path: Path) -> None:
    trainer = Trainer(tmp_path, framework("transformers")(in_process=True))
    trainer.train()
    keys = ("log_history", "global_step", "epoch", "max_steps", "num_train_epochs", "train_batch_size")
    state = {key: getattr(trainer.state, key) for key in keys}
    (tmp_path / "trainer_state.json").write_text(json.dumps({**state, "eval_steps": 20, "save_steps": 20}))
    (report,) = curvewise.decode_reports((tmp_path / "curvewise.json").read_bytes())
    checked = curvewise.analyze(curvewise.load(tmp_path))
    assert report.diagnosis == checked.diagnosis
    assert not [note for note in checked.notes if "curvewise" in note.text]


def test_a_trainer_that_is_resumed_is_judged_from_its_first_step(framework: Any, tmp_path: Path) -> None:
    trainer = Trainer(tmp_path, framework("transformers")(in_process=True))
    trainer.state.max_steps = 200
    trainer.train()
    again = Trainer(tmp_path, framework("transformers")(in_process=True))
    again.state.log_history, again.state.global_step = trainer.state.log_history[:-1], 200
    again.train()
    assert again.callback.monitor.report.run.first_step == 5
    assert again.callback.monitor.report.run.last_step == 400


def test_other_processes_judge_nothing(framework: Any, tmp_path: Path) -> None:
    trainer = Trainer(tmp_path, framework("transformers")(stop_on="overfit"), turn=100)
    trainer.state.is_world_process_zero = False
    assert trainer.train() == 400
    assert not (tmp_path / "curvewise.json").exists()


@pytest.mark.parametrize("name", CLASSES)
def test_a_wrong_name_is_refused_before_the_training(framework: Any, name: str) -> None:
    with pytest.raises(UsageError, match="there is no diagnosis 'overfitt'"):
        framework(name)(stop_on="overfitt")


def test_a_callback_that_fails_warns_once_and_the_training_ends(
    framework: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    callback = framework("transformers")(in_process=True)
    callback._pass_on = None  # calling it raises
    assert Trainer(tmp_path, callback).train() == 400
    assert len([each for each in caplog.records if "on_log" in each.message]) == 1


def test_lightning_is_stopped_after_its_best(framework: Any, tmp_path: Path) -> None:
    callback = framework("lightning")(stop_on=("overfit",), in_process=True)
    trainer: Any = SimpleNamespace(
        is_global_zero=True, log_dir=str(tmp_path), default_root_dir="", estimated_stepping_batches=400,
        global_step=0, log_every_n_steps=5, callback_metrics={}, sanity_checking=True, should_stop=False,
        strategy=SimpleNamespace(reduce_boolean_decision=lambda stops, **_: stops),
    )  # fmt: skip
    trainer.callback_metrics["val_loss"] = 7.0
    callback.on_validation_end(trainer, None)
    callback.on_train_start(trainer, None)
    trainer.sanity_checking = False
    while trainer.global_step < 400 and not trainer.should_stop:
        trainer.global_step += 1
        trainer.callback_metrics["train_loss"] = train_loss(trainer.global_step)
        callback.on_train_batch_end(trainer, None, None, None, 0)
        if trainer.global_step % 20 == 0:
            trainer.callback_metrics["val_loss"] = valid_loss(trainer.global_step, 100)
            callback.monitor.wait()
            callback.on_validation_end(trainer, None)
    callback.on_train_end(trainer, None)
    assert 140 <= trainer.global_step <= 240
    run = curvewise.load(tmp_path)
    assert run["full_valid_loss"].step.tolist() == list(range(20, trainer.global_step + 1, 20))
    assert run["train_loss"].first_step == 5


def test_keras_is_stopped_after_its_best(framework: Any, tmp_path: Path) -> None:
    callback = framework("keras")(str(tmp_path), stop_on="overfit", in_process=True)
    callback.params, callback.model = {"steps": 10, "epochs": 30}, SimpleNamespace(stop_training=False)
    callback.on_train_begin({})
    for epoch in range(30):
        step = 20 * (epoch + 1)
        callback.on_epoch_end(epoch, {"loss": train_loss(step), "val_loss": valid_loss(step, 100)})
        if callback.model.stop_training:
            break
        callback.monitor.wait()
    callback.on_train_end({})
    assert 7 <= epoch <= 12
    (report,) = curvewise.decode_reports((tmp_path / "curvewise.json").read_bytes())
    assert report.run.steps_per_epoch == 10
    assert report.run.planned_steps == 300
    assert report.selection.best is not None
    assert report.selection.best.step == 50


@pytest.mark.parametrize("name", CLASSES)
def test_a_framework_that_is_absent_is_named(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    home, package, _ = NAMES[name]
    monkeypatch.setitem(sys.modules, package.partition(".")[0], None)
    monkeypatch.delitem(sys.modules, f"curvewise.callbacks.{home}", raising=False)
    with pytest.raises(MissingExtraError, match=f"`{name}` is not installed"):
        importlib.import_module(f"curvewise.callbacks.{home}")
