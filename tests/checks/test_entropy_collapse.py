from __future__ import annotations

from curvewise.checks.entropy_collapse import entropy_collapse
from curvewise.testing import make_run

SPENT = [0.8] * 10 + [0.01] * 10


def test_spent_entropy_without_a_rise_is_a_problem() -> None:
    assert entropy_collapse(make_run(train_mean_reward=[0.2] * 20, entropy=SPENT)).status == "problem"


def test_spent_entropy_after_a_rise_is_only_watched() -> None:
    run = make_run(train_mean_reward=[0.05 * i for i in range(20)], entropy=SPENT)
    assert entropy_collapse(run).status == "warning"


def test_falling_entropy_is_normal() -> None:
    run = make_run(train_mean_reward=[0.2] * 20, entropy=[0.8 - 0.03 * i for i in range(20)])
    assert entropy_collapse(run).status == "ok"


def test_entropy_that_begins_at_zero_cannot_fall() -> None:
    assert entropy_collapse(make_run(kind="rft", entropy=[0.0] * 20)).status == "unknown"
    assert entropy_collapse(make_run(kind="rft", entropy=[0.8] * 14)).status == "unknown"
