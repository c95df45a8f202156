from __future__ import annotations

from curvewise.derived.rates import rates
from curvewise.testing import make_run


def test_the_worst_recent_member_comes_first() -> None:
    run = make_run(
        kind="rft",
        metrics={"train_tool_error_rate/a": [0.9, 0.1], "train_tool_error_rate/b": [0.0, 0.2]},
    )
    found = rates(run, ("train_tool_error_rate/*",), recent=1)
    assert [(rate.member, rate.value) for rate in found] == [("b", 0.2), ("a", 0.1)]
    assert found[1].overall == 0.5
    assert found[1].over() == "over the last 1 of 2 steps"


def test_rates_without_a_finite_value_are_left_out() -> None:
    run = make_run(kind="rft", mean_unresponsive_rewards=[float("nan")])
    assert rates(run, ("mean_unresponsive_rewards", "train_other_error_rate/*"), recent=5) == []
