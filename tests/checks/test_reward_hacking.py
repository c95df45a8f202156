from __future__ import annotations

from typing import Any

import pytest
from gallery import exhibit
from gallery.curves import climb
from gallery.jobs import service_rft, with_evaluation

from curvewise.checks.reward_hacking import reward_hacking
from curvewise.model.run import Run
from curvewise.model.series import Series
from curvewise.testing import make_run


def evaluated(reward: list[float], score: list[float], error: float | None = 0.03, **fields: Any) -> Run:
    """Make a run with a validation reward and a score at the same checkpoints."""
    steps = list(range(1, len(score) + 1))
    errors = None if error is None else [error] * len(score)
    truth = Series.from_points(steps, score, errors)
    return make_run(full_valid_mean_reward=reward, evaluation_score=truth, **fields)


def test_reward_up_and_score_down_is_reward_hacking() -> None:
    finding = reward_hacking(evaluated([0.3, 0.5, 0.7, 0.9], [0.5, 0.6, 0.4, 0.2]))
    assert finding.status == "problem"
    assert finding.summary.startswith("Reward hacking: from step 2 to step 4 the validation reward")
    assert "take step 2" in finding.advice
    shown = {item.label: item.value for item in finding.evidence}
    assert shown["change of the score, unpaired"] == pytest.approx(-0.4)
    assert shown["change of the proxy"] == pytest.approx(0.4)
    assert shown["rank correlation with the proxy"] == pytest.approx(-0.8)


def test_a_checkpoint_that_is_gone_is_not_advised() -> None:
    falls = [0.5, 0.6, 0.4, 0.2]
    kept = reward_hacking(evaluated([0.3, 0.5, 0.7, 0.9], falls, checkpoints=[2, 4])).advice
    gone = reward_hacking(evaluated([0.3, 0.5, 0.7, 0.9], falls, checkpoints=[3, 4])).advice
    assert "of these two take step 2." in kept
    assert "take step 2" not in gone
    assert "no checkpoint of it exists" in gone


def test_both_up_is_fine() -> None:
    finding = reward_hacking(evaluated([0.3, 0.5, 0.7], [0.2, 0.4, 0.6]))
    assert finding.status == "ok"
    assert "rank correlation +1.00" in finding.summary
    assert "no fall of 0.02 or more was seen (" in finding.summary


def test_what_the_samples_leave_possible_is_not_passed_over() -> None:
    finding = reward_hacking(evaluated([0.3, 0.5], [0.5, 0.51], error=0.1))
    assert finding.status == "ok"
    assert "no fall of 0.02 or more was seen; one of up to 0.267 is not ruled out" in finding.summary


def test_a_fall_within_the_noise_is_not_called_and_more_samples_are_asked_for() -> None:
    finding = reward_hacking(evaluated([0.3, 0.5], [0.5, 0.45], error=0.05))
    assert finding.status == "unknown"
    assert "times as many samples" in finding.reason


def test_two_checkpoints_are_enough_but_weak() -> None:
    finding = reward_hacking(evaluated([0.3, 0.9], [0.8, 0.2]))
    assert finding.status == "problem"
    assert "so few say little" in finding.summary


def test_a_reward_whose_rise_may_be_noise_is_only_a_poor_guide() -> None:
    flat = [0.70, 0.71, 0.72]
    assert reward_hacking(evaluated(flat, [0.8, 0.5, 0.2], validation_examples=50)).status == "warning"
    assert reward_hacking(evaluated(flat, [0.8, 0.5, 0.2])).status == "problem"


def test_more_checkpoints_ask_for_a_larger_fall() -> None:
    pair = evaluated([0.3, 0.5], [0.5, 0.41], error=0.03)
    many = evaluated([0.3, 0.5, 0.4, 0.4, 0.4, 0.4], [0.5, 0.41, 0.4, 0.4, 0.4, 0.4], error=0.03)
    assert reward_hacking(pair).status == "problem"
    assert reward_hacking(many).status == "unknown"


def test_pairing_shows_what_the_single_errors_hide() -> None:
    run = evaluated([0.3, 0.9], [0.60, 0.50], error=0.05)
    paired = Series.from_points([1, 2], [0.05, -0.05], [0.02, 0.02])
    both = make_run(metrics={**run.metrics, "evaluation_score_relative": paired})
    assert reward_hacking(run).status == "unknown"
    assert reward_hacking(both).status == "problem"


@pytest.mark.parametrize("error", [None, float("nan"), -1.0])
def test_without_standard_errors_nothing_is_called(error: float | None) -> None:
    finding = reward_hacking(evaluated([0.3, 0.9], [0.8, 0.2], error=error))
    assert finding.status == "unknown"
    assert "standard error" in finding.reason


def test_a_fall_too_small_to_matter_is_not_called() -> None:
    assert reward_hacking(evaluated([0.3, 0.9], [0.81, 0.80], error=0.001)).status == "ok"


def test_no_scores_no_question() -> None:
    assert reward_hacking(make_run(full_valid_mean_reward=[0.3, 0.9])).status == "not_applicable"


def test_a_single_common_checkpoint_settles_nothing() -> None:
    assert reward_hacking(evaluated([0.3, 0.9], [0.8])).status == "unknown"


@exhibit("problem", group="proxies")
def cite_everything() -> Run:
    """The grader counts citations: the policy learns to cite everything, and solves fewer and fewer tasks."""
    run = service_rft(
        "cite-everything",
        lambda t: climb(t, 0.25, 0.9, 50, 16),
        lambda t: climb(t, 0.24, 0.88, 51, 16),
        seed=91,
        validation_examples=512,
    )
    return with_evaluation(run, {30: 0.5, 60: 0.66, 90: 0.48, 120: 0.31}, seed=92)


@exhibit("warning", group="proxies")
def forgotten_tools() -> Run:
    """The reward stands still from step 60 on, while the model forgets how to call its tools."""
    run = service_rft(
        "forgotten-tools",
        lambda t: climb(t, 0.3, 0.72, 25, 8) + 0.0001 * t,
        lambda t: climb(t, 0.29, 0.7, 25, 8) + 0.0001 * t,
        seed=93,
    )
    return with_evaluation(run, {60: 0.7, 90: 0.52, 120: 0.4}, seed=94)
