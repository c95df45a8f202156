from __future__ import annotations

import pytest

from curvewise.derived.proxy import AgainstTruth, against_truth
from curvewise.model.series import Series
from curvewise.testing import make_run


def compared(proxy: dict[int, float], score: dict[int, float], sign: float = 1.0) -> AgainstTruth | None:
    errors = [0.03] * len(score)
    truth = Series.from_points(list(score), list(score.values()), errors)
    run = make_run(evaluation_score=truth, full_valid_mean_reward=proxy)
    return against_truth(run, "full_valid_mean_reward", run["full_valid_mean_reward"], sign=sign)


def test_only_common_checkpoints_count() -> None:
    found = compared({1: 0.2, 2: 0.9, 3: 0.5}, {1: 0.6, 3: 0.4, 4: 0.1})
    assert found is not None
    assert (found.earlier, found.preferred) == (1, 3)
    assert found.fall == pytest.approx(0.2)
    assert found.correlation is None


def test_one_common_checkpoint_is_nothing_to_compare() -> None:
    assert compared({1: 0.2, 2: 0.9}, {2: 0.6, 3: 0.4}) is None


def test_the_best_earlier_checkpoint_is_taken_not_a_later_one() -> None:
    found = compared({1: 0.2, 2: 0.5, 3: 0.9, 4: 0.6}, {1: 0.3, 2: 0.7, 3: 0.4, 4: 0.9})
    assert found is not None
    assert (found.earlier, found.preferred) == (2, 3)


def test_a_proxy_that_is_best_at_first_has_no_earlier_checkpoint() -> None:
    found = compared({1: 0.2, 2: 0.9}, {1: 0.6, 2: 0.4}, sign=-1.0)
    assert found is not None
    assert found.earlier == found.preferred == 1
    assert found.fall == 0
