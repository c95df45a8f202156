from __future__ import annotations

from collections.abc import Callable

import pytest

from curvewise import Report, analyze
from curvewise.testing import make_run


def test_it_is_told_of_a_run_that_shows_it(diagnosed: Callable[[str], Report]) -> None:
    report = diagnosed("flat_validation_loss")
    assert report.diagnosis.name == "plateaued"
    assert report.diagnosis.summary.startswith("Plateaued: validation loss changes by")
    assert "flat_validation_loss" in report.diagnosis.findings
    chosen = report.selection
    assert chosen.best is not None
    first = min(chosen.best.step, *(pick.step for pick in chosen.tied))
    assert first == 120
    assert report.diagnosis.next == (
        "Train for 2 epochs the next time: nothing after epoch 2 measurably helped.",
    )


@pytest.mark.parametrize(
    "metrics",
    [
        {"train_loss": [5.6, 1.9, 0.33, 0.2, 0.13], "full_valid_loss": [3.03, 0.221, 0.21, 0.191, 0.176]},
        {
            "train_loss": [5.5, 1.9, 1.6, 1.5, 1.4, 1.3],
            "full_valid_loss": [1.5, 1.43, 1.37, 1.33, 1.31, 1.28],
        },
        {"full_valid_loss": [0.5, 0.3, 0.301, 0.3, 0.299], "eval_wer": [0.9, 0.4, 0.3, 0.2, 0.1]},
    ],
)
def test_what_still_gains_is_no_plateau(metrics: dict[str, list[float]]) -> None:
    """A loss that begins far up has nearly all of its fall at once; a task may gain while the loss rests."""
    assert analyze(make_run(metrics={"train_loss": [2.0, 0.9, 0.5, 0.3, 0.2], **metrics})).diagnosis.name != (
        "plateaued"
    )


TRAIN = [1.0 + 1.5 * 0.6**epoch for epoch in range(30)]
FALLS = [2.0 * 0.97**epoch for epoch in range(30)]


@pytest.mark.parametrize(
    ("scores", "name"),
    [
        ([min(0.9, 0.3 + 0.1 * epoch) for epoch in range(30)], "plateaued"),
        ([0.3 + 0.02 * epoch for epoch in range(30)], "unfinished"),
    ],
)
def test_a_metric_of_the_task_that_rests_tells_it_while_the_loss_falls(
    scores: list[float], name: str
) -> None:
    noise = [0.002 * (epoch % 3) for epoch in range(30)]
    measured = [score + off for score, off in zip(scores, noise, strict=True)]
    report = analyze(make_run(train_loss=TRAIN, full_valid_loss=FALLS, eval_f1=measured))
    assert report.diagnosis.name == name, report.diagnosis.summary
    assert name == "unfinished" or "eval_f1 is not measurably better after" in report.diagnosis.summary
