from __future__ import annotations

import math

import numpy as np
import pytest
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
    assert finding.summary == (
        "Preference accuracy is 0.51 (90 % interval 0.43 to 0.59) at the last evaluation of 100 pairs: "
        "no better than guessing, while it is 0.90 on the training pairs."
    )


@pytest.mark.parametrize("right", [10, 14, 16, 18, 20])
def test_a_few_pairs_cannot_tell_however_often_they_are_evaluated(right: int) -> None:
    for evaluations in (1, 2, 8):
        run = make_run(full_valid_reward_accuracy=[right / 32] * evaluations)
        assert stalled_preference_accuracy(run).status in ("unknown", "problem" if right == 10 else "unknown")
    known = make_run(full_valid_reward_accuracy=[0.4375] * 4, validation_examples=2000)
    assert stalled_preference_accuracy(known).status == "problem"


@pytest.mark.parametrize(("train", "status"), [(0.62, "unknown"), (0.65, "unknown"), (0.8, "problem")])
@pytest.mark.parametrize("right", [14, 15])
def test_few_pairs_beside_training_that_is_a_little_better_cannot_tell(
    right: int, train: float, status: str
) -> None:
    """Fourteen of 32 may be 0.58: what is 0.62 in training may well carry over."""
    pairs = {20: right / 32, 40: right / 32}
    run = make_run(train_reward_accuracy=[train] * 40, full_valid_reward_accuracy=pairs)
    assert stalled_preference_accuracy(run).status == status


def test_training_pairs_speak_where_validation_pairs_are_too_few() -> None:
    guessing = [0.45, 0.5, 0.55, 0.5] * 8
    run = make_run(train_reward_accuracy=guessing, full_valid_reward_accuracy={32: 0.5})
    finding = stalled_preference_accuracy(run)
    assert finding.status == "problem"
    assert finding.evidence[0].metric == "train_reward_accuracy"


def test_guessing_is_told_from_learning_at_the_stated_rates() -> None:
    random = np.random.default_rng(4)

    def called(accuracy: float, pairs: int) -> float:
        runs = [
            make_run(full_valid_reward_accuracy=np.full(3, random.binomial(pairs, accuracy) / pairs),
                     validation_examples=pairs)
            for _ in range(200)
        ]  # fmt: skip
        return float(np.mean([stalled_preference_accuracy(run).status == "problem" for run in runs]))

    assert [called(0.7, pairs) <= 0.03 for pairs in (8, 32, 128, 500)] == [True] * 4
    assert called(0.5, 32) <= 0.15
    assert called(0.5, 500) > 0.7


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
