"""Train the example runs and write their folders: ``python examples/make.py [--into FOLDER] [NAME ...]``."""

from __future__ import annotations

import os

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # one thread adds up in one order; set before numpy loads

import argparse
import shutil
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path

from train import azure_rft, azure_sft, huggingface, policy_gradient, supervised

base_for_the_desk = cache(supervised.base_model)
base_for_sums = cache(policy_gradient.base_model)


def _azure_sft(settings: supervised.Settings, folder: Path) -> None:
    azure_sft.write(folder, settings, supervised.train(base_for_the_desk(), settings))


def _azure_rft(settings: policy_gradient.Settings, folder: Path) -> None:
    azure_rft.write(folder, settings, policy_gradient.train(base_for_sums(), settings))


def _hf_sft(folder: Path) -> None:
    settings = supervised.Settings(
        seed=3, train_examples=144, valid_examples=48, epochs=6, batch=4, learning_rate=0.03, decay=True
    )
    log = supervised.train(base_for_the_desk(), settings)
    huggingface.write_sft(folder, settings, log, logging_steps=6, save_total_limit=2)


def _hf_grpo(folder: Path) -> None:
    settings = policy_gradient.Settings(
        seed=4,
        steps=80,
        learning_rate=0.004,
        objective=policy_gradient.add_format_reward,
        prompts=48,
        eval_interval=None,
    )
    log = policy_gradient.train(base_for_sums(), settings)
    huggingface.write_grpo(folder, settings, log, logging_steps=2, save_steps=20, save_total_limit=2)


_RFT = partial(policy_gradient.Settings, objective=policy_gradient.penalise_ungraded)
RUNS: dict[str, Callable[[Path], None]] = {
    "azure-sft-overfit": partial(
        _azure_sft,
        supervised.Settings(
            seed=3, train_examples=120, valid_examples=48, epochs=5, batch=4, learning_rate=0.024
        ),
    ),
    "azure-sft-healthy": partial(
        _azure_sft,
        supervised.Settings(
            seed=1, train_examples=1600, valid_examples=128, epochs=3, batch=16, learning_rate=0.002
        ),
    ),
    "azure-rft-healthy": partial(_azure_rft, _RFT(seed=1, steps=120, learning_rate=0.005)),
    "azure-rft-hacked": partial(_azure_rft, _RFT(seed=2, steps=140, learning_rate=0.006, loose=1.0)),
    "hf-sft": _hf_sft,
    "hf-grpo": _hf_grpo,
}
"""How each example is trained and written."""


def main() -> None:
    """Train the runs that were asked for, all of them by default."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join(RUNS)}")
    parser.add_argument("--into", type=Path, default=Path(__file__).parent, help="folder to write to")
    arguments = parser.parse_args()
    if unknown := set(arguments.names) - set(RUNS):
        parser.error(f"there is no example {min(unknown)!r}; expected one of {', '.join(RUNS)}")
    for name in arguments.names or RUNS:
        folder = arguments.into / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        RUNS[name](folder)
        print(f"wrote {folder}")


if __name__ == "__main__":
    main()
