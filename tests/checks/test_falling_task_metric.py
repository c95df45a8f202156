from __future__ import annotations

import numpy as np
import pytest
from gallery import exhibit
from gallery.curves import fall
from gallery.jobs import series, trainer_sft
from msgspec.structs import replace

from curvewise import Run, analyze
from curvewise.checks.falling_task_metric import falling_task_metric
from curvewise.testing import make_run

RISING = [0.5, 0.62, 0.7, 0.74, 0.76, 0.77]


@pytest.mark.parametrize(
    ("metric", "values", "status"),
    [
        ("eval_accuracy", RISING, "ok"),
        ("eval_accuracy", [0.7, 0.77, 0.74, 0.7, 0.64, 0.6], "warning"),
        ("eval_accuracy", [0.7, 0.77, 0.75, 0.77, 0.74, 0.745], "unknown"),
        ("eval_accuracy", [0.7, 0.77, 0.6], "unknown"),
        ("eval_wer", [40.0, 30.0, 33.0, 37.0, 42.0, 48.0], "warning"),
        ("eval_wer", [48.0, 42.0, 37.0, 33.0, 30.0, 29.0], "ok"),
        ("eval_f1", [0.0, 0.0, 0.3, 0.5, 0.6, 0.62], "ok"),
        ("eval_f1", [0.0, 0.0, 0.0], "unknown"),
        ("eval_entropy", [1.0, 2.0, 3.0], "not_applicable"),
    ],
)
def test_the_end_is_judged_against_the_best(metric: str, values: list[float], status: str) -> None:
    assert falling_task_metric(make_run(kind="sft", metrics={metric: values})).status == status


@pytest.mark.parametrize(
    ("values", "reason"),
    [([0.5], "has one value"), ([0.0, 0.0], "is 0 throughout"), ([-1.0, 0.5], "goes below 0")],
)
def test_what_cannot_be_judged_says_why(values: list[float], reason: str) -> None:
    found = falling_task_metric(make_run(kind="sft", metrics={"eval_accuracy": values}))
    assert found.status == "unknown"
    assert found.reason.startswith(f"eval_accuracy {reason}")


@pytest.mark.parametrize("count", [3, 4, 8, 16])
def test_noise_seldom_makes_a_fall(count: int) -> None:
    rng = np.random.default_rng(count)
    course = 0.8 - 0.4 * np.exp(-5 * np.linspace(0, 1, count))
    runs = (
        make_run(metrics={"eval_accuracy": np.clip(course * (1 + rng.normal(0, 0.04, count)), 0, 1)})
        for _ in range(60)
    )
    assert sum(falling_task_metric(run).status == "warning" for run in runs) <= 2


def test_a_run_with_accuracies_alone_is_overfit_after_the_best() -> None:
    run = make_run(
        train_loss=[1.0, 0.6, 0.4, 0.3, 0.2, 0.1],
        metrics={"eval_accuracy": [0.7, 0.77, 0.74, 0.7, 0.64, 0.6]},
    )
    report = analyze(run)
    assert report.diagnosis.name == "overfit"
    assert report.diagnosis.summary.startswith("Overfit after step 2: eval_accuracy is best at step 2, 0.77")
    assert report.selection.best is not None
    assert report.selection.best.step == 2


@exhibit("warning", group="generalisation")
def intents() -> Run:
    """Intents of callers: accuracy on new calls is best after an epoch, and falls while training goes on."""
    run = trainer_sft("intents", lambda e: fall(e, 1.8, 0.1, 1.0), None, seed=73, epochs=4)
    steps = np.arange(160, 1601, 160)
    accuracy = 0.82 - 0.3 * np.exp(-steps / 120) - 0.0002 * np.clip(steps - 480, 0, None)
    return replace(run, metrics={**run.metrics, "eval_accuracy": series(steps, accuracy)})
