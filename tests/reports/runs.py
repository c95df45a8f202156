"""The runs of the golden reports: bundled examples, and seeded ones for what they do not show."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from msgspec.structs import replace

from curvewise.comparison.compare import compare
from curvewise.engine import analyze
from curvewise.loading import load
from curvewise.model.comparison import Comparison
from curvewise.model.report import Report
from curvewise.model.run import Note, Run
from curvewise.testing import make_run

ROOT = Path(__file__).parent.parent.parent
EXAMPLES = (
    "azure-rft-hacked",
    "azure-rft-healthy",
    "azure-sft-healthy",
    "azure-sft-overfit",
    "hf-grpo",
    "hf-sft",
)
CHECKS = (
    "divergence",
    "few_evaluations",
    "generalization_gap",
    "missing_best_checkpoint",
    "missing_validation",
    "non_finite_values",
    "overfitting",
    "reward_gap",
    "stalled_preference_accuracy",
    "token_growth",
)
"""A few checks of every sort: a golden file is to be read."""
POINTS = 16


def preferences() -> Run:
    random = np.random.default_rng(3)
    step = np.arange(1, 41)
    return make_run(
        name="preferences",
        kind="dpo",
        train_loss=(0.69 * np.exp(-step / 30) + random.normal(0, 0.01, 40)).round(4).tolist(),
        full_valid_loss={10: 0.62, 20: 0.55, 30: 0.56, 40: 0.60},
        train_reward_accuracy=(0.5 + 0.4 * (1 - np.exp(-step / 10))).round(3).tolist(),
        train_reward_margin=(step / 40).round(3).tolist(),
        checkpoints=[20, 30, 40],
        source="runs/preferences.jsonl",
        hyperparameters={"beta": 0.1},
    )


def broken() -> Run:
    return make_run(
        name="broken",
        train_loss=[2.0, 1.5, 1.2, float("nan"), float("inf"), float("nan")],
        full_valid_loss={2: 1.6, 4: float("nan")},
        source="runs/broken.csv",
        status="failed",
        error="CUDA out of memory",
        notes=(Note("cut_line", "The last line was cut and left out."),),
    )


def minibatches() -> Run:
    random = np.random.default_rng(4)
    step = np.arange(1, 61)
    return make_run(
        name="minibatches",
        train_loss=(1.2 * np.exp(-step / 25) + 0.3 + random.normal(0, 0.03, 60)).round(4).tolist(),
        valid_loss=(1.2 * np.exp(-step / 25) + 0.4 + random.normal(0, 0.05, 60)).round(4).tolist(),
        source="runs/minibatches.csv",
        steps_per_epoch=20.0,
    )


def training_only() -> Run:
    return make_run(name="training only", train_loss=[1.0, 0.8, 0.7, 0.65], source="runs/train only.csv")


MADE: dict[str, Callable[[], Run]] = {
    "broken": broken,
    "minibatches": minibatches,
    "preferences": preferences,
    "training-only": training_only,
}
NAMES = (*EXAMPLES, *MADE)


def golden_report(name: str) -> Report:
    """The report of a run; the working directory has to be the root of the project."""
    run = MADE[name]() if name in MADE else load(f"examples/{name}")
    report = analyze(run, select=CHECKS, points=POINTS)
    return replace(report, version="0")


def golden_comparison() -> Comparison:
    reports = [golden_report(name) for name in ("azure-sft-overfit", "azure-sft-healthy", "hf-sft")]
    return replace(compare(reports), version="0")
