"""Train with real frameworks and a callback: where do they stop, and what does a step cost.

It needs what curvewise itself does not: ``pip install torch transformers trl lightning keras datasets``.

    python benchmarks/callbacks.py trl --seeds 20
    python benchmarks/callbacks.py overhead
    torchrun --nproc_per_node 2 benchmarks/callbacks.py together

Each seed trains a small model twice: on a few examples, which it learns by heart, and on plenty, for which it
is too small. Of GRPO the first earns a reward that can be hacked, and is validated by one that cannot. The
first is to stop near its best evaluation, the second not at all. ``together`` trains the first in two
processes, of which one judges, and fails unless both stop at the same step.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

os.environ.update({"KERAS_BACKEND": "torch", "TOKENIZERS_PARALLELISM": "false"})

import numpy as np
import torch

STOP_ON = ("overfit", "diverged", "broken", "reward_hacking", "reward_collapse", "entropy_collapse")
STEPS, EVERY = 450, 15
EPOCHS = {True: 100, False: 30}
"""Of Keras: of 4 steps where the examples are few, else of `EVERY`."""
WORDS = 24
LOW = frozenset(f"w{number}" for number in range(WORDS // 2))
REINFORCED, PLACES = 120, 6
"""Steps of GRPO, and words of a completion."""
torch.set_num_threads(1)
Trained = tuple[list[tuple[int, float]], int]
"""Evaluations by step, and the step at which the training ended."""


def sentences(seed: int, count: int, noise: float = 0.3) -> np.ndarray[Any, Any]:
    """Chains of words: each follows from the one before, but for some at random."""
    rules = np.random.default_rng(7).permutation(WORDS)
    rng = np.random.default_rng(seed)
    rows = rng.integers(0, WORDS, (count, 1))
    for _ in range(15):
        follows = rules[rows[:, -1]]
        other = rng.random(count) < noise
        rows = np.column_stack([rows, np.where(other, rng.integers(0, WORDS, count), follows)])
    return rows


def points(seed: int, count: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Noisy values of a smooth function of eight numbers."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(count, 8)).astype("float32")
    y = np.sin(x[:, :1]) + 0.5 * x[:, 1:2] * x[:, 2:3] + rng.normal(0, 0.7, (count, 1))
    return torch.tensor(x), torch.tensor(y.astype("float32"))


def language(seed: int) -> tuple[Any, Any]:
    """Make a small model with random weights, and a tokenizer that knows its words."""
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import GPT2Config, GPT2LMHeadModel, PreTrainedTokenizerFast

    words = {f"w{number}": number for number in range(WORDS)} | {"<pad>": WORDS, "<eos>": WORDS + 1}
    core = Tokenizer(models.WordLevel(words, unk_token="<pad>"))  # noqa: S106 - a token of a text
    core.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=core, pad_token="<pad>", eos_token="<eos>")  # noqa: S106 - likewise
    torch.manual_seed(seed)
    model = GPT2LMHeadModel(
        GPT2Config(vocab_size=WORDS + 2, n_positions=32, n_embd=32, n_layer=2, n_head=2,
                   bos_token_id=WORDS + 1, eos_token_id=WORDS + 1, pad_token_id=WORDS)
    )  # fmt: skip
    return model, tokenizer


def texts(rows: np.ndarray[Any, Any]) -> list[str]:
    return [" ".join(f"w{word}" for word in row) for row in rows]


def fitted(trainer: Any, metric: str, sign: int) -> Trained:
    """Train, and say what was kept."""
    trainer.train()
    folder = Path(trainer.args.output_dir)
    kept = sorted(path.name for path in folder.glob("checkpoint-*"))
    history = [(row["step"], sign * row[metric]) for row in trainer.state.log_history if metric in row]
    best = min(history, key=lambda one: one[1])[0]
    print(f"    kept {kept}, the best evaluation was at step {best}", flush=True)
    assert (folder / "curvewise.html").exists() == trainer.is_world_process_zero()
    return history, trainer.state.global_step


def trl(seed: int, overfits: bool) -> Trained:
    from datasets import Dataset
    from trl import SFTConfig, SFTTrainer

    from curvewise.callbacks import TransformersCallback

    train, valid = (Dataset.from_dict({"text": texts(sentences(seed + n, count))})
                    for n, count in ((0, 48 if overfits else 20_000), (1000, 200)))  # fmt: skip
    model, tokenizer = language(seed)
    with tempfile.TemporaryDirectory() as folder:
        config = SFTConfig(
            output_dir=folder, max_steps=STEPS, per_device_train_batch_size=16, learning_rate=3e-3,
            eval_strategy="steps", eval_steps=EVERY, logging_steps=5, save_strategy="steps",
            save_steps=EVERY, save_total_limit=2, save_only_model=True, report_to=[], seed=seed,
            use_cpu=True, disable_tqdm=True, per_device_eval_batch_size=200, bf16=False,
            gradient_checkpointing=False, lr_scheduler_type="constant", max_length=32,
        )  # fmt: skip
        trainer = SFTTrainer(
            model=model, args=config, train_dataset=train, eval_dataset=valid, processing_class=tokenizer,
            callbacks=[TransformersCallback(stop_on=STOP_ON)],
        )  # fmt: skip
        return fitted(trainer, "eval_loss", 1)


def low_words(completions: list[str], graded: list[str], **_: Any) -> list[float]:
    """Reward words of the first half, in each place or different ones: the former is easy to hack."""
    held = [[word for word in text.split() if word in LOW] for text in completions]
    return [
        len(set(words) if how == "different" else words) / PLACES
        for words, how in zip(held, graded, strict=True)
    ]


def grpo(seed: int, collapses: bool) -> Trained:
    from datasets import Dataset
    from trl import GRPOConfig, GRPOTrainer

    from curvewise.callbacks import TransformersCallback

    train, valid = (
        Dataset.from_dict({"prompt": texts(sentences(seed + n, count)[:, :4]), "graded": [how] * count})
        for n, count, how in ((0, 400, "any" if collapses else "different"), (1000, 16, "different"))
    )
    model, tokenizer = language(seed)
    with tempfile.TemporaryDirectory() as folder:
        config = GRPOConfig(
            output_dir=folder, max_steps=REINFORCED, per_device_train_batch_size=32, num_generations=8,
            max_completion_length=PLACES, learning_rate=3e-3 if collapses else 1e-3, beta=0.0,
            eval_strategy="steps",
            eval_steps=5, logging_steps=1, save_strategy="steps", save_steps=5, save_total_limit=2,
            save_only_model=True, report_to=[], seed=seed, use_cpu=True, disable_tqdm=True,
            per_device_eval_batch_size=128, bf16=False, gradient_checkpointing=False,
            lr_scheduler_type="constant",
        )  # fmt: skip
        trainer = GRPOTrainer(
            model=model, args=config, train_dataset=train, eval_dataset=valid, processing_class=tokenizer,
            reward_funcs=[low_words], callbacks=[TransformersCallback(stop_on=STOP_ON)],
        )  # fmt: skip
        return fitted(trainer, "eval_reward", -1)


def network(width: int = 96) -> torch.nn.Sequential:
    return torch.nn.Sequential(
        torch.nn.Linear(8, width), torch.nn.Tanh(), torch.nn.Linear(width, width), torch.nn.Tanh(),
        torch.nn.Linear(width, 1)
    )  # fmt: skip


def lightning(seed: int, overfits: bool) -> Trained:
    import lightning.pytorch as pl

    from curvewise.callbacks import LightningCallback

    history: list[tuple[int, float]] = []

    class Module(pl.LightningModule):  # type: ignore[misc]  # lightning is not installed where types are checked
        def __init__(self) -> None:
            super().__init__()
            self.model = network()

        def training_step(self, batch: Any, _: int) -> Any:
            loss = torch.nn.functional.mse_loss(self.model(batch[0]), batch[1])
            self.log("train_loss", loss)
            return loss

        def validation_step(self, batch: Any, _: int) -> None:
            self.log("val_loss", torch.nn.functional.mse_loss(self.model(batch[0]), batch[1]))

        def on_validation_epoch_end(self) -> None:
            if not self.trainer.sanity_checking:
                history.append((self.global_step, float(self.trainer.callback_metrics["val_loss"])))

        def configure_optimizers(self) -> Any:
            return torch.optim.Adam(self.parameters(), 3e-3)

    pl.seed_everything(seed, verbose=False)
    loader = torch.utils.data.DataLoader
    train = torch.utils.data.TensorDataset(*points(seed, 64 if overfits else 20_000))
    valid = torch.utils.data.TensorDataset(*points(seed + 1000, 1000))
    with tempfile.TemporaryDirectory() as folder:
        trainer = pl.Trainer(
            max_steps=STEPS, accelerator="cpu", default_root_dir=folder, logger=False, log_every_n_steps=5,
            enable_progress_bar=False, enable_model_summary=False, enable_checkpointing=False,
            callbacks=[LightningCallback(stop_on=STOP_ON)], check_val_every_n_epoch=None,
            val_check_interval=EVERY,
        )  # fmt: skip
        trainer.fit(Module(), loader(train, 16, shuffle=True), loader(valid, 1000))
        return history, trainer.global_step


def keras(seed: int, overfits: bool) -> Trained:
    import keras as k

    from curvewise.callbacks import KerasCallback

    k.utils.set_random_seed(seed)
    layers = [k.layers.Dense(96, "tanh"), k.layers.Dense(96, "tanh"), k.layers.Dense(1)]
    model = k.Sequential(layers)
    model.compile(k.optimizers.Adam(3e-3), "mse")
    count = 64 if overfits else 20_000
    with tempfile.TemporaryDirectory() as folder:
        x, y = (each.numpy() for each in points(seed, count))
        fitted = model.fit(
            x, y, batch_size=16, epochs=EPOCHS[overfits], verbose=0, validation_batch_size=1000,
            steps_per_epoch=None if overfits else EVERY,
            validation_data=tuple(each.numpy() for each in points(seed + 1000, 1000)),
            callbacks=[KerasCallback(folder, stop_on=STOP_ON)],
        )  # fmt: skip
    return list(enumerate(fitted.history["val_loss"], 1)), len(fitted.history["val_loss"])


def together() -> None:
    """Train with SFT in each of several processes, and compare the steps at which they ended."""
    began = time.monotonic()
    _, end = trl(0, True)
    ends = importlib.import_module("accelerate.utils").gather_object([(int(os.environ["RANK"]), end)])
    print(f"rank {os.environ['RANK']}: {ends} of {STEPS} ({time.monotonic() - began:.0f} s)", flush=True)
    assert len({step for _, step in ends}) == 1 and end < STEPS, ends


def compared(name: str, train: Callable[[int, bool], Trained], seeds: int) -> None:
    for overfits in (True, False):
        late, stopped, kind = [], 0, "fails" if overfits else "healthy"
        for seed in range(seeds):
            began = time.monotonic()
            history, end = train(seed, overfits)
            best = min(history, key=lambda one: one[1])[0]
            apart = history[1][0] - history[0][0]
            planned = {"keras": EPOCHS[overfits], "grpo": REINFORCED}.get(name, STEPS)
            stopped += end < planned
            late.append((end - best) / apart)
            print(
                f"  {name} {kind} seed {seed}: best at {best}, ended at {end} of {planned}, "
                f"{late[-1]:.0f} evaluations later ({time.monotonic() - began:.0f} s)",
                flush=True,
            )
        told = f", in the median {np.median(late):.0f} evaluations after the best" if overfits else ""
        print(f"{name} {kind}: {stopped} of {seeds} stopped{told}", flush=True)


@contextlib.contextmanager
def _monitored(on: bool) -> Iterator[Any]:
    from curvewise import Monitor

    with tempfile.TemporaryDirectory() as folder:
        if on:
            with Monitor(folder, stop_on=STOP_ON) as monitor:
                yield monitor
        else:
            yield None


def overhead(rounds: int = 2, steps: int = 1000, every: int = 50) -> None:
    """Train a small network for 1,000 steps with and without, in turn, and compare the fastest of each."""
    taken: dict[bool, list[tuple[float, float]]] = {True: [], False: []}
    logged: list[float] = []
    for number in range(2 * rounds):
        on = bool(number % 2)
        torch.manual_seed(0)
        model, (x, y) = network(256), points(0, 512)
        optimizer = torch.optim.Adam(model.parameters(), 1e-3)
        with _monitored(on) as monitor:
            began, own = time.perf_counter(), time.process_time()
            for step in range(1, steps + 1):
                loss = torch.nn.functional.mse_loss(model(x), y)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                values = {"loss": loss.item()}
                if step % every == 0:
                    values["val_loss"] = loss.item() * 1.1
                if monitor is not None:
                    before = time.perf_counter()
                    monitor.log(step, values)
                    logged.append(time.perf_counter() - before)
            taken[on].append((time.process_time() - own, time.perf_counter() - began))
    for index, what in enumerate(("of the processor, in the process that trains", "by the clock")):
        with_it, without = (min(each[index] for each in taken[on]) for on in (True, False))
        print(
            f"1,000 steps {what}: {without:.2f} s without, {with_it:.2f} s with: {with_it / without - 1:+.2%}"
        )
    middle, total = 1e6 * float(np.median(logged)), sum(logged) / rounds
    print(f"a call of log: {middle:.0f} µs in the median, {total:.3f} s for 1,000 of them")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["trl", "grpo", "lightning", "keras", "overhead", "together"])
    parser.add_argument("--seeds", type=int, default=20)
    chosen = parser.parse_args()
    if chosen.what == "overhead":
        overhead()
    elif chosen.what == "together":
        together()
    else:
        compared(
            chosen.what,
            {"trl": trl, "grpo": grpo, "lightning": lightning, "keras": keras}[chosen.what],
            chosen.seeds,
        )
