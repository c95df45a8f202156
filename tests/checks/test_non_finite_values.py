from __future__ import annotations

import math

import numpy as np
import pytest
from gallery import exhibit
from gallery.curves import fall
from gallery.jobs import from_step, trainer_sft, with_values

from curvewise import Run, analyze, load
from curvewise.checks.non_finite_values import non_finite_values
from curvewise.testing import make_run

nan, inf = math.nan, math.inf


def test_a_loss_that_ends_in_nan_is_a_problem_with_first_step_and_count() -> None:
    finding = non_finite_values(make_run(every=10, train_loss=[2.0, 1.5, nan, nan]))
    assert finding.status == "problem"
    assert finding.summary == "train_loss is NaN at 2 of 4 steps, from step 30 to the end."
    assert finding.evidence[0].value == 2
    assert finding.evidence[0].first_step == 30
    assert "after step 20" in finding.advice


def test_a_value_that_comes_back_is_a_warning() -> None:
    finding = non_finite_values(make_run(full_valid_loss=[1.0, nan, 0.9]))
    assert finding.status == "warning"
    assert "first at step 2" in finding.summary


def test_nan_and_infinity_are_told_apart() -> None:
    assert "infinite at 1 of 2" in non_finite_values(make_run(train_loss=[1.0, inf])).summary
    assert "NaN (1) or infinite (1)" in non_finite_values(make_run(train_loss=[inf, nan])).summary


def test_every_metric_that_lost_values_is_named_the_worst_first() -> None:
    finding = non_finite_values(
        make_run(train_loss=[1.0, nan, 0.8], metrics={"full_valid_loss/code": [1.0, 1.1, nan]})
    )
    assert finding.summary.startswith("full_valid_loss/code is NaN at 1 of 3")
    assert "so are values of train_loss" in finding.summary
    assert {evidence.metric for evidence in finding.evidence} == {"full_valid_loss/code", "train_loss"}


def test_a_few_overflowing_gradients_are_how_mixed_precision_works() -> None:
    losses = [1.0] * 40
    few = non_finite_values(make_run(train_loss=losses, grad_norm=[inf, *[1.0] * 39]))
    assert few.status == "ok"
    assert "but for grad_norm is infinite at 1 of 40" in few.summary
    many = non_finite_values(make_run(train_loss=losses, grad_norm=[inf, inf, inf, *[1.0] * 37]))
    assert many.status == "warning"
    ended = non_finite_values(make_run(train_loss=losses, grad_norm=[*[1.0] * 39, nan]))
    assert ended.status == "warning"


def test_a_single_grader_may_log_nan() -> None:
    run = make_run(train_mean_reward=[0.1, 0.2], metrics={"train_grader_reward/style": [nan, nan]})
    assert non_finite_values(run).status == "ok"


def test_nothing_of_a_run_that_was_never_finite_is_to_be_deployed() -> None:
    assert "Deploy nothing of this run" in non_finite_values(make_run(train_loss=[nan, nan])).advice


def test_preference_pairs_are_not_sent_to_a_lower_rate() -> None:
    run = make_run(kind="dpo", train_loss=[0.5, math.nan, math.nan])
    assert non_finite_values(run).advice.count("empty half") == 1


@pytest.mark.parametrize("name", ["train_reward_margin", "train_reward_accuracy", "full_valid_reward_margin"])
@pytest.mark.parametrize("lost", [[0.1, nan, 0.1, 0.2], [0.1, 0.1, 0.1, nan], [nan] * 4])
def test_an_empty_half_of_a_batch_breaks_no_run_whose_loss_is_a_number(name: str, lost: list[float]) -> None:
    sound = make_run(kind="dpo", train_loss=[0.5, 0.5, 0.4, 0.4], metrics={name: lost})
    finding = non_finite_values(sound)
    assert finding.status == "warning"
    assert "empty half" in finding.advice
    assert analyze(sound).diagnosis.name != "broken"
    if np.isnan(lost[-1]):
        for loss in (nan, 0.0):  # the trainer writes 0.0 for a loss that is NaN
            run = make_run(kind="dpo", train_loss=[0.5, 0.5, 0.4, loss], metrics={name: lost})
            assert non_finite_values(run).status == "problem"


@pytest.mark.parametrize(
    "column",
    [
        "critic/vf_loss", "actor/pg_loss", "actor_loss", "vf_loss", "value_loss", "policy_loss", "pg_loss",
        "losses/value_loss", "ppo/loss/policy", "train/critic_loss", "approx_kl", "actor/ppo_kl", "kl_div",
    ],
)  # fmt: skip
@pytest.mark.parametrize("lost", [nan, inf])
def test_an_actor_or_a_critic_alone_that_is_no_number_is_a_problem(column: str, lost: float) -> None:
    rows = [
        {"step": step, "reward": 0.3 + 0.01 * step, column: 0.1 if step < 20 else lost} for step in range(30)
    ]
    report = analyze(load(rows))
    assert report.diagnosis.name == "broken"
    assert report.diagnosis.severity == "problem"


@pytest.mark.parametrize(("gradients", "status"), [(4, "warning"), (5, "problem"), (20, "problem")])
def test_gradients_that_are_no_numbers_to_the_end_stop_the_learning(gradients: int, status: str) -> None:
    norms = [1.0] * (60 - gradients) + [nan] * gradients
    run = make_run(kind="rft", train_mean_reward=[0.5] * 60, grad_norm=norms)
    assert non_finite_values(run).status == status


@exhibit("problem", group="optimisation")
def float16() -> Run:
    """Half precision overflowed at step 620; everything after it is NaN, the checkpoints included."""
    run = trainer_sft(
        "float16",
        lambda e: fall(e, 2.0, 0.9, 0.5),
        lambda e: fall(e, 2.0, 1.0, 0.5),
        seed=39,
    )
    return with_values(
        run,
        train_loss=from_step(run, "train_loss", 620, np.nan),
        grad_norm=from_step(run, "grad_norm", 610, np.nan),
        full_valid_loss=from_step(run, "full_valid_loss", 620, np.nan),
    )


@exhibit("warning", group="optimisation")
def truncated_answers() -> Run:
    """Two batches whose answers were cut away whole: their loss is NaN, and the run goes on unharmed."""
    run = trainer_sft(
        "truncated-answers",
        lambda e: fall(e, 2.0, 0.9, 0.5),
        lambda e: fall(e, 2.0, 1.0, 0.5),
        seed=40,
        epochs=2,
    )
    loss = run["train_loss"].value.copy()
    loss[[22, 58]] = np.nan
    return with_values(run, train_loss=loss)
