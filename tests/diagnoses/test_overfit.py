from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from curvewise import Report, analyze
from curvewise.testing import make_run


def test_it_is_told_of_a_run_that_shows_it(diagnosed: Callable[[str], Report]) -> None:
    report = diagnosed("overfitting")
    assert report.diagnosis.name == "overfit"
    assert report.diagnosis.summary.startswith(
        "Overfit after epoch 2: validation loss rose from 1.21 to 1.79 (+47 %)"
    )
    assert "overfitting" in report.diagnosis.findings
    assert report.diagnosis.use is not None


def test_a_choice_by_the_task_is_no_checkpoint_that_was_not_kept() -> None:
    parts = {
        "full_valid_loss/box": [1.2, 1.0, 1.1, 1.2, 1.3, 1.4],
        "full_valid_loss/cls": [9.0, 8.0, 7.0, 6.0, 5.0, 4.0],
    }
    run = make_run(metrics={**parts, "eval_map": [0.1, 0.2, 0.4, 0.5, 0.6, 0.7]})
    diagnosis = analyze(run).diagnosis
    assert diagnosis.summary.startswith(
        "Overfit after step 2: validation loss on the set 'box' rose from 1 to 1.4"
    )
    assert diagnosis.next == ("Choose by eval_map, if it measures what you want, and not by the loss.",)


AGAIN = "Train again for 3 steps and keep that checkpoint: the best one was not kept."
TIED = "Train for 2 steps, or add data: noise cannot tell step 4 from step 2, after which the loss rose."
TURNS = [1.0, 0.8, 0.7, 0.72, 0.8, 0.9, 1.0, 1.2]


@pytest.mark.parametrize(
    ("losses", "wer", "kept", "use", "advice"),
    [
        (TURNS, None, None, 3, "Train for 3 steps, or add data: nothing after step 3 helped."),
        (TURNS, None, [3, 8], 3, "Train for 3 steps, or add data: nothing after step 3 helped."),
        (
            TURNS,
            None,
            [7, 8],
            7,
            AGAIN,
        ),
        (
            TURNS,
            None,
            [1, 8],
            1,
            AGAIN,
        ),
        (
            [1.1, 1.0, 1.2, 1.4, 1.6, 1.8],
            [0.62, 0.55, 0.58, 0.53, 0.57, 0.56],
            None,
            4,
            TIED,
        ),
        (
            [0.61, 0.50, 0.47, 0.53, 0.64, 0.74],
            [0.302, 0.220, 0.197, 0.1995, 0.194, 0.202],
            None,
            5,
            TIED.replace("2", "3").replace("4", "5"),
        ),
    ],
)
def test_advice_and_choice_agree_or_the_advice_says_why(
    losses: list[float], wer: list[float] | None, kept: list[int] | None, use: int, advice: str
) -> None:
    run = make_run(
        train_loss=[2.0 * losses[0] * 0.8**n for n in range(len(losses))],
        full_valid_loss=losses,
        metrics={} if wer is None else {"eval_wer": wer},
        checkpoints=kept,
    )
    report = analyze(run)
    assert report.diagnosis.name == "overfit"
    assert report.selection.best is not None
    assert (report.selection.best.step, report.diagnosis.next[0]) == (use, advice)


@pytest.mark.parametrize(
    ("valid", "end", "name"),
    [
        ([0.69, 0.75, 0.9, 1.1, 1.2, 1.3], 0.05, "overfit"),  # and accuracy is at chance for that reason
        ([0.69, 0.69, 0.70, 0.69, 0.69, 0.69], 0.65, "no_preference_signal"),
    ],
)
def test_pairs_that_are_learned_by_heart_explain_what_follows(
    valid: list[float], end: float, name: str
) -> None:
    steps = range(10, 61, 10)
    run = make_run(
        kind="dpo",
        train_loss=np.geomspace(0.69, end, 60),
        full_valid_loss=dict(zip(steps, valid, strict=True)),
        full_valid_reward_accuracy=dict.fromkeys(steps, 0.52),
        train_reward_accuracy=np.linspace(0.5, 1.0, 60),
        train_chosen_reward=np.zeros(60),
        train_reward_margin=np.linspace(0.0, 2.0, 60),
        validation_examples=200,
    )
    report = analyze(run)
    assert (report.diagnosis.name, report.also) == (name, ()), report.diagnosis.summary


@pytest.mark.parametrize(("per_epoch", "certainty"), [(20, "high"), (60, "moderate")])
def test_of_a_rise_from_the_first_epoch_on_it_is_not_sure(per_epoch: int, certainty: str) -> None:
    steps = range(20, 241, 20)
    valid = {step: 1.5 - 0.01 * step if step <= 60 else 0.9 + 0.004 * (step - 60) for step in steps}
    run = make_run(train_loss=np.geomspace(2.0, 0.3, 240), full_valid_loss=valid, steps_per_epoch=per_epoch)
    diagnosis = analyze(run).diagnosis
    assert (diagnosis.name, diagnosis.certainty) == ("overfit", certainty), diagnosis.summary
    assert ("of another kind" in diagnosis.unknown) == (certainty == "moderate")


@pytest.mark.parametrize(("first", "length"), [(0, 4), (1, 3)])
def test_epochs_that_are_numbered_from_0_are_one_more(first: int, length: int) -> None:
    epochs = range(first, 9)
    losses = {epoch: 0.7 + 0.1 * abs(epoch - 3) for epoch in epochs}
    train = {epoch: 2.0 * 0.7**epoch for epoch in epochs}
    report = analyze(make_run(metrics={"train_loss": train, "full_valid_loss": losses}, steps_per_epoch=1))
    assert report.run.epochs == len(epochs)
    assert report.diagnosis.summary.startswith("Overfit after epoch 3")
    assert report.diagnosis.next[0].startswith(f"Train for {length} epochs")


@pytest.mark.parametrize(
    ("loss", "name"), [([0.46, 0.49, 0.54], "overfit"), ([0.46, 0.465, 0.47], "healthy")]
)
def test_a_loss_that_rises_while_the_task_gains_is_overfit_by_its_loss_alone(
    loss: list[float], name: str
) -> None:
    metrics = {"full_valid_loss": loss, "eval_f1": [0.51, 0.56, 0.63]}
    report = analyze(make_run(train_loss=[0.6, 0.5, 0.39], metrics=metrics))
    assert report.diagnosis.name == name, report.headline
    assert report.selection.best is not None
    assert report.selection.best.step == 3


def test_a_task_metric_that_was_better_before_the_lowest_loss_is_no_overfitting_by_the_loss() -> None:
    losses = [1.0, 0.93, 0.88, 0.84, 0.81, 0.78, 0.77, 0.76, 0.75, 0.74, 0.745]
    scores = [0.5, 0.5, 0.66, 0.66, 0.66, 0.65, 0.58, 0.59, 0.61, 0.61, 0.54]
    diagnosis = analyze(make_run(train_loss=losses, full_valid_loss=losses, eval_auc=scores)).diagnosis
    assert "by its loss alone" not in diagnosis.summary
    assert diagnosis.name != "overfit"
