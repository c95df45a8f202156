from __future__ import annotations

import math

import numpy as np
from gallery import exhibit
from gallery.curves import climb
from gallery.jobs import trainer_dpo

from curvewise import Run
from curvewise.checks.stalled_preference_accuracy import stalled_preference_accuracy
from curvewise.testing import make_run


def test_an_accuracy_near_one_half_is_guessing() -> None:
    finding = stalled_preference_accuracy(make_run(train_reward_accuracy=[0.48, 0.52] * 10))
    assert finding.status == "problem"
    assert finding.summary.startswith("Preference accuracy is 0.50 (90 % interval 0.49 to 0.51)")
    assert "no better than guessing" in finding.summary


def test_an_accuracy_clearly_below_one_half_points_to_swapped_answers() -> None:
    finding = stalled_preference_accuracy(make_run(train_reward_accuracy=[0.3, 0.32] * 10))
    assert finding.status == "problem"
    assert "worse than guessing" in finding.summary
    assert "swapped" in finding.advice


def test_only_the_second_half_counts() -> None:
    assert stalled_preference_accuracy(make_run(train_reward_accuracy=[0.0] * 10 + [0.7] * 10)).status == "ok"


def test_validation_pairs_come_first_even_when_there_is_one_value() -> None:
    run = make_run(train_reward_accuracy=[0.9] * 20, full_valid_reward_accuracy={20: 0.51})
    finding = stalled_preference_accuracy(run)
    assert finding.status == "problem"
    assert finding.summary == "Preference accuracy is 0.51 at the last evaluation: no better than guessing."


def test_a_few_training_logs_say_nothing() -> None:
    assert stalled_preference_accuracy(make_run(train_reward_accuracy=[0.5] * 9)).status == "unknown"


def test_accuracies_that_are_no_number_say_nothing() -> None:
    run = make_run(train_reward_accuracy=[0.5] * 3, full_valid_reward_accuracy=[math.nan])
    assert stalled_preference_accuracy(run).status == "unknown"


def test_other_kinds_of_run_have_no_preferences() -> None:
    assert stalled_preference_accuracy(make_run(train_loss=[1.0])).status == "not_applicable"


def test_percentages_are_not_taken_for_shares() -> None:
    finding = stalled_preference_accuracy(make_run(train_reward_accuracy=[50.0] * 20))
    assert finding.status == "unknown"
    assert "reaches 50" in finding.reason


@exhibit("problem", group="preferences")
def coin_toss_pairs() -> Run:
    """Pairs whose two answers hardly differ: after 600 steps the model still guesses which one was chosen."""
    return trainer_dpo(
        "coin-toss-pairs",
        margin=lambda t: 0.05 * (1 - np.exp(-t / 250)),
        chosen=lambda t: -0.02 * (1 - np.exp(-t / 250)),
        accuracy=lambda t: climb(t, 0.49, 0.515, 200, 60),
        seed=61,
    )
