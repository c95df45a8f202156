from __future__ import annotations

from typing import Any

import pytest

from curvewise.errors import PluginError, UsageError
from curvewise.model.finding import Evidence, Finding
from curvewise.model.run import Run
from curvewise.testing import make_run


@pytest.mark.parametrize(
    ("metrics", "kind"),
    [
        (["train_loss"], "sft"),
        (["train_loss", "train_reward_margin"], "dpo"),
        (["train_loss", "full_valid_mean_reward"], "rft"),
        (["train_grader_reward/python/g"], "rft"),
        ([], "sft"),
    ],
)
def test_the_metrics_tell_the_kind(metrics: list[str], kind: str) -> None:
    assert Run.from_series({name: ([1], [0.5]) for name in metrics}).kind == kind


def test_a_declared_kind_wins() -> None:
    assert Run.from_series({"train_loss": ([1], [1.0])}, kind="rft").kind == "rft"


def test_standard_errors_reach_their_series() -> None:
    run = Run.from_series(
        {"full_valid_loss": ([2, 1], [0.5, 0.6])}, standard_errors={"full_valid_loss": [0.1, 0.2]}
    )
    errors = run["full_valid_loss"].standard_error
    assert errors is not None
    assert errors.tolist() == [0.2, 0.1]


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({"metrics": {"train_loss": ([1, 2], [1.0])}}, "train_loss: .*shapes"),
        ({"metrics": {}, "kind": "sftt"}, "no kind 'sftt'"),
        ({"metrics": {}, "standard_errors": {"x": [1.0]}}, "'x', which is not among"),
    ],
)
def test_wrong_arguments_are_named(arguments: dict[str, Any], problem: str) -> None:
    with pytest.raises(UsageError, match=problem):
        Run.from_series(**arguments)


@pytest.mark.parametrize(
    ("fields", "epoch"),
    [
        ({"epoch": {100: 1.0, 200: 2.0}}, 1.5),
        ({"steps_per_epoch": 50}, 3.0),
        ({"hyperparameters": {"n_epochs": 2}, "planned_steps": 300}, 1.0),
        ({"hyperparameters": {"n_epochs": -1}, "planned_steps": 300}, None),
        ({"hyperparameters": {"n_epochs": 10**400}, "planned_steps": 300}, None),
        ({}, None),
    ],
)
def test_epochs_come_from_the_data_or_are_unknown(fields: dict[str, Any], epoch: float | None) -> None:
    assert make_run(train_loss=[1.0] * 300, **fields).epoch_at(150) == epoch


def test_a_step_is_named_with_its_epoch_when_known() -> None:
    assert make_run(train_loss=[1.0], steps_per_epoch=100).where(200) == "step 200 (epoch 2)"
    assert make_run(train_loss=[1.0]).where(2000) == "step 2,000"


@pytest.mark.parametrize("status", ["warning", "problem"])
def test_no_verdict_without_evidence_and_advice(status: str) -> None:
    evidence = Evidence(label="x", value=1.0, metric="train_loss")
    make = getattr(Finding, status)
    with pytest.raises(PluginError, match="without evidence"):
        make("Bad.", advice="Do this.")
    with pytest.raises(PluginError, match="without advice"):
        make("Bad.", evidence, advice="")


def test_no_unknown_without_a_reason() -> None:
    with pytest.raises(PluginError, match="without a reason"):
        Finding.unknown("")


def test_a_run_and_a_series_show_themselves_in_one_line() -> None:
    run = make_run(train_loss=[2.0, 1.0], checkpoints=[2])
    assert repr(run) == "<Run 'example': sft, 1 metrics, checkpoints 1>"
    assert repr(run["train_loss"]) == "<Series of 2 points, steps 1 to 2>"


def test_epochs_of_many_steps_are_those_that_the_log_has_and_else_what_the_settings_say() -> None:
    run = make_run(epoch={10: 1.0, 20: 3.0}, steps_per_epoch=10.0)
    assert run.epochs_at([5, 10, 15, 30]) == [0.5, 1.0, 2.0, 3.0]
    assert run.epochs_at([5, 10, 15, 30]) == [run.epoch_at(step) for step in (5, 10, 15, 30)]
    assert make_run(epoch={10: 1.0}).epochs_at([5, 10]) == [None, 1.0]
