from __future__ import annotations

from curvewise.derived.reward_change import reward_change
from curvewise.testing import make_run


def test_a_climb_and_a_fall_are_told_from_noise() -> None:
    noise = [0.01, -0.01, 0.02, -0.02] * 5
    climb = reward_change(make_run(train_mean_reward=[0.03 * i + noise[i] for i in range(20)]))
    fall = reward_change(make_run(train_mean_reward=[-0.03 * i + noise[i] for i in range(20)]))
    flat = reward_change(make_run(train_mean_reward=noise))
    assert climb is not None and climb.rose and not climb.fell
    assert fall is not None and fall.fell and not fall.rose
    assert flat is not None and not flat.rose and not flat.fell


def test_ungraded_rollouts_that_become_fewer_are_no_climb() -> None:
    ungraded = [0.5 - 0.025 * i for i in range(20)]
    logged = [(1 - share) * 0.5 - share for share in ungraded]
    change = reward_change(make_run(train_mean_reward=logged, train_ungraded_rate=ungraded))
    assert change is not None
    assert not change.rose


def test_validation_stands_in_for_a_short_training_reward() -> None:
    run = make_run(train_mean_reward=[0.1], full_valid_mean_reward=[0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8])
    change = reward_change(run)
    assert change is not None
    assert change.metric == "full_valid_mean_reward"


def test_five_values_are_too_few() -> None:
    assert reward_change(make_run(train_mean_reward=[0.1, 0.2, 0.3, 0.4, 0.5])) is None
