"""Log real trainings to every sink at once, and read the same run from each.

``python benchmarks/sinks.py TRAINING [FOLDER]`` in an environment of its own, where what a training needs is
installed beside curvewise: ``pip install torch transformers trl lightning keras tensorflow-cpu pandas ipython
tensorboard wandb trackio mlflow-skinny sqlalchemy alembic swanlab`` and ``pip install --no-deps verl``. It
takes a minute and fetches nothing: models and tokenizers are random. What differs is printed, and is a fault,
unless a sink cannot keep it: digits that are not printed, steps that it does not show.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec
import numpy as np

import curvewise as cw

WORDS = [f"w{number}" for number in range(60)]
TRACKERS = ["tensorboard", "wandb", "mlflow", "trackio", "swanlab"]
ROUNDED = {
    "console": (1e-3, 0.0), "bar": (6e-3, 0.0), "notebook": (0.0, 5.1e-7), "TensorBoard": (1e-6, 0.0),
    "SwanLab": (1e-6, 0.0),
}  # fmt: skip
"""Relative and absolute error of four and three printed digits, of six decimals, of single precision."""
PARTIAL = {"notebook": "evaluations only", "bar": "every step"}
"""Sinks that keep fewer steps or more: the steps that both keep are compared."""
BESIDE = ("mean_train_loss", "profiling/", "learning_rate")
"""What trainers tell after the last save, and to trackers alone."""
Places = Iterator[tuple[str, Any]]
"""Each sink, and what to load for it; the first one is the truth."""


def sft(folder: Path) -> Places:
    """Fine-tune on texts."""
    trl, datasets = import_module("trl"), import_module("datasets")
    texts = [chosen for _, chosen, _ in sentences()]
    return trained(
        folder,
        trl.SFTTrainer,
        trl.SFTConfig(max_length=32, **arguments(folder)),
        train_dataset=datasets.Dataset.from_dict({"text": texts[:40]}),
        eval_dataset=datasets.Dataset.from_dict({"text": texts[40:]}),
    )


def sets(folder: Path) -> Places:
    """Fine-tune with two evaluation sets."""
    trl, datasets = import_module("trl"), import_module("datasets")
    texts = [chosen for _, chosen, _ in sentences()]
    parts = {"code": texts[40:44], "my prose": texts[44:]}
    more = {"logging_first_step": True, "gradient_accumulation_steps": 2}
    return trained(
        folder,
        trl.SFTTrainer,
        trl.SFTConfig(max_length=32, **arguments(folder), **more),
        train_dataset=datasets.Dataset.from_dict({"text": texts[:40]}),
        eval_dataset={name: datasets.Dataset.from_dict({"text": part}) for name, part in parts.items()},
    )


def dpo(folder: Path) -> Places:
    """Prefer one text of two, with MLflow's store of files."""
    os.environ |= {"MLFLOW_ALLOW_FILE_STORE": "true", "MLFLOW_TRACKING_URI": f"file://{folder}/mlruns"}
    trl, datasets = import_module("trl"), import_module("datasets")
    names = ("prompt", "chosen", "rejected")
    rows = [dict(zip(names, texts, strict=True)) for texts in sentences()]
    return trained(
        folder,
        trl.DPOTrainer,
        trl.DPOConfig(max_length=64, **arguments(folder)),
        train_dataset=datasets.Dataset.from_list(rows[:40]),
        eval_dataset=datasets.Dataset.from_list(rows[40:]),
    )


def grpo(folder: Path) -> Places:
    """Learn from two rewards."""

    def brevity(completions: list[str], **_: Any) -> list[float]:
        """Reward few words."""
        return [1 - len(text.split()) / 8 for text in completions]

    def low_words(completions: list[str], **_: Any) -> list[float | None]:
        """Reward words of the first third; nothing can be said of an empty text."""
        numbers = [[int(word[1:]) for word in text.split() if word in WORDS] for text in completions]
        return [float(np.mean(np.array(each) < 20)) if each else None for each in numbers]

    trl, datasets = import_module("trl"), import_module("datasets")
    prompts = [{"prompt": prompt} for prompt, _, _ in sentences()]
    more = {"num_train_epochs": 2, "num_generations": 4, "max_completion_length": 8, "log_completions": True}
    return trained(
        folder,
        trl.GRPOTrainer,
        trl.GRPOConfig(beta=0.04, **arguments(folder) | more),
        reward_funcs=[brevity, low_words],
        train_dataset=datasets.Dataset.from_list(prompts[:40]),
        eval_dataset=datasets.Dataset.from_list(prompts[40:]),
    )


def sentences() -> list[tuple[str, str, str]]:
    """Return prompts, each with a better and a worse text that follows."""
    rng = np.random.default_rng(0)
    prompt, chosen, rejected = WORDS[:20], WORDS[20:40], WORDS[40:]
    rows = ([" ".join(rng.choice(words, 8)) for words in (prompt, chosen, rejected)] for _ in range(48))
    return [(first, better, worse) for first, better, worse in rows]


def arguments(folder: Path) -> dict[str, Any]:
    """Return what all trainers of TRL are told."""
    return {
        "output_dir": str(folder / "out"), "run_name": "sinks", "report_to": TRACKERS, "seed": 0,
        "use_cpu": True, "bf16": False, "per_device_train_batch_size": 4, "per_device_eval_batch_size": 4,
        "num_train_epochs": 6, "learning_rate": 5e-3, "logging_steps": 2, "eval_strategy": "steps",
        "eval_steps": 8, "save_steps": 8,
    }  # fmt: skip


def trained(folder: Path, make: Any, config: Any, **more: Any) -> Places:
    """Train a random model, in a folder, and yield where its log lies."""
    transformers, notebook = import_module("transformers"), import_module("transformers.utils.notebook")

    class Table(notebook.NotebookProgressCallback):  # type: ignore[misc,name-defined]  # not installed, either
        def on_train_end(self, *others: Any, **named: Any) -> None:
            tracker = self.training_tracker
            super().on_train_end(*others, **named)
            self.html = tracker.html_code

    table = Table()
    size = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 1, "num_attention_heads": 2}
    shape = transformers.LlamaConfig(
        vocab_size=len(WORDS) + 3, num_key_value_heads=2, max_position_embeddings=64, pad_token_id=0,
        bos_token_id=1, eos_token_id=1, **size,
    )  # fmt: skip
    transformers.LlamaForCausalLM(shape).save_pretrained(folder / "model")
    with printing_to(folder / "train.log"):
        model = transformers.LlamaForCausalLM.from_pretrained(folder / "model")
        words = tokenizer(transformers)
        import_module("swanlab").init(
            project="sinks", mode="local"
        )  # the callback asks for a run that there is
        trainer = make(model=model, args=config, processing_class=words, callbacks=[table], **more)
        trainer.train()
        finish()
    shown = {"output_type": "display_data", "data": {"text/html": [table.html]}, "metadata": {}}
    cell = {
        "cell_type": "code",
        "source": ["trainer.train()"],
        "outputs": [shown],
        "metadata": {},
        "execution_count": 1,
    }
    cells = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (folder / "train.ipynb").write_text(json.dumps(cells))
    yield "trainer_state", folder / "out"
    yield "Trainer", trainer
    yield "log_history", trainer.state.log_history
    yield "DataFrame", import_module("pandas").DataFrame(trainer.state.log_history)
    yield "notebook", folder / "train.ipynb"
    yield from tracked(folder)


def tracked(folder: Path) -> Places:
    """Yield what the console and the trackers have kept in a folder."""
    yield "console", folder / "train.log"
    yield "TensorBoard", folder / "events"
    yield "W&B offline", folder / "wandb"
    for name in ("mlflow.db", "mlruns"):
        if (folder / name).exists():
            yield "MLflow", folder / name
    yield from (("Trackio", path) for path in folder.glob("trackio/*.db"))
    yield from (("SwanLab", path) for path in folder.glob("swanlab*"))


def finish() -> None:
    """End the runs of the trackers that do not end by themselves."""
    for name, end in (("wandb", "finish"), ("mlflow", "end_run"), ("swanlab", "finish")):
        getattr(import_module(name), end)()


def tokenizer(transformers: Any) -> Any:
    """Return a tokenizer that knows `WORDS`."""
    tokenizers = import_module("tokenizers")
    special = {"pad_token": "<pad>", "eos_token": "<eos>", "unk_token": "<unk>"}
    vocabulary = {word: number for number, word in enumerate([*special.values(), *WORDS])}
    words = tokenizers.Tokenizer(tokenizers.models.WordLevel(vocabulary, unk_token=special["unk_token"]))
    words.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    return transformers.PreTrainedTokenizerFast(tokenizer_object=words, **special)


def keras(folder: Path) -> Places:
    """Fit a small network, with TensorFlow below it."""
    k = import_module("keras")
    k.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    x = rng.normal(size=(256, 8)).astype("float32")
    y = np.sin(x[:, :1]) + rng.normal(0, 0.3, (256, 1)).astype("float32")
    model = k.Sequential([k.layers.Dense(32, "tanh"), k.layers.Dense(1)])
    model.compile(k.optimizers.Adam(1e-2), "mse", metrics=["mae"])
    with printing_to(folder / "train.log"):
        history = model.fit(
            x, y, epochs=20, batch_size=16, validation_split=0.25,
            callbacks=[
                k.callbacks.TensorBoard(folder / "events"), k.callbacks.CSVLogger(folder / "log.csv"),
                k.callbacks.ModelCheckpoint(folder / "weights.{epoch:02d}.keras"),
            ],
        )  # fmt: skip
    (folder / "history.json").write_text(json.dumps(history.history))
    yield "history.json", folder / "history.json"
    yield "History", history
    yield "CSVLogger", folder / "log.csv"
    yield "console", folder / "train.log"
    yield "TensorBoard", folder / "events"


def lightning(folder: Path) -> Places:
    """Train a module with five loggers."""
    pl, torch = import_module("lightning.pytorch"), import_module("torch")
    loggers = import_module("lightning.pytorch.loggers")

    class Module(pl.LightningModule):  # type: ignore[misc,name-defined]  # not installed where types are checked
        def __init__(self) -> None:
            super().__init__()
            self.model = torch.nn.Sequential(torch.nn.Linear(8, 32), torch.nn.Tanh(), torch.nn.Linear(32, 1))

        def loss(self, batch: Any) -> Any:
            return torch.nn.functional.mse_loss(self.model(batch[0]), batch[1])

        def training_step(self, batch: Any, _: int) -> Any:
            loss = self.loss(batch)
            self.log("train_loss", loss, prog_bar=True, on_step=True, on_epoch=True)
            return loss

        def validation_step(self, batch: Any, _: int) -> None:
            self.log("val_loss", self.loss(batch), prog_bar=True)

        def configure_optimizers(self) -> Any:
            return torch.optim.Adam(self.parameters(), 1e-2)

    pl.seed_everything(0, verbose=False)
    x = torch.randn(256, 8)
    y = torch.sin(x[:, :1]) + 0.3 * torch.randn(256, 1)
    data, loader = torch.utils.data.TensorDataset, torch.utils.data.DataLoader
    sinks = [
        loggers.CSVLogger(folder, name="csv"),
        loggers.TensorBoardLogger(folder, name="events"),
        loggers.WandbLogger(save_dir=folder, offline=True),
        loggers.MLFlowLogger(tracking_uri=f"sqlite:///{folder}/mlflow.db"),
    ]
    with printing_to(folder / "train.log"):
        bar = import_module("lightning.pytorch.callbacks").TQDMProgressBar()
        trainer = pl.Trainer(
            max_epochs=12, accelerator="cpu", logger=sinks, log_every_n_steps=4, enable_model_summary=False,
            callbacks=[bar],
        )  # fmt: skip
        trainer.fit(
            Module(), loader(data(x[:192], y[:192]), 16, shuffle=True), loader(data(x[192:], y[192:]), 64)
        )
        finish()
    yield "CSVLogger", next(folder.glob("csv/*/metrics.csv"))
    yield from (("bar" if sink == "console" else sink, place) for sink, place in tracked(folder))


def verl(folder: Path) -> Places:
    """Log numbers under verl's names by its own tracking, without the training."""
    tracking = verl_tracking()
    names = ["critic/score/mean", "critic/rewards/mean", "actor/entropy", "actor/ppo_kl", "actor/pg_clipfrac",
             "actor/grad_norm", "response_length/mean", "response_length/clip_ratio"]  # fmt: skip
    rng = np.random.default_rng(0)
    scale = np.array([1, 1, 0.5, 0.01, 0.02, 1, 200, 0.1])
    with printing_to(folder / "train.log"):
        log = tracking.Tracking("sinks", "verl", ["file", "console", *TRACKERS], {"trainer": {"n": 1}})
        for step in range(1, 61):
            share = 1 / (1 + np.exp(-(step - 25) / 10))
            values = scale * (share + rng.normal(0, 0.03, len(names)))
            row = dict(zip(names, map(float, values), strict=True)) | {"training/global_step": step}
            row |= {"val-core/gsm8k/acc/mean@1": np.float64(0.8 * share)} if step % 10 == 0 else {}
            log.log(data=row, step=step)
        log.finish()
    yield "FileLogger", next(folder.glob("verl/*/*.jsonl"))
    yield from tracked(folder)


def verl_tracking() -> Any:
    """Return verl's tracking alone: the package itself wants ray."""
    spec = importlib.util.find_spec("verl")
    if spec is None or not spec.submodule_search_locations:
        raise ImportError("verl")
    root = Path(spec.submodule_search_locations[0])
    for name, path in (("verl", root), ("verl.utils", root / "utils")):
        sys.modules[name] = bare = ModuleType(name)
        bare.__path__ = [str(path)]
    return import_module("verl.utils.tracking")


@contextmanager
def printing_to(path: Path) -> Iterator[None]:
    """Send what the process prints, bars and warnings with it, to a file."""
    kept = [os.dup(stream) for stream in (1, 2)]
    with path.open("wb") as log:
        try:
            for stream in (1, 2):
                os.dup2(log.fileno(), stream)
            yield
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            for stream, old in zip((1, 2), kept, strict=True):
                os.dup2(old, stream)


def differences(truth: cw.Run, run: cw.Run, sink: str) -> Iterator[str]:
    """Yield the metrics of the truth that a run lacks, or has at other steps or with other values."""
    relative, absolute = ROUNDED.get(sink, (0.0, 0.0))
    for name, series in truth.metrics.items():
        other = run.get(name)
        if other is None:
            if sink not in PARTIAL:
                yield f"no {name}"
            continue
        common, mine, theirs = np.intersect1d(series.step, other.step, return_indices=True)
        if len(common) < (min if sink in PARTIAL else max)(len(series), len(other)):
            yield f"{name} at other steps"
            continue
        value, read = series.value[mine], other.value[theirs]
        within = absolute if name != "epoch" else 5e-3
        if not np.allclose(read, value, relative, within, equal_nan=True):
            yield f"{name} by {np.max(np.abs(read - value)):.2g}"
    more = [name for name in run.metrics.keys() - truth.metrics.keys() if not name.startswith(BESIDE)]
    if more:
        yield f"more: {', '.join(sorted(more))}"


def apart(truth: cw.Run, run: cw.Run) -> int:
    """Return by how many steps a run counts otherwise: from 0 or from 1."""
    return (run.last_step or 0) - (truth.last_step or 0)


def moved(run: cw.Run, by: int) -> cw.Run:
    """Return a run whose steps are so many less."""
    metrics = {name: cw.Series.from_points(each.step - by, each.value) for name, each in run.metrics.items()}
    return msgspec.structs.replace(run, metrics=metrics)


def story(run: cw.Run) -> str:
    """Return kind, diagnosis and pick."""
    report = cw.analyze(run)
    best = report.selection.best
    return f"{run.kind}: {report.diagnosis.name}, step {best.step if best else None}"


TRAININGS: dict[str, Callable[[Path], Places]] = {
    each.__name__: each for each in (sft, sets, dpo, grpo, keras, lightning, verl)
}


def compared(name: str, folder: Path) -> int:
    """Train in a folder, print how each sink differs from the first, and return how many do."""
    folder.mkdir(parents=True, exist_ok=True)
    os.chdir(folder)
    os.environ |= {
        "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1",
        "WANDB_MODE": "offline", "WANDB_DIR": str(folder), "WANDB_SILENT": "true",
        "MLFLOW_TRACKING_URI": f"sqlite:///{folder}/mlflow.db", "TRACKIO_DIR": str(folder / "trackio"),
        "TENSORBOARD_LOGGING_DIR": str(folder / "events"), "TENSORBOARD_DIR": str(folder / "events"),
        "SWANLAB_MODE": "local", "SWANLAB_LOG_DIR": str(folder / "swanlab"),
        "VERL_FILE_LOGGER_ROOT": str(folder / "verl"),
    }  # fmt: skip
    truth, failed = None, 0
    for sink, place in TRAININGS[name](folder):
        try:
            run = cw.load(place)
        except cw.CurvewiseError as error:
            print(f"  {sink:14} {error}")
            failed += 1
            continue
        truth = truth or run
        by = apart(truth, run)
        run = moved(run, by) if abs(by) == 1 else run
        wrong = [*differences(truth, run, sink)]
        wrong += [story(run)] if story(run) != story(truth) and sink not in PARTIAL else []
        failed += bool(wrong)
        said = ["the same"] if truth is not run else [f"{len(run.metrics)} metrics; {story(run)}"]
        said += [PARTIAL[sink], story(run)] if sink in PARTIAL else []
        said += [f"steps {by:+}"] if abs(by) == 1 else []
        print(f"  {sink:14} {'; '.join(wrong or said)}", flush=True)
    return failed


def main() -> int:
    """Train what is asked for, and print how each sink differs."""
    parser = argparse.ArgumentParser()
    parser.add_argument("training", choices=TRAININGS)
    parser.add_argument("folder", type=Path, nargs="?", help="where the logs are kept")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        failed = compared(chosen.training, (chosen.folder or Path(temporary)).resolve())
        os.chdir("/")
    return min(failed, 1)


if __name__ == "__main__":
    sys.exit(main())
