from __future__ import annotations

from pathlib import Path

import numpy as np
from gallery import exhibit
from gallery.curves import climb, turn
from gallery.jobs import service_rft

from curvewise import Run
from curvewise.checks.reward_collapse import reward_collapse
from curvewise.model.finding import Finding
from curvewise.testing import make_run

CLIMB = [0.1, 0.4, 0.6, 0.75, 0.76, 0.77, 0.83, 0.82, 0.84, 0.83]


def evaluations(*rewards: float) -> Finding:
    return reward_collapse(make_run(every=5, full_valid_mean_reward=list(rewards)))


def test_a_fall_for_good_is_a_problem_and_names_the_step_before() -> None:
    finding = evaluations(*CLIMB, 0.4, 0.3, 0.25, 0.2)
    assert finding.status == "problem"
    assert "step 40" in finding.advice


def test_dips_of_one_evaluation_are_no_collapse() -> None:
    assert evaluations(*CLIMB, 0.55, 0.84, 0.83).status == "ok"
    assert evaluations(*CLIMB, 0.6).status == "ok"


def test_a_smaller_lasting_fall_is_watched() -> None:
    assert evaluations(*CLIMB, 0.83, 0.84, 0.83, 0.70, 0.69, 0.70).status == "warning"


def test_a_climb_is_fine() -> None:
    assert evaluations(*CLIMB).status == "ok"


def test_training_reward_is_judged_without_evaluations() -> None:
    rewards = [0.02 * i for i in range(40)] + [0.1] * 20
    assert reward_collapse(make_run(train_mean_reward=rewards)).status == "problem"


def test_more_ungraded_rollouts_are_no_collapse() -> None:
    ungraded = [0.0] * 20 + [0.4] * 20
    logged = [(1 - share) * 0.8 - share for share in ungraded]
    run = make_run(train_mean_reward=logged, train_ungraded_rate=ungraded)
    assert reward_collapse(run).status == "ok"


def test_a_fall_within_a_wide_scatter_cannot_be_called() -> None:
    rewards = [1.0, -0.5, 1.5, 0.0] * 5 + [0.6, -0.9, 1.0, -0.6, 0.1]
    finding = reward_collapse(make_run(train_mean_reward=rewards))
    assert finding.status == "unknown"
    assert "chance" in finding.reason


def test_five_evaluations_cannot_tell_a_dip_from_a_fall() -> None:
    assert evaluations(0.1, 0.5, 0.8, 0.8, 0.2).status == "unknown"


def test_a_training_reward_that_wanders_is_no_collapse() -> None:
    called = 0
    for seed in range(40):
        noise = np.random.default_rng(seed).standard_normal(100)
        for i in range(1, 100):
            noise[i] = 0.6 * noise[i - 1] + 0.8 * noise[i]
        called += reward_collapse(make_run(train_mean_reward=0.7 + 0.07 * noise)).status != "ok"
    assert called <= 5


def test_the_dips_of_a_real_run_are_no_collapse(corpus: Path) -> None:
    import curvewise

    run = curvewise.load(str(corpus / "openai_rft_csv" / "aparna-spektra__training_metrics_v7.csv"))
    assert reward_collapse(run).status == "ok"


@exhibit("problem", group="rewards")
def sql_queries() -> Run:
    """The policy climbs to 0.8, leaves the region where it earned, and does not come back."""
    return service_rft(
        "sql-queries",
        lambda t: climb(t, 0.25, 0.82, 30, 9) - climb(t, 0, 0.55, 88, 4),
        lambda t: climb(t, 0.24, 0.8, 31, 9) - climb(t, 0, 0.54, 88, 4),
        seed=73,
    )


@exhibit("warning", group="rewards")
def unit_tests() -> Run:
    """Past its peak: the reward slides by a sixth over the last third of the run."""
    return service_rft(
        "unit-tests",
        lambda t: climb(t, 0.25, 0.78, 28, 8) - turn(t, 80, 0.0031),
        lambda t: climb(t, 0.24, 0.77, 29, 8) - turn(t, 80, 0.0031),
        seed=74,
        rollouts=512,
    )
