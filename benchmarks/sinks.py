"""Log one small training to every sink at once, and read the same run from each.

``python benchmarks/sinks.py [FOLDER]``, where torch, transformers, trl, pandas, tensorboard, wandb, trackio,
mlflow-skinny, sqlalchemy and alembic are installed beside curvewise. It takes a minute, and fetches nothing:
the model and its tokenizer are random.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

import curvewise as cw

WORDS = [f"w{number}" for number in range(60)]
SINKS = ["tensorboard", "wandb", "mlflow", "trackio"]
ROUNDED = {"console": 1e-3, "TensorBoard": 1e-6}
"""Relative error of four printed digits, and of single precision; elsewhere every bit is the same."""


def train(folder: Path) -> Any:
    """Fine-tune a random model for a few steps, in a folder, and return its trainer."""
    os.environ |= {
        "WANDB_MODE": "offline", "WANDB_DIR": str(folder), "WANDB_SILENT": "true", "HF_HUB_OFFLINE": "1",
        "MLFLOW_TRACKING_URI": f"sqlite:///{folder}/mlflow.db", "TRACKIO_DIR": str(folder / "trackio"),
        "TENSORBOARD_LOGGING_DIR": str(folder / "events"),
    }  # fmt: skip
    transformers, trl, datasets = map(import_module, ("transformers", "trl", "datasets"))
    rng = np.random.default_rng(0)
    texts = [" ".join(rng.choice(WORDS[:20], 16)) for _ in range(48)]
    config = transformers.LlamaConfig(
        vocab_size=len(WORDS) + 3, hidden_size=32, intermediate_size=64, num_hidden_layers=1,
        num_attention_heads=2, num_key_value_heads=2, max_position_embeddings=64,
    )  # fmt: skip
    arguments = trl.SFTConfig(
        output_dir=str(folder / "out"), run_name="sinks", report_to=SINKS, use_cpu=True, seed=0, bf16=False,
        per_device_train_batch_size=4, per_device_eval_batch_size=4, num_train_epochs=6, learning_rate=5e-3,
        logging_steps=2, eval_strategy="steps", eval_steps=8, save_steps=8, max_length=32,
    )  # fmt: skip
    trainer = trl.SFTTrainer(
        model=transformers.LlamaForCausalLM(config),
        args=arguments,
        train_dataset=datasets.Dataset.from_dict({"text": texts[:40]}),
        eval_dataset=datasets.Dataset.from_dict({"text": texts[40:]}),
        processing_class=tokenizer(transformers),
    )
    trainer.train()
    import_module("wandb").finish()
    import_module("mlflow").end_run()
    return trainer


def tokenizer(transformers: Any) -> Any:
    """Return a tokenizer that knows `WORDS`."""
    tokenizers = import_module("tokenizers")
    special = {"pad_token": "<pad>", "eos_token": "<eos>", "unk_token": "<unk>"}
    vocabulary = {word: number for number, word in enumerate([*special.values(), *WORDS])}
    words = tokenizers.Tokenizer(tokenizers.models.WordLevel(vocabulary, unk_token=special["unk_token"]))
    words.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    return transformers.PreTrainedTokenizerFast(tokenizer_object=words, **special)


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


def places(folder: Path, trainer: Any) -> Iterator[tuple[str, Any]]:
    """Yield each sink, and what to load for it."""
    yield "Trainer", trainer
    yield "log_history", trainer.state.log_history
    yield "DataFrame", import_module("pandas").DataFrame(trainer.state.log_history)
    yield "console", folder / "train.log"
    yield "TensorBoard", folder / "events"
    yield "W&B offline", folder / "wandb"
    yield "MLflow", folder / "mlflow.db"
    yield "Trackio", next(folder.glob("trackio/*.db"))


def differences(truth: cw.Run, run: cw.Run, rounded: float) -> Iterator[str]:
    """Yield the metrics of the truth that a run lacks, or has at other steps or with other values."""
    for name, series in truth.metrics.items():
        other = run.get(name)
        if other is None or other.step.tolist() != series.step.tolist():
            yield f"{name} at other steps"
        elif not np.allclose(other.value, series.value, rtol=rounded, atol=5e-3 if name == "epoch" else 0):
            yield f"{name} by {np.max(np.abs(other.value - series.value)):.2g}"


def story(run: cw.Run) -> str:
    """Return diagnosis and pick."""
    report = cw.analyze(run)
    best = report.selection.best
    return f"{report.diagnosis.name}, step {best.step if best else None}"


def main() -> int:
    """Train, read every sink, and print how each differs from the state that the trainer saved."""
    with ExitStack() as stack:
        named = sys.argv[1] if len(sys.argv) > 1 else stack.enter_context(tempfile.TemporaryDirectory())
        folder = Path(named).resolve()
        with printing_to(folder / "train.log"):
            trainer = train(folder)
        truth = cw.load(folder / "out")
        print(f"{'trainer_state':14} {len(truth.metrics)} metrics: {story(truth)}")
        failed = 0
        for sink, place in places(folder, trainer):
            run = cw.load(place)
            wrong = [*differences(truth, run, ROUNDED.get(sink, 0.0))]
            wrong += [story(run)] if story(run) != story(truth) else []
            failed += bool(wrong)
            print(f"{sink:14} {'; '.join(wrong) or 'the same'}")
    return min(failed, 1)


if __name__ == "__main__":
    sys.exit(main())
