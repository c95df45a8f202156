from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from gallery import exhibit
from gallery.curves import climb, fall
from gallery.jobs import trainer_dpo

from curvewise import Run
from curvewise.checks.likelihood_displacement import likelihood_displacement
from curvewise.testing import make_run

FALL = np.array([0.0, -0.2, -0.5, -0.8, -1.0, -1.2, -1.3, -1.3])
NOISE = np.random.default_rng(0).normal(0, 1, 8)


def test_a_chosen_reward_below_zero_beside_a_growing_margin_is_warned_of() -> None:
    finding = likelihood_displacement(make_run(train_chosen_reward=FALL, train_reward_margin=-FALL))
    assert finding.status == "warning"
    assert "is -1.30 at the end while the margin is 1.30" in finding.summary
    assert finding.evidence[0].limit == -0.5


def test_with_beta_the_fall_is_told_in_nats() -> None:
    run = make_run(train_chosen_reward=FALL, train_reward_margin=-FALL, hyperparameters={"beta": 0.1})
    assert "by 13 nats at beta 0.1" in likelihood_displacement(run).summary


def test_a_moderate_fall_is_common_and_no_fault() -> None:
    run = make_run(train_chosen_reward=FALL / 4, train_reward_margin=-FALL)
    assert likelihood_displacement(run).status == "ok"
    assert likelihood_displacement(run, max_fall=0.3).status == "warning"


def test_a_chosen_reward_that_rises_is_fine() -> None:
    finding = likelihood_displacement(make_run(train_chosen_reward=-FALL, train_reward_margin=-FALL))
    assert finding.status == "ok"
    assert "no less likely" in finding.summary


def test_without_a_margin_gained_it_is_not_displacement() -> None:
    run = make_run(train_chosen_reward=FALL, train_reward_margin=FALL)
    assert likelihood_displacement(run).status == "ok"


def test_a_level_that_noise_may_have_made_is_not_warned_of() -> None:
    run = make_run(train_chosen_reward=FALL + 5 * NOISE, train_reward_margin=-FALL)
    assert likelihood_displacement(run).status == "ok"


def test_validation_pairs_come_first() -> None:
    run = make_run(
        train_chosen_reward=-FALL, train_reward_margin=-FALL,
        full_valid_chosen_reward=FALL, full_valid_reward_margin=-FALL,
    )  # fmt: skip
    assert likelihood_displacement(run).evidence[0].metric == "full_valid_chosen_reward"


def test_without_a_reference_model_the_change_of_the_log_probability_counts() -> None:
    logps = np.linspace(-1.0, -1.5, 12)
    steady = make_run(train_chosen_reward=0.1 * -np.ones(12), train_chosen_logps=-np.ones(12),
                      train_reward_margin=np.linspace(0, 1, 12))  # fmt: skip
    falling = make_run(train_chosen_reward=0.1 * logps, train_chosen_logps=logps,
                       train_reward_margin=np.linspace(0, 1, 12))  # fmt: skip
    assert likelihood_displacement(steady).status == "ok"
    finding = likelihood_displacement(falling)
    assert finding.status == "warning"
    assert finding.evidence[0].metric == "train_chosen_logps"
    assert "first and last 3 of 12 training logs" in finding.summary


def test_metrics_of_different_pairs_are_not_set_against_each_other() -> None:
    run = make_run(kind="dpo", train_chosen_reward=FALL, full_valid_reward_margin=-FALL)
    assert likelihood_displacement(run).status == "unknown"


def test_the_real_orpo_run_raises_its_chosen_answers(corpus: Path) -> None:
    rows = json.loads((corpus / "trainer_state/chandlerzuo__outputs_trainer_state.json").read_text())[
        "log_history"
    ]
    rows = [row for row in rows if "rewards/chosen" in row]
    run = make_run(
        train_chosen_reward={row["step"]: row["rewards/chosen"] for row in rows},
        train_chosen_logps={row["step"]: row["logps/chosen"] for row in rows},
        train_reward_margin={row["step"]: row["rewards/margins"] for row in rows},
    )
    assert likelihood_displacement(run).status == "ok"


@exhibit("warning", group="preferences")
def polite_refusals() -> Run:
    """The margin grows because the rejected answers fall faster: the chosen ones become unlikely as well."""
    return trainer_dpo(
        "polite-refusals",
        margin=lambda t: fall(t, 0.0, 2.6, 260),
        chosen=lambda t: fall(t, 0.05, -1.9, 300),
        accuracy=lambda t: climb(t, 0.5, 0.86, 90, 45),
        seed=62,
    )
