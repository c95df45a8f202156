from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from gallery import exhibit
from gallery.curves import climb, turn
from gallery.jobs import service_rft

from curvewise.checks.reward_gap import reward_gap
from curvewise.model.run import Run
from curvewise.testing import make_run


def gaps(*values: float, valid: float = 0.5) -> Run:
    """Make a run with these like-for-like gaps at its evaluations."""
    return make_run(
        train_mean_reward=[valid + gap for gap in values], full_valid_mean_reward=[valid] * len(values)
    )


@pytest.mark.parametrize(
    ("values", "status"),
    [
        ((0.2, 0.21, 0.19, 0.2), "problem"),
        ((0.11, 0.11, 0.11, 0.11), "problem"),
        ((0.1, 0.1, 0.1, 0.1), "warning"),
        ((0.05, 0.05, 0.05, 0.05), "warning"),
        ((0.04, 0.04, 0.04, 0.04), "ok"),
        ((-0.2, -0.2, -0.2, -0.2), "ok"),
    ],
)
def test_the_limits_of_the_guide(values: tuple[float, ...], status: str) -> None:
    assert reward_gap(gaps(*values)).status == status


def test_a_gap_that_scatters_about_nothing_is_no_problem() -> None:
    finding = reward_gap(gaps(-0.3, 0.5, -0.2, 0.4))
    assert finding.status == "unknown"
    assert "does not exclude that there is no gap" in finding.reason


def test_early_evaluations_do_not_hide_a_late_gap() -> None:
    assert reward_gap(gaps(*[0.0] * 8, *[0.2, 0.21] * 4)).status == "problem"


@pytest.mark.parametrize("values", [(0.3,), (0.3, 0.3)])
def test_one_or_two_evaluations_make_no_problem(values: tuple[float, ...]) -> None:
    finding = reward_gap(gaps(*values))
    assert finding.status == "warning"
    assert "3 evaluations are needed" in finding.summary


def test_one_evaluation_without_a_gap_settles_nothing() -> None:
    finding = reward_gap(gaps(0.01))
    assert finding.status == "unknown"
    assert finding.evidence[0].value == pytest.approx(0.01)


def test_a_gap_that_widens_while_validation_falls_is_a_problem_below_the_limit() -> None:
    valid = [0.6, 0.6, 0.6, 0.6, 0.56, 0.55, 0.54, 0.53]
    train = [0.6, 0.61, 0.6, 0.61, 0.63, 0.63, 0.63, 0.63]
    finding = reward_gap(make_run(train_mean_reward=train, full_valid_mean_reward=valid))
    assert finding.status == "problem"
    assert "widens while validation reward falls" in finding.summary


def test_a_collapse_of_both_rewards_is_no_widening_gap() -> None:
    valid = [0.44, 0.59, 0.69, 0.88, 0.91, 0.9, 0.37, 0.46, 0.4, 0.34, 0.35, 0.33]
    train = [0.4, 0.55, 0.7, 0.83, 0.9, 0.85, 0.6, 0.5, 0.55, 0.5, 0.52, 0.5]
    assert "widens" not in reward_gap(make_run(train_mean_reward=train, full_valid_mean_reward=valid)).summary


def test_both_gaps_are_shown_and_the_fair_one_judged() -> None:
    run = make_run(
        train_mean_reward=[0.5] * 4,
        full_valid_mean_reward=[0.6] * 4,
        metrics={"train_grader_reward/a": [0.8] * 4, "valid_grader_reward/a": [0.6] * 4},
    )
    finding = reward_gap(run)
    assert finding.status == "problem"
    assert {item.label: round(item.value, 3) for item in finding.evidence} == {
        "gap like for like, recent evaluations": 0.2,
        "gap like for like, all evaluations": 0.2,
        "gap as logged, all evaluations": -0.1,
    }


def test_a_lower_bound_can_alarm_but_not_reassure() -> None:
    def run(train: float) -> Run:
        return make_run(
            train_mean_reward=[train] * 4, full_valid_mean_reward=[0.5] * 4, formats=("openai_events",)
        )

    assert reward_gap(run(0.7)).status == "problem"
    assert "at least" in reward_gap(run(0.7)).summary
    assert reward_gap(run(0.5)).status == "unknown"


def test_a_real_run_is_judged_like_for_like_and_both_gaps_are_shown(corpus: Path) -> None:
    import curvewise

    run = curvewise.load(str(corpus / "openai_rft_csv" / "aparna-spektra__training_metrics_v7.csv"))
    finding = reward_gap(run)
    shown = {item.label: (round(item.value, 3), item.points) for item in finding.evidence}
    assert run.kind == "rft"
    assert shown["gap like for like, all evaluations"] == (0.081, 24)
    assert shown["gap as logged, all evaluations"] == (-0.015, 24)
    assert finding.status == "warning"


@exhibit("problem", group="rewards")
def magic_phrase() -> Run:
    """The policy finds words that the grader pays for in training; validation falls while training rises."""
    return service_rft(
        "magic-phrase",
        lambda t: climb(t, 0.22, 0.93, 45, 12),
        lambda t: climb(t, 0.2, 0.46, 22, 7) - turn(t, 45, 0.004),
        seed=71,
        tokens=lambda t: climb(t, 310, 590, 50, 15),
    )


@exhibit("warning", group="rewards")
def unit_conversion() -> Run:
    """Training earns a little more than validation at every evaluation: a gap of 0.07, worth watching."""
    return service_rft(
        "unit-conversion",
        lambda t: climb(t, 0.3, 0.82, 40, 14),
        lambda t: climb(t, 0.28, 0.75, 41, 14),
        seed=72,
        rollouts=512,
    )


@pytest.mark.parametrize("evaluations", [3, 4, 6, 8, 16])
def test_few_evaluations_that_remember_each_other_show_no_gap(evaluations: int) -> None:
    random = np.random.default_rng(5)

    def called(gap: float) -> float:
        found = []
        for _ in range(300):
            noise = random.standard_normal(evaluations)
            for i in range(1, evaluations):
                noise[i] = 0.8 * noise[i - 1] + 0.6 * noise[i]
            found.append(reward_gap(gaps(*(gap + 0.05 * noise))).status in ("warning", "problem"))
        return float(np.mean(found))

    assert called(0.0) <= 0.08
    assert called(0.25) >= 0.9
