from __future__ import annotations

import pytest
from gallery import exhibit
from gallery.curves import fall, turn
from gallery.jobs import series, trainer_sft
from msgspec.structs import replace

from curvewise import Run
from curvewise.checks.metric_disagreement import metric_disagreement
from curvewise.testing import make_run

LOSS = [0.26, 0.27, 0.33, 0.35]


@pytest.mark.parametrize(
    ("metric", "values", "status"),
    [
        ("eval_wer", [74.5, 60.1, 50.4, 40.9], "warning"),
        ("eval_wer", [74.5, 73.1, 72.4, 69.8], "warning"),
        ("eval_wer", [72.5, 73.1, 72.4, 71.5], "ok"),
        ("eval_wer", [40.9, 60.1, 50.4, 74.5], "ok"),
        ("full_valid_accuracy", [0.70, 0.702, 0.705, 0.71], "ok"),
        ("full_valid_accuracy", [0.70, 0.75, 0.79, 0.85], "warning"),
        ("eval_entropy", [4.0, 3.0, 2.0, 1.0], "not_applicable"),
    ],
)
def test_it_judges_the_choice_of_the_loss_by_the_task(metric: str, values: list[float], status: str) -> None:
    run = make_run(metrics={"full_valid_loss": LOSS, metric: values})
    assert metric_disagreement(run).status == status


@exhibit("warning", group="generalisation")
def speech_notes() -> Run:
    """A speech model whose loss turns after an epoch, while its word error rate falls to the end."""
    run = trainer_sft(
        "speech-notes",
        lambda e: fall(e, 1.8, 0.1, 1.0),
        lambda e: fall(e, 1.5, 0.8, 0.5) + turn(e, 1.2, 0.05, 1.0),
        seed=71,
        epochs=4,
        eval_every=160,
    )
    steps = run["full_valid_loss"].step
    return replace(run, metrics={**run.metrics, "eval_wer": series(steps, 30 + 40 * 0.5 ** (steps / 200))})
